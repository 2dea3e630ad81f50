"""Labels, empty values and supporting statements of tables from anywhere."""

import json
from collections.abc import Sequence

import pyarrow as pa
import pytest

from recursive_roar.config.dataset import Dataset
from recursive_roar.data.preparation import PreparationError, prepare

SPLITS = ("train", "validation", "test")


def dataset(**settings: object) -> Dataset:
    files = {"train": "a.csv", "test": "b.csv"}
    return Dataset.model_validate({"name": "mine", "files": files, "models": {}, **settings})


def labelled(labels: Sequence[object], **columns: object) -> pa.Table:
    return pa.table({"text": [f"text {number}" for number in range(len(labels))], "label": labels, **columns})


def numbers(train: Sequence[object], test: Sequence[object], **settings: object) -> tuple[list[str], list[int]]:
    """The names of the classes, and the class numbers of the test split."""
    tables = {"train": labelled(train), "validation": labelled(train), "test": labelled(test)}
    table = prepare(dataset(**settings), tables)["test"]
    return json.loads(table.schema.metadata[b"label_names"]), table["label"].to_pylist()


def test_a_label_that_training_lacks_is_never_taken_for_the_number_of_a_class() -> None:
    with pytest.raises(PreparationError, match="'test': unknown label '1'. Known: 0, 2, 3, 4, the labels of the train"):
        numbers([0, 2, 3, 4], [0, 1, 2, 3])
    assert numbers([0, 2, 3, 4], [1, 4], label_names=["0", "1", "2", "3", "4"])[1] == [1, 4]


def test_integers_are_numbers_of_named_classes() -> None:
    assert numbers([0, 1], [1, 0, 1], label_names=["bad", "good"]) == (["bad", "good"], [1, 0, 1])
    assert numbers(["bad", "good"], ["good"], label_names=["bad", "good"]) == (["bad", "good"], [1])


def test_of_names_that_are_integers_none_is_taken_for_the_number_of_another() -> None:
    names = ["1", "2", "3"]
    assert numbers([1, 2, 3], [1, 2, 3], label_names=names) == (names, [0, 1, 2])
    with pytest.raises(PreparationError, match="unknown label '0'"):
        numbers([0, 1, 2], [0, 1, 2], label_names=names)


@pytest.mark.parametrize("train", [[1.0, 2.0, 3.0], ["1.0", "2.0", "3.0"], [" 1", "2", "3"]], ids=str)
def test_whole_numbers_are_the_same_however_they_are_written(train: list) -> None:
    assert numbers(train, [1, 2, 3]) == (["1", "2", "3"], [0, 1, 2])
    assert numbers(train, ["3"], label_names=["1.0", "2.0", "3.0"])[1] == [2]


def test_numbers_are_ordered_by_size_and_names_by_the_alphabet() -> None:
    assert numbers(["10", "9", "-1"], ["9"]) == (["-1", "9", "10"], [1])
    assert numbers(["10", "9", "none"], ["9"]) == (["10", "9", "none"], [1])


@pytest.mark.parametrize("names", [None, ["no", "yes"]])
def test_a_single_label_is_refused(names: list[str] | None) -> None:
    with pytest.raises(PreparationError, match="every training example has the label 'yes'; two are needed"):
        numbers(["yes", "yes"], ["yes"], label_names=names)


@pytest.mark.parametrize("empty", ["", " \n", None])
@pytest.mark.parametrize("column", ["text", "question", "label"])
def test_blanks_alone_are_an_empty_value(column: str, empty: str | None) -> None:
    table = pa.table({"text": ["a", "b", "c"], "question": ["d", "e", "f"], "label": ["no", "yes", "no"]})
    place = table.column_names.index(column)
    table = table.set_column(place, column, pa.array([*table[column].to_pylist()[:2], empty]))
    with pytest.raises(PreparationError, match=f"'{column}' has 1 empty values"):
        prepare(dataset(pair_text="question"), dict.fromkeys(SPLITS, table))


def test_blanks_and_nan_are_no_label() -> None:
    for labels in (["no", "yes", " ", ""], [0.0, 1.0, float("nan"), None]):
        prepared = prepare(dataset(drop_unlabelled=True), dict.fromkeys(SPLITS, labelled(labels)))
        assert prepared["train"]["label"].to_pylist() == [0, 1]


@pytest.mark.parametrize("support", [["yes", "no"], [3, 4], [["a"], ["b"]]], ids=str)
def test_only_lists_of_integers_are_supporting_statements(support: list) -> None:
    prepared = prepare(dataset(), dict.fromkeys(SPLITS, labelled([0, 1], support=support)))
    assert "support" not in prepared["test"].column_names


def test_supporting_statements_are_kept() -> None:
    prepared = prepare(dataset(), dict.fromkeys(SPLITS, labelled([0, 1], support=[[0, 70_000], []])))
    assert prepared["test"]["support"].to_pylist() == [[0, 70_000], []]
