"""A tokenised dataset as the training and explaining steps read it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recursive_roar.artifacts import read_json, read_table
from recursive_roar.data.batches import SPLITS, Ragged, Split
from recursive_roar.data.words import MASK


@dataclass(frozen=True)
class Tokens:
    """The three splits, the vocabulary and the label names."""

    splits: Mapping[str, Split]
    vocabulary: list[str]
    label_names: list[str]

    @classmethod
    def read(cls, folder: Path) -> "Tokens":
        """From the folder that the tokenising step wrote."""
        tables = {split: read_table(folder / f"{split}.parquet") for split in SPLITS}
        return cls(
            splits={split: Split.from_table(table) for split, table in tables.items()},
            vocabulary=read_json(folder / "vocabulary.json")["words"],
            label_names=json.loads(tables["train"].schema.metadata[b"label_names"]),
        )

    @property
    def paired(self) -> bool:
        """Whether each example has an unmasked partner."""
        return self.splits["train"].pair_ids is not None

    def masked(self, masked_at: Mapping[str, Ragged]) -> "Tokens":
        """A copy with masked tokens replaced by the mask token."""
        splits = {name: split.masked(masked_at[name], MASK) for name, split in self.splits.items()}
        return Tokens(splits, self.vocabulary, self.label_names)
