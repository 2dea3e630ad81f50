"""Local files, and the splits and configurations of a dataset of the hub."""

import logging
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import Dataset, DatasetDict

from recursive_roar.config.dataset import Files, Hub
from recursive_roar.data import sources
from recursive_roar.data.sources import SourceError


def read(path: Path) -> dict[str, list]:
    return sources.local(Files(train=str(path), test=str(path)))["train"].to_pydict()


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", "text,label\ncafé,1\n"), ("a.jsonl", '{"text": "café"}\n'), ("a.txt", "(3 (2 café) (4 works))\n")],
)
def test_text_of_another_encoding_is_refused(name: str, content: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, encoding=encoding)
    kind = "sst" if name == "a.txt" else None
    with pytest.raises(SourceError, match=f"{name} is not written in UTF-8; save it as UTF-8"):
        sources.local(Files(train=str(tmp_path / name), test=str(tmp_path / name), format=kind))


@pytest.mark.parametrize(("name", "content"), [("a.csv", "text,label\n"), ("a.json", "[]"), ("a.jsonl", "\n")])
def test_a_file_without_an_example_is_refused(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SourceError, match=f"{name} holds no example"):
        read(tmp_path / name)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_brackets_and_stars_in_a_path_are_no_pattern(kind: str, tmp_path: Path) -> None:
    path, table = tmp_path / f"data[1]*.{kind}", pa.table({"text": ["a"], "label": ["b"]})
    {
        "csv": lambda: path.write_text("text,label\na,b\n"),
        "jsonl": lambda: path.write_text('{"text": "a", "label": "b"}\n'),
        "parquet": lambda: pq.write_table(table, path),
    }[kind]()
    assert read(path) == table.to_pydict()


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


CARD = """---
configs:
- {config_name: reviews, data_files: [{split: train, path: reviews.csv}]}
- {config_name: tweets, data_files: [{split: train, path: tweets.csv}]}
---
"""


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (None, "has several configurations; name one, `hub: {..., configuration: NAME}`, of 'reviews', 'tweets'."),
        ("review", "has no configuration 'review'; name one.*'reviews', 'tweets'. Did you mean 'reviews'?"),
    ],
)
def test_a_configuration_of_a_hub_dataset_must_be_one_it_has(configuration, message: str, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(CARD)
    for name in ("reviews", "tweets"):
        (tmp_path / f"{name}.csv").write_text("text,label\na,b\n")
    with pytest.raises(SourceError, match=re.escape(message).replace(r"\.\*", ".*")) as caught:
        sources.hub(Hub(id=str(tmp_path), revision="abc", configuration=configuration))
    assert "network" not in str(caught.value)
