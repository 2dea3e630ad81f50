"""The splits of a dataset, and the files that hold one split each."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from recursive_roar.artifacts import read_table, write_table

if TYPE_CHECKING:
    import pyarrow as pa

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[str, ...] = get_args(SplitName)


def split_files(folder: Path | str, splits: Iterable[str] = SPLITS) -> list[str]:
    """One Parquet file a split."""
    return [f"{folder}/{split}.parquet" for split in splits]


def read_splits(folder: Path) -> dict[str, "pa.Table"]:
    """The table of every split under `folder`.

    Raises:
        DamagedArtifactError: one of them is absent or not as it was written.
    """
    return {split: read_table(folder / f"{split}.parquet") for split in SPLITS}


def write_splits(folder: Path, tables: Mapping[str, "pa.Table"]) -> None:
    """Write a table a split under `folder`."""
    for split, table in tables.items():
        write_table(folder / f"{split}.parquet", table)
