"""Tables from local files, values as they are written."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from recursive_roar.data.formats import SourceError
from recursive_roar.errors import root_cause

if TYPE_CHECKING:
    from datasets import Features

NOT_BLANK = re.compile(r"\S")


def comma_separated(path: Path) -> pa.Table:
    """A CSV whose first line names the columns; every field is text, and fields that a row lacks at its end are empty.

    Columns without a name and rows of blanks alone, as spreadsheets leave them, are no part of it.

    Raises:
        SourceError: a row has more fields than the header, a quotation mark is out of place, or there is no header.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = _fields(path, file)
        _, header = next(rows, (1, []))
        _require_header(path, header)
        padded = [_padded(path, line, row, len(header)) for line, row in rows]
    named = [place for place, name in enumerate(header) if name.strip()]
    columns = [pa.array([row[place] for row in padded], pa.string()) for place in named]
    return pa.Table.from_arrays(columns, names=[header[place] for place in named])


def json_objects(path: Path) -> pa.Table:
    """JSON objects, one after the other or in one list; a column of numbers and texts is text.

    Raises:
        SourceError: something else than an object.
    """
    content = path.read_text(encoding="utf-8-sig")
    values = list(_values(path, content))
    if len(values) == 1 and isinstance(values[0][1], list):
        rows = [_object(f"{path}, item {number}", value) for number, value in enumerate(values[0][1], start=1)]
    else:
        rows = [_object(f"{path}, line {line}", value) for line, value in values]
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: _column([row.get(name) for row in rows]) for name in names})


def parquet(path: Path) -> pa.Table:
    """A Parquet file, class labels of Hugging Face datasets as their names.

    Raises:
        SourceError: it is none.
    """
    from datasets import Features

    try:
        table = pq.ParquetFile(path).read(use_threads=False)
        if b"huggingface" not in (table.schema.metadata or {}):
            return table.replace_schema_metadata(None)
        return with_label_names(table, Features.from_arrow_schema(table.schema))
    except Exception as error:
        raise SourceError(f"{path} cannot be read as parquet: {root_cause(error)}") from error


def with_label_names(table: pa.Table, features: "Features") -> pa.Table:
    """The table with class labels as their names; -1, the hub's sign for no label, is null."""
    from datasets import ClassLabel

    for name, feature in features.items():
        if isinstance(feature, ClassLabel):
            names = [None if value in (None, -1) else feature.int2str(value) for value in table[name].to_pylist()]
            table = table.set_column(table.column_names.index(name), name, pa.array(names, pa.string()))
    return table.replace_schema_metadata(None)


def _fields(path: Path, file: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The fields of each row that holds something, with the number of its last line."""
    csv.field_size_limit(sys.maxsize)  # longer texts than 131,072 characters would be refused
    rows = csv.reader(file, strict=True)
    try:
        yield from ((rows.line_num, row) for row in rows if any(field.strip() for field in row))
    except csv.Error as error:
        raise SourceError(
            f"{path} cannot be read as csv: line {rows.line_num}: {error}. A text with commas, line breaks or "
            "quotation marks stands in double quotes, and quotation marks in it are written twice"
        ) from None


def _padded(path: Path, line: int, row: list[str], width: int) -> list[str]:
    if len(row) > width:
        raise SourceError(
            f"{path}, line {line}: {len(row)} fields, more than the {width} of the header; "
            "put texts with commas in double quotes"
        )
    return [*row, *[""] * (width - len(row))]


def _require_header(path: Path, header: list[str]) -> None:
    if not header:
        raise SourceError(f"{path} is empty")
    if len(header) < 2:
        raise SourceError(
            f"{path}: its first line holds no comma. It must name the columns, with commas between them as between "
            "the fields of each row; semicolons and tabs are not read"
        )


def _values(path: Path, content: str) -> Iterator[tuple[int, Any]]:
    """JSON values that stand one after the other, each with the number of its first line."""
    decoder, place, line = json.JSONDecoder(), 0, 1
    while begin := NOT_BLANK.search(content, place):
        line += content.count("\n", place, begin.start())
        try:
            value, end = decoder.raw_decode(content, begin.start())
        except json.JSONDecodeError as error:
            raise SourceError(
                f"{path}, line {error.lineno}: not JSON ({error.msg}); write one object a line, or one list of objects"
            ) from None
        yield line, value
        line += content.count("\n", begin.start(), end)
        place = end


def _object(where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SourceError(f'{where}: not an object such as {{"text": "...", "label": "..."}}')
    return value


def _column(values: list[Any]) -> pa.Array:
    """Values of one kind as they are, of several kinds as text, or as JSON where lists or mappings are among them."""
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        nested = any(isinstance(value, list | dict) for value in values)
        write = json.dumps if nested else str
        return pa.array([None if value is None else write(value) for value in values], pa.json_() if nested else None)
