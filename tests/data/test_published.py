"""Counts of prepared data beside the published ones."""

from pathlib import Path

import pyarrow as pa
import pytest

from recursive_roar.artifacts import write_json, write_table
from recursive_roar.config.dataset import Dataset, Published
from recursive_roar.data.published import COUNTED, differences, split_counts, word_counts


def published(**counts: int | None) -> Dataset:
    files = {"train": "a.csv", "test": "b.csv"}
    return Dataset.model_validate({"name": "sst", "files": files, "models": {}, "published": counts})


def test_every_published_count_has_a_name() -> None:
    assert COUNTED.keys() == Published.model_fields.keys()


def test_a_difference_tells_both_numbers() -> None:
    (difference,) = differences(published(train=6579, test=5), {"train": 6920, "test": 5})
    assert str(difference) == "dataset 'sst': 6920 examples in train, published are 6579"


@pytest.mark.parametrize(("count", "found"), [(None, {"index": 5}), (5, {})])
def test_what_is_not_published_or_not_known_is_no_difference(count, found) -> None:
    assert differences(published(index=count), found) == []


def test_counts_are_those_of_the_files_that_are_there(tmp_path: Path) -> None:
    assert split_counts(tmp_path) == word_counts(tmp_path) == {}
    table = pa.table({"text": ["a", "b"]})
    write_table(tmp_path / "train.parquet", table.replace_schema_metadata({"different_words": "7"}))
    write_table(tmp_path / "test.parquet", table[:1])
    assert split_counts(tmp_path) == {"train": 2, "test": 1, "index": 7}
    write_json(tmp_path / "vocabulary.json", {"words": ["[PAD]", "a", "b"]})
    assert word_counts(tmp_path) == {"vocabulary": 3}
