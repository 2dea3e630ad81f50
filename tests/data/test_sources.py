"""Fields of local files, and the splits of a dataset of the hub."""

import logging
from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict

from recursive_roar.config.dataset import Files, Hub
from recursive_roar.data import sources
from recursive_roar.data.sources import SourceError


def read(path: Path, content: str) -> dict[str, list]:
    path.write_text(content)
    return sources.local(Files(train=str(path), test=str(path)))["train"].to_pydict()


def test_a_csv_is_read_as_it_is_written(tmp_path: Path) -> None:
    words = ["None", "null", "NA", "N/A", "nan", "007", "1.50", "true", '""', ""]
    found = read(tmp_path / "a.csv", "text,label\n" + "".join(f"{word},{word}\n" for word in words))
    assert found == {"text": [*words[:-2], "", ""], "label": [*words[:-2], "", ""]}


def test_no_row_of_a_csv_changes_how_others_are_read(tmp_path: Path) -> None:
    labels = ["1"] * 11_000 + ["unknown", ""]
    found = read(tmp_path / "a.csv", "text,label\n" + "".join(f"a,{label}\n" for label in labels))
    assert found["label"] == labels


def test_a_quotation_mark_that_is_never_closed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a.csv cannot be read as csv.*EOF inside string"):
        read(tmp_path / "a.csv", 'label,text\n1,"never closed\n2,b\n')


@pytest.fixture
def on_hub(monkeypatch: pytest.MonkeyPatch):
    """Of a dataset whose splits have these names: which one each split of the study is taken from."""

    def taken(*names: str, **splits: str) -> dict[str, str]:
        found = DatasetDict({name: Dataset.from_dict({"text": [name]}) for name in names})
        monkeypatch.setattr("datasets.load_dataset", lambda *_, **__: found)
        tables = sources.hub(Hub.model_validate({"id": "owner/name", "revision": "abc", "splits": splits}))
        return {split: table["text"].to_pylist()[0] for split, table in tables.items()}

    return taken


def test_splits_of_the_usual_names_need_no_other(on_hub) -> None:
    assert on_hub("train", "test") == {"train": "train", "test": "test"}
    assert on_hub("test", "validation", "train") == {name: name for name in ("train", "validation", "test")}


def test_splits_of_other_names_are_named(on_hub) -> None:
    assert on_hub("train", "dev", "test", validation="dev")["validation"] == "dev"
    assert on_hub("full", "eval", train="full", test="eval") == {"train": "full", "test": "eval"}


def test_the_split_that_is_named_as_test_does_not_validate_too(on_hub) -> None:
    assert on_hub("train", "validation", "test", test="validation") == {"train": "train", "test": "validation"}


@pytest.mark.parametrize(
    ("names", "splits", "missing"),
    [
        (["train"], {}, "no split 'test'; it has 'train'"),
        (["validation", "test"], {}, "no split 'train'; it has 'validation', 'test'"),
        (["train", "test"], {"validation": "dev"}, "no split 'dev'; it has 'train', 'test'"),
    ],
)
def test_a_split_that_is_missing_is_refused_with_those_there_are(on_hub, names, splits, missing) -> None:
    with pytest.raises(SourceError, match=rf"owner/name has {missing}.*`hub: {{..., splits:.*local `files`"):
        on_hub(*names, **splits)


def test_a_split_that_is_left_out_is_a_warning(on_hub, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        on_hub("train", "test", "validation")
        assert not caplog.records
        on_hub("train", "dev", "test")
    assert "owner/name: not used: 'dev'" in caplog.text
