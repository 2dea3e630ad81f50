"""Counts of a prepared dataset beside those of the published study."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from recursive_roar.artifacts import read_json
from recursive_roar.splits import SPLITS

if TYPE_CHECKING:
    from recursive_roar.config.dataset import Dataset

logger = logging.getLogger(__name__)
DIFFERENT_WORDS = "different_words"
"""Key of the metadata of prepared tables that holds how many the training file has, where others are dropped."""

COUNTED = {
    **{split: f"examples in {split}" for split in SPLITS},
    "index": "different words",
    "vocabulary": "words in the vocabulary",
}
"""What each key of a dataset's `published` counts."""


@dataclass(frozen=True)
class Difference:
    """A count that is not the published one."""

    dataset: str
    count: str  # such as "examples in train"
    found: int
    published: int

    def __str__(self) -> str:
        return f"dataset '{self.dataset}': {self.found} {self.count}, published are {self.published}"


def differences(dataset: "Dataset", found: Mapping[str, int]) -> list[Difference]:
    """What is counted in both the published dataset and the `found` one, by the keys of `COUNTED`, and not alike."""
    return [
        Difference(dataset.name, COUNTED[key], found[key], number)
        for key, number in dataset.published.model_dump().items()
        if number is not None and key in found and found[key] != number
    ]


def warn_of_differences(dataset: "Dataset", found: Mapping[str, int]) -> None:
    """A warning with both numbers for each."""
    for difference in differences(dataset, found):
        logger.warning("%s", difference)


def split_counts(prepared: Path) -> dict[str, int]:
    """What the prepared splits in a folder tell, by the keys of `COUNTED`."""
    files = {split: prepared / f"{split}.parquet" for split in SPLITS}
    facts = {split: pq.read_metadata(file) for split, file in files.items() if file.is_file()}
    index = facts["train"].metadata.get(DIFFERENT_WORDS.encode()) if "train" in facts else None
    found = {split: fact.num_rows for split, fact in facts.items()}
    return found if index is None else {**found, "index": int(index)}


def word_counts(words: Path) -> dict[str, int]:
    """What the folder of a dataset split into words tells."""
    vocabulary = words / "vocabulary.json"
    return {"vocabulary": len(read_json(vocabulary)["words"])} if vocabulary.is_file() else {}
