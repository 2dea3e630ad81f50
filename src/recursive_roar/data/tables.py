"""Tables from local files, values as they are written."""

import csv
import json
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


def comma_separated(path: Path) -> pa.Table:
    """A CSV whose first line names the columns; every field is text, and fields that a row lacks at its end are empty.

    Raises:
        SourceError: a row has more fields than the header, a quotation mark is out of place, or a column has no name
            of its own.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = _fields(path, file)
        _, header = next(rows, (1, []))
        _require_names(path, header)
        padded = [_padded(path, line, row, len(header)) for line, row in rows]
    columns = {name: [row[place] for row in padded] for place, name in enumerate(header)}
    return pa.table({name: pa.array(fields, pa.string()) for name, fields in columns.items()})


def json_objects(path: Path) -> pa.Table:
    """JSON objects, one a line or in one list; a column of numbers and texts is text.

    Raises:
        SourceError: something else than an object.
    """
    content = path.read_text(encoding="utf-8-sig")
    rows = list(_list(path, content) if content.lstrip().startswith("[") else _lines(path, content))
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
    """The fields of each row that is not empty, with the number of its last line."""
    csv.field_size_limit(sys.maxsize)  # longer texts than 131,072 characters would be refused
    rows = csv.reader(file, strict=True)
    try:
        yield from ((rows.line_num, row) for row in rows if row)
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


def _require_names(path: Path, header: list[str]) -> None:
    if len(header) < 2:
        raise SourceError(
            f"{path}: its first line holds no comma. It must name the columns, with commas between them as between "
            "the fields of each row; semicolons and tabs are not read"
        )
    if len(set(header)) < len(header):
        raise SourceError(f"{path}: its first line, which must name the columns, has the same name twice")


def _lines(path: Path, content: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            yield _object(f"{path}, line {number}", _parsed(f"{path}, line {number}", line))


def _list(path: Path, content: str) -> Iterator[dict[str, Any]]:
    for number, value in enumerate(_parsed(str(path), content), start=1):
        yield _object(f"{path}, item {number}", value)


def _parsed(where: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(f"{where}: not JSON ({error.msg}); write one object a line, or one list of objects") from None


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
