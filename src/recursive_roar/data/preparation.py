"""From raw tables to the splits of a study: columns chosen, text cleaned, labels numbered, validation split taken."""

import json
import re
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recursive_roar.config.dataset import Dataset, Validation
from recursive_roar.data.batches import SPLITS
from recursive_roar.errors import UserError, nearest


class PreparationError(UserError):
    """A source whose columns or labels do not fit the configuration."""


def prepare(dataset: Dataset, raw: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Train, validation and test tables with columns example_id, text, [pair_text], label, [support].

    `example_id` is unique within the dataset. Label names and provenance are in each table's metadata.

    Raises:
        PreparationError: a column is missing, a label is unknown or a split is empty.
    """
    chosen = {split: _choose_columns(dataset, split, table) for split, table in raw.items()}
    if "validation" not in chosen:
        chosen["train"], chosen["validation"] = _take_validation(chosen["train"], dataset.validation)
    names = _label_names(dataset, chosen["train"]["label"])
    first = 0
    prepared = {}
    for split in SPLITS:
        table = _long_enough(dataset, _numbered_labels(dataset.name, split, chosen[split], names))
        if len(table) == 0:
            raise PreparationError(f"dataset '{dataset.name}': no example is left in split '{split}'")
        ids = pa.array(np.arange(first, first + len(table)), pa.int32())
        prepared[split] = table.add_column(0, "example_id", ids).replace_schema_metadata(_metadata(dataset, names))
        first += len(table)
    return prepared


def _choose_columns(dataset: Dataset, split: str, table: pa.Table) -> pa.Table:
    """The configured columns under their standard names, text cleaned, rows without a label or text dropped."""
    wanted = {"text": dataset.text, "pair_text": dataset.pair_text, "label": dataset.label}
    columns = {}
    for standard, own in wanted.items():
        if own is not None:
            columns[standard] = _column(dataset.name, split, table, own)
    clean = _cleaner(dataset)
    for standard in ("text", "pair_text"):
        if standard in columns:
            columns[standard] = pa.array([clean(str(text)) for text in columns[standard].to_pylist()], pa.string())
    if "support" in table.column_names:
        columns["support"] = table["support"].cast(pa.list_(pa.int16()))
    return pa.table(columns)


def _column(dataset: str, split: str, table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.column_names:
        allowed = table.column_names
        raise PreparationError(
            f"dataset '{dataset}', split '{split}': there is no column '{name}'. "
            f"Columns: {', '.join(allowed)}.{nearest(name, allowed)} Set text, pair_text and label of this dataset."
        )
    column = table[name]
    if column.null_count:
        raise PreparationError(
            f"dataset '{dataset}', split '{split}': column '{name}' has {column.null_count} empty values; remove them"
        )
    return column


def _cleaner(dataset: Dataset) -> Callable[[str], str]:
    """A function that applies the dataset's replacements in order."""
    rules = [(re.compile(rule.pattern), rule.by) for rule in dataset.replace]

    def clean(text: str) -> str:
        for pattern, by in rules:
            text = pattern.sub(by, text)
        return text

    return clean


def _take_validation(train: pa.Table, rule: Validation) -> tuple[pa.Table, pa.Table]:
    """A random share of the training split becomes the validation split; both keep their order."""
    order = np.random.default_rng(rule.seed).permutation(len(train))
    count = round(rule.share * len(train))
    return train.take(np.sort(order[count:])), train.take(np.sort(order[:count]))


def _label_names(dataset: Dataset, train_labels: pa.ChunkedArray) -> list[str]:
    """Names of the classes in order of their number."""
    if dataset.label_names is not None:
        return list(dataset.label_names)
    values = sorted(set(train_labels.to_pylist()))
    if dataset.classes is not None and len(values) > dataset.classes:
        raise PreparationError(
            f"dataset '{dataset.name}': {len(values)} labels occur, more than `classes: {dataset.classes}`"
        )
    return [str(value) for value in values]


def _numbered_labels(dataset: str, split: str, table: pa.Table, names: list[str]) -> pa.Table:
    """Labels as class numbers: names are looked up, integers within range are taken when names are given for them."""
    number = {name: index for index, name in enumerate(names)}
    by_index = {str(index): index for index in range(len(names))}
    labels = [str(value) for value in table["label"].to_pylist()]
    numbers = [number.get(label, by_index.get(label)) for label in labels]
    if None in numbers:
        label = labels[numbers.index(None)]
        raise PreparationError(
            f"dataset '{dataset}', split '{split}': unknown label '{label}'. Known: {', '.join(names)}"
        )
    return table.set_column(table.column_names.index("label"), "label", pa.array(numbers, pa.int16()))


def _long_enough(dataset: Dataset, table: pa.Table) -> pa.Table:
    lengths = pc.list_value_length(pc.utf8_split_whitespace(pc.utf8_trim_whitespace(table["text"])))
    return table.filter(pc.greater_equal(lengths, dataset.minimum_words))


def _metadata(dataset: Dataset, names: list[str]) -> dict[str, str]:
    source = dataset.generate or dataset.files or dataset.hub
    kind = next(kind for kind in ("generate", "files", "hub") if getattr(dataset, kind) is not None)
    provenance = {"generate": "generated", "files": "local files", "hub": "Hugging Face hub"}[kind]
    details = source.model_dump() if source else {}
    return {"label_names": json.dumps(names), "provenance": json.dumps({"source": provenance, **details})}
