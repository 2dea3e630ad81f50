"""What is refused of a dataset, and what is only warned of."""

import json
import logging
from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from recursive_roar.config.dataset import Dataset
from recursive_roar.data.statements import number_of_statements
from recursive_roar.data.words import number_of_words
from recursive_roar.errors import UserError, nearest

TEXTS = ("text", "pair_text")
SEVERAL_VALUES: dict[str, tuple[Callable[[pa.DataType], bool], ...]] = {
    "lists": (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, pa.types.is_list_view),
    "mappings": (pa.types.is_struct, pa.types.is_map),
    "bytes": (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary),
    "values of several kinds": (lambda kind: isinstance(kind, pa.JsonType),),
}
"""What a column may hold that is no text and no label, with how its type tells."""

logger = logging.getLogger(__name__)


class PreparationError(UserError):
    """A source whose columns or labels do not fit the configuration."""


def filled(column: pa.ChunkedArray) -> pa.BooleanArray:
    """Where there is a value that is neither NaN nor blanks alone."""
    values = column.to_pylist()
    return pa.array([value is not None and value == value and str(value).strip() != "" for value in values], pa.bool_())


def column_of(dataset: Dataset, split: str, table: pa.Table, name: str) -> pa.ChunkedArray:
    """A text or label for each example.

    Raises:
        PreparationError: there is no such column, its values are lists, mappings or bytes, or some are empty.
    """
    if problem := _absent(dataset, table, name) or _several(table[name], name) or _empty(dataset, table[name], name):
        raise PreparationError(f"{_where(dataset, split)}: {problem}")
    return table[name]


def require_examples(dataset: Dataset, split: str, table: pa.Table, cause: str) -> None:
    """Refuse a split without an example, naming what left it without.

    Raises:
        PreparationError: there is none.
    """
    if len(table) == 0:
        raise PreparationError(f"{_where(dataset, split)}: no example is left; {cause}")


def filters(dataset: Dataset) -> str:
    """The keys of a dataset that leave examples out, as the cause why none is left."""
    keys = ("drop_unlabelled", "minimum_words", "maximum_words")
    used = [f"`{key}: {json.dumps(value)}`" for key in keys if (value := getattr(dataset, key))]
    return f"examples are left out by {' and '.join(used)}" if used else "its source has none"


def require_words(dataset: Dataset, split: str, table: pa.Table) -> None:
    """Refuse texts that have lost every word.

    Raises:
        PreparationError: there is one.
    """
    for name in TEXTS:
        if name in table.column_names and (empty := pc.sum(pc.equal(number_of_words(table[name]), 0)).as_py()):
            drop = ", or drop them with `minimum_words: 1`" if name == "text" else ""
            raise PreparationError(
                f"{_where(dataset, split)}: `replace`, `rewrite` or `known_words_only` leave no word of `{name}` in "
                f"{empty} of {len(table)} examples; change these rules{drop}"
            )


def require_statements(dataset: Dataset, split: str, table: pa.Table) -> None:
    """Refuse supporting statements that a text does not have.

    Raises:
        PreparationError: a number is negative or not below the number of statements.
    """
    if "support" not in table.column_names:
        return
    rows = zip(table["text"].to_pylist(), table["support"].to_pylist(), strict=True)
    wrong = sum(
        any(place not in range(number_of_statements(text)) for place in support or ()) for text, support in rows
    )
    if wrong:
        raise PreparationError(
            f"{_where(dataset, split)}: in {wrong} of {len(table)} examples `support` names statements that the text "
            "lacks. It is read as numbers, from 0, of the statements that a label depends on, which end at a full stop "
            "or a line's end: correct it, give a column that means something else another name, or keep these ends in "
            "`replace` and `rewrite`"
        )


def warn_of_shared_texts(dataset: Dataset, splits: Mapping[str, pa.Table]) -> None:
    """A warning with the number of test examples whose text, and partner, a training example has too."""
    train, test = (_texts(splits[split]) for split in ("train", "test"))
    known = set(train)
    if shared := sum(texts in known for texts in test):
        logger.warning(
            "dataset '%s': test examples whose text is in the training split too: %d of %d",
            dataset.name,
            shared,
            len(test),
        )


def _where(dataset: Dataset, split: str) -> str:
    return f"dataset '{dataset.name}', split '{split}'"


def _absent(dataset: Dataset, table: pa.Table, name: str) -> str | None:
    """Of a private file without a header, the names that are there are text of its first row, and not shown."""
    names = table.column_names
    if names.count(name) > 1:
        return f"there are several columns '{name}'; rename all but one."
    if name in names:
        return None
    found = "" if dataset.private else f" Columns: {', '.join(names)}.{nearest(name, names)}"
    return f"there is no column '{name}'.{found} Set text, pair_text and label of this dataset."


def _several(column: pa.ChunkedArray, name: str) -> str | None:
    for held, kinds in SEVERAL_VALUES.items():
        if any(is_kind(column.type) for is_kind in kinds):
            return (
                f"column '{name}' holds {held}. A text is one string, a label one string or number: write one in each "
                "example, or set text, pair_text and label of this dataset to other columns"
            )
    return None


def _empty(dataset: Dataset, column: pa.ChunkedArray, name: str) -> str | None:
    if not (empty := filled(column).false_count):
        return None
    remedy = "remove them"
    if name == dataset.label:
        remedy = _without_labels(dataset) if empty == len(column) else f"{remedy}, or set `drop_unlabelled: true`"
    return f"column '{name}' is empty in {empty} of {len(column)} examples; {remedy}"


def _without_labels(dataset: Dataset) -> str:
    """What to do about a split without any label."""
    instead = "hub: {..., splits: {test: validation}}" if dataset.hub else "files: {..., test: ...}"
    return f"name a split that has labels, such as `{instead}`"


def _texts(table: pa.Table) -> list[tuple[str, ...]]:
    return list(zip(*(table[name].to_pylist() for name in TEXTS if name in table.column_names), strict=True))
