"""From raw tables to the splits of a study: columns chosen, text cleaned, labels numbered, validation split taken."""

import json
import math
import re
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recursive_roar.config.dataset import Dataset
from recursive_roar.data import checks
from recursive_roar.data.checks import TEXTS, PreparationError, column_of, filled
from recursive_roar.data.cleaning import cleaner
from recursive_roar.data.published import DIFFERENT_WORDS
from recursive_roar.data.words import number_of_words
from recursive_roar.splits import SPLITS

WHOLE_NUMBER = re.compile(r"(-?\d+)(\.0+)?")
PROVENANCE = {"generate": "generated", "files": "local files", "hub": "Hugging Face hub", "mimic": "MIMIC-III"}


def prepare(dataset: Dataset, raw: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Train, validation and test tables with columns example_id, text, [pair_text], label, [support].

    `example_id` is unique within the dataset. Label names and provenance are in each table's metadata.

    Raises:
        PreparationError: a column is missing or holds several values an example, a value is empty, a text has lost
            its words, a supporting statement is none of its text's, a label is unknown, a split is empty, or all
            training examples have the same label.
    """
    chosen = {split: _choose_columns(dataset, split, table) for split, table in raw.items()}
    counted = {}
    if dataset.known_words_only:
        known = _words_of(chosen["train"])
        counted = {DIFFERENT_WORDS: str(len(known))}
        chosen = {split: _without_unknown(table, known) for split, table in chosen.items()}
    splits = _divide(dataset, {split: _kept(dataset, split, table) for split, table in chosen.items()})
    prepared = _finish(dataset, splits, counted)
    checks.warn_of_shared_texts(dataset, prepared)
    return prepared


def _kept(dataset: Dataset, split: str, table: pa.Table) -> pa.Table:
    """The examples of the right length, which must be sound."""
    kept = _right_length(dataset, table)
    checks.require_examples(dataset, split, kept, checks.filters(dataset))
    checks.require_words(dataset, split, kept)
    checks.require_statements(dataset, split, kept)
    return kept


def _divide(dataset: Dataset, tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The validation split taken from the training split if there is none, and the used share of the test split."""
    splits = dict(tables)
    if "validation" not in splits:
        splits["train"], splits["validation"] = _take(
            splits["train"], dataset.validation.share, dataset.validation.seed
        )
        share = f"`validation: {{share: {dataset.validation.share}}}` takes all"
        checks.require_examples(dataset, "train", splits["train"], share)
    if dataset.test.share < 1:
        splits["test"], _ = _take(splits["test"], 1 - dataset.test.share, dataset.test.seed)
        checks.require_examples(dataset, "test", splits["test"], f"`test: {{share: {dataset.test.share}}}` keeps none")
    return splits


def _finish(dataset: Dataset, splits: Mapping[str, pa.Table], counted: Mapping[str, str]) -> dict[str, pa.Table]:
    """Labels and examples numbered, metadata written, with what was `counted`."""
    names = _label_names(dataset, splits["train"]["label"].to_pylist())
    metadata = {**_metadata(dataset, names), **counted}
    first = 0
    prepared = {}
    for split in SPLITS:
        table = _numbered_labels(dataset, split, splits[split], names)
        ids = pa.array(np.arange(first, first + len(table)), pa.int32())
        prepared[split] = table.add_column(0, "example_id", ids).replace_schema_metadata(metadata)
        first += len(table)
    return prepared


def _choose_columns(dataset: Dataset, split: str, table: pa.Table) -> pa.Table:
    """The configured columns under their standard names, text cleaned."""
    wanted = {"text": dataset.text, "pair_text": dataset.pair_text, "label": dataset.label}
    if dataset.drop_unlabelled and dataset.label in table.column_names:
        table = _labelled(table, dataset.label)
    columns = {standard: column_of(dataset, split, table, own) for standard, own in wanted.items() if own is not None}
    clean = cleaner(dataset)
    for standard in TEXTS:
        if standard in columns:
            columns[standard] = pa.array([clean(str(text)) for text in columns[standard].to_pylist()], pa.string())
    if "support" in table.column_names and _holds_lists_of_integers(table["support"].type):
        columns["support"] = table["support"]
    return pa.table(columns)


def _labelled(table: pa.Table, label: str) -> pa.Table:
    """The examples with a label; all of them if none has one, as that is no matter of leaving some out."""
    has_label = filled(table[label])
    return table.filter(has_label) if has_label.true_count else table


def _holds_lists_of_integers(kind: pa.DataType) -> bool:
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    return bool(is_list and pa.types.is_integer(kind.value_type))


def _words_of(table: pa.Table) -> set[str]:
    return {
        word for column in TEXTS if column in table.column_names for words in _split(table[column]) for word in words
    }


def _without_unknown(table: pa.Table, known: set[str]) -> pa.Table:
    """The table with words outside of `known` dropped from its texts."""
    for column in TEXTS:
        if column in table.column_names:
            texts = [" ".join(word for word in words if word in known) for words in _split(table[column])]
            table = table.set_column(table.column_names.index(column), column, pa.array(texts, pa.string()))
    return table


def _split(texts: pa.ChunkedArray) -> Iterator[list[str]]:
    """Words between blanks of each text."""
    return (re.findall(r"\S+", text, re.ASCII) for text in texts.to_pylist())


def _right_length(dataset: Dataset, table: pa.Table) -> pa.Table:
    if dataset.mimic is not None and dataset.mimic.length_filter == "paper" and dataset.mimic.task == "diabetes":
        return table
    lengths = number_of_words(table["text"])
    longest = dataset.maximum_words if dataset.maximum_words is not None else np.iinfo(np.int32).max
    return table.filter(pc.and_(pc.greater_equal(lengths, dataset.minimum_words), pc.less_equal(lengths, longest)))


def _take(table: pa.Table, share: float, seed: int) -> tuple[pa.Table, pa.Table]:
    """A table without a random share of it, rounded up, and that share; both keep their order."""
    order = np.random.default_rng(seed).permutation(len(table))
    count = math.ceil(round(share * len(table), 6))  # 0.07 * 100 is above 7
    return table.take(np.sort(order[count:])), table.take(np.sort(order[:count]))


def _label_names(dataset: Dataset, train_labels: list[object]) -> list[str]:
    """Names of the classes in order of their number."""
    occurring = {_written(label) for label in train_labels}
    if len(occurring) == 1:
        label = "same label" if dataset.private else f"label '{occurring.pop()}'"
        raise PreparationError(f"dataset '{dataset.name}': every training example has the {label}; two are needed")
    return _in_order(occurring) if dataset.label_names is None else list(dataset.label_names)


def _written(label: object) -> str:
    """A label as text without blanks around it, and without the fraction that tools write where one is missing: 3.0."""
    text = str(label).strip()
    number = WHOLE_NUMBER.fullmatch(text)
    return number[1] if number else text


def _in_order(labels: set[str]) -> list[str]:
    """Numbers by size, names by the alphabet."""
    alphabetical = sorted(labels)
    try:
        return sorted(alphabetical, key=float)
    except ValueError:
        return alphabetical


def _numbered_labels(dataset: Dataset, split: str, table: pa.Table, names: list[str]) -> pa.Table:
    """The table with its labels as class numbers."""
    number = _class_numbers(dataset, names)
    labels = [_written(label) for label in table["label"].to_pylist()]
    if unknown := [label for label in labels if label not in number]:
        raise PreparationError(f"dataset '{dataset.name}', split '{split}': {_unknown(dataset, unknown, names)}")
    numbers = pa.array([number[label] for label in labels], pa.int16())
    return table.set_column(table.column_names.index("label"), "label", numbers)


def _unknown(dataset: Dataset, labels: list[str], names: list[str]) -> str:
    """What is wrong with labels that are no class; of a private dataset they are not shown."""
    if dataset.private:
        found = f"unknown labels: {len(labels)}, not shown as this dataset is `private`"
        return found if dataset.label_names else f"{found}; `label_names` can name labels that the training split lacks"
    hint = "" if dataset.label_names else ", the labels of the training split; `label_names` can name others"
    return f"unknown label '{labels[0]}'. Known: {', '.join(names)}{hint}"


def _class_numbers(dataset: Dataset, names: list[str]) -> dict[str, int]:
    """The number of each class by its name and, where names are given for them, by the integers 0, 1, ...

    Names alone count where one of them is such an integer, as 1 is of the names 1, 2 and 3.
    """
    by_name = {_written(name): number for number, name in enumerate(names)}
    by_integer = {str(number): number for number in range(len(names))}
    both = dataset.label_names is not None and by_name.keys().isdisjoint(by_integer)
    return {**by_integer, **by_name} if both else by_name


def _metadata(dataset: Dataset, names: list[str]) -> dict[str, str]:
    kind = next(kind for kind in PROVENANCE if getattr(dataset, kind) is not None)
    details = getattr(dataset, kind).model_dump()
    return {"label_names": json.dumps(names), "provenance": json.dumps({"source": PROVENANCE[kind], **details})}
