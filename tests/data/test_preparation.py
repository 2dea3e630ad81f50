"""What is taken of tables from anywhere, and what is refused."""

import json
import logging
import re
from collections.abc import Sequence

import pyarrow as pa
import pytest

from recursive_roar.config.dataset import Dataset
from recursive_roar.data.preparation import PreparationError, prepare
from recursive_roar.splits import SPLITS


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
    with pytest.raises(PreparationError, match=f"'{column}' is empty in 1 of 3 examples"):
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
    texts = ["word. " * 70_001, "two statements. and no full stop"]
    table = pa.table({"text": texts, "label": [0, 1], "support": [[0, 70_000], [1]]})
    assert prepare(dataset(), dict.fromkeys(SPLITS, table))["test"]["support"].to_pylist() == [[0, 70_000], [1]]


@pytest.mark.parametrize("support", [[[0], [2]], [[-1], [0]], [[0], [None]]], ids=str)
def test_statements_that_a_text_lacks_are_refused(support: list) -> None:
    table = pa.table({"text": ["one. two.", "one\ntwo"], "label": [0, 1], "support": support})
    with pytest.raises(PreparationError, match="'train': in 1 of 2 examples `support` names statements"):
        prepare(dataset(), dict.fromkeys(SPLITS, table))


def test_a_column_that_is_there_twice_is_refused() -> None:
    table = pa.Table.from_arrays([["a", "b"], ["c", "d"], [0, 1]], names=["text", "text", "label"])
    with pytest.raises(PreparationError, match="'train': there are several columns 'text'; rename all but one"):
        prepare(dataset(), dict.fromkeys(SPLITS, table))


@pytest.mark.parametrize("column", ["text", "question", "label"])
@pytest.mark.parametrize(
    ("values", "held"),
    [
        (pa.array([["a", "b"], ["c"]]), "lists"),
        (pa.array([{"a": 1}, {"a": 2}]), "mappings"),
        (pa.array([b"a", b"b"]), "bytes"),
        (pa.array(["1", "[2]"], pa.json_()), "values of several kinds"),
    ],
    ids=str,
)
def test_what_is_no_single_text_or_label_is_refused(values: pa.Array, held: str, column: str) -> None:
    columns = {"text": ["a", "b"], "question": ["c", "d"], "label": [0, 1], column: values}
    with pytest.raises(PreparationError, match=f"'train': column '{column}' holds {held}. A text is one string"):
        prepare(dataset(pair_text="question"), dict.fromkeys(SPLITS, pa.table(columns)))
    assert prepare(dataset(), dict.fromkeys(SPLITS, labelled([0, 1], other=values)))


HUB = {"files": None, "hub": {"id": "owner/name", "revision": "abc"}}


@pytest.mark.parametrize("drop", [True, False])
@pytest.mark.parametrize(
    ("source", "way_out"),
    [({}, "`files: {..., test: ...}`"), (HUB, "`hub: {..., splits: {test: validation}}`")],
    ids=["files", "hub"],
)
def test_a_split_without_any_label_is_refused_with_the_way_out(source: dict, way_out: str, drop: bool) -> None:
    with pytest.raises(PreparationError, match="'test': column 'label' is empty in 2 of 2 examples") as caught:
        numbers([0, 1], [None, None], drop_unlabelled=drop, **source)
    assert way_out in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "split", "cause"),
    [
        ({"minimum_words": 9, "drop_unlabelled": True}, "train", "`drop_unlabelled: true` and `minimum_words: 9`"),
        ({"maximum_words": 1}, "train", "left out by `maximum_words: 1`"),
        ({"validation": {"share": 0.9}}, "train", "`validation: {share: 0.9}` takes all"),
        ({"test": {"share": 0.1}}, "test", "`test: {share: 0.1}` keeps none"),
    ],
)
def test_a_split_that_is_left_empty_is_refused_with_its_cause(settings: dict, split: str, cause: str) -> None:
    tables = dict.fromkeys(("train", "test"), labelled([0, 1]))
    with pytest.raises(PreparationError, match=f"split '{split}': no example is left; .*{re.escape(cause)}"):
        prepare(dataset(**settings), tables)


def test_a_split_of_the_source_without_an_example_is_refused() -> None:
    with pytest.raises(PreparationError, match="split 'test': no example is left; its source has none"):
        numbers([0, 1], [])


def test_blanks_around_a_label_are_no_part_of_it() -> None:
    assert numbers(["pos ", "pos", "\tneg"], ["neg "]) == (["neg", "pos"], [0])
    assert numbers(["pos ", "neg"], ["pos"], label_names=["neg", "pos "])[1] == [1]


def test_a_text_that_cleaning_empties_has_no_word() -> None:
    table = pa.table({"text": ["!!!", "a b", "c"], "label": [0, 1, 0]})
    cleaning = {"replace": [{"pattern": r"\W", "by": ""}]}
    prepared = prepare(dataset(**cleaning, minimum_words=1), dict.fromkeys(SPLITS, table))
    assert prepared["test"]["text"].to_pylist() == ["ab", "c"]
    with pytest.raises(
        PreparationError, match="no word of `text` in 1 of 3 examples; .*, or drop them with `minimum_words: 1`"
    ):
        prepare(dataset(**cleaning), dict.fromkeys(SPLITS, table))


def test_a_partner_that_cleaning_empties_is_refused() -> None:
    table = pa.table({"text": ["a", "b"], "question": ["?", "c"], "label": [0, 1]})
    with pytest.raises(PreparationError, match="no word of `pair_text` in 1 of 2 examples; change these rules$"):
        prepare(dataset(pair_text="question", replace=[{"pattern": r"\?", "by": ""}]), dict.fromkeys(SPLITS, table))


@pytest.mark.parametrize(
    ("train", "test", "settings"),
    [
        (["secret", "known"], ["other"], {}),
        (["secret", "known"], ["other"], {"label_names": ["0", "1"]}),
        (["secret", "secret"], ["secret"], {}),
        (["secret", "known"], ["known"], {"text": "absent"}),
    ],
)
def test_nothing_of_a_private_dataset_is_in_a_message(train: list, test: list, settings: dict) -> None:
    tables = {split: labelled(labels, secret=labels) for split, labels in (("train", train), ("test", test))}
    with pytest.raises(PreparationError) as caught:
        prepare(dataset(private=True, **settings), {**tables, "validation": tables["train"]})
    assert not {"secret", "known", "other"} & set(re.findall(r"\w+", str(caught.value)))


def test_test_examples_that_are_trained_on_are_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    def prepared(*test: tuple[str, str]) -> None:
        texts = {"train": [("a", "b"), ("a", "c")], "test": test}
        tables = {
            split: pa.table(
                {"text": [text for text, _ in rows], "question": [other for _, other in rows], "label": [0, 1]}
            )
            for split, rows in texts.items()
        }
        prepare(dataset(pair_text="question"), {**tables, "validation": tables["train"]})

    with caplog.at_level(logging.WARNING):
        prepared(("a", "d"), ("c", "b"))
        assert not caplog.records
        prepared(("a", "b"), ("c", "b"))
    assert "dataset 'mine': test examples whose text is in the training split too: 1 of 2" in caplog.text
