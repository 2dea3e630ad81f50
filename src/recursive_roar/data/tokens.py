"""A tokenised dataset as the training and explaining steps read it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from recursive_roar.artifacts import read_json
from recursive_roar.data.batches import Ragged, Split
from recursive_roar.splits import read_splits


@dataclass(frozen=True)
class Tokens:
    """The three splits, the vocabulary in order of id, the ids of masks and padding, and the label names."""

    splits: Mapping[str, Split]
    vocabulary: list[str]
    mask_id: int
    pad_id: int
    label_names: list[str]

    @classmethod
    def read(cls, folder: Path) -> "Tokens":
        """From the folder that the tokenising step wrote."""
        vocabulary = read_json(folder / "vocabulary.json")
        tables = read_splits(folder)
        return cls(
            splits={split: Split.from_table(table) for split, table in tables.items()},
            vocabulary=vocabulary["words"],
            mask_id=vocabulary["mask_id"],
            pad_id=vocabulary["pad_id"],
            label_names=json.loads(tables["train"].schema.metadata[b"label_names"]),
        )

    @property
    def paired(self) -> bool:
        """Whether each example has an unmasked partner."""
        return self.splits["train"].pair_ids is not None

    def masked(self, masked_at: Mapping[str, Ragged]) -> "Tokens":
        """A copy with masked tokens replaced by the mask token."""
        splits = {name: split.masked(masked_at[name], self.mask_id) for name, split in self.splits.items()}
        return replace(self, splits=splits)
