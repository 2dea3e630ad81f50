"""Rows of different lengths, as the files of a study hold them, in NumPy alone: nothing here trains."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Rows:
    """Rows end to end: row i is `values[offsets[i]:offsets[i + 1]]`."""

    values: np.ndarray  # [values]
    offsets: np.ndarray  # [rows + 1]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> "Rows":
        """From an Arrow list column."""
        array = column.combine_chunks()
        offsets = np.asarray(array.offsets, np.int64)
        values = array.values.to_numpy(zero_copy_only=False)[offsets[0] : offsets[-1]]
        return cls(values, offsets - offsets[0])

    @cached_property
    def lengths(self) -> np.ndarray:
        """Length of each row, [rows]."""
        return np.diff(self.offsets)

    @cached_property
    def row(self) -> np.ndarray:
        """The row of each value, [values]."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def place(self) -> np.ndarray:
        """The place of each value in its row, from 0, [values]."""
        return np.asarray(np.arange(len(self.values)) - self.offsets[self.row])

    def sum(self, values: np.ndarray) -> np.ndarray:
        """Sum of `values` [values] over each row, [rows]."""
        return np.bincount(self.row, weights=values, minlength=len(self.lengths))

    def only(self, kept: np.ndarray) -> "Rows":
        """The same rows with the values where `kept` [values] is true."""
        return Rows(self.values[kept], np.concatenate([[0], self.sum(kept).cumsum()]).astype(np.int64))

    @cached_property
    def falling(self) -> np.ndarray:
        """Indices of the values row by row, the highest first and the earlier first on a tie, as masking takes them."""
        return np.lexsort((-self.values, self.row))

    @cached_property
    def rank(self) -> np.ndarray:
        """Each value's place in its row when the highest comes first, from 0, [values]."""
        rank = np.empty(len(self.values), np.int64)
        rank[self.falling] = self.place
        return rank

    @cached_property
    def tied(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest rank that each value shares with those equal to it, [values] each."""
        values = self.values[self.falling]
        new = np.r_[True, (values[1:] != values[:-1]) | (self.row[1:] != self.row[:-1])]
        starts = np.flatnonzero(new[: len(values)])
        sizes = np.diff(np.r_[starts, len(values)])
        lowest, highest = np.empty((2, len(values)), np.int64)
        lowest[self.falling] = np.repeat(self.place[starts], sizes)
        highest[self.falling] = np.repeat(self.place[starts + sizes - 1], sizes)
        return lowest, highest


def mean(values: np.ndarray, defined: np.ndarray) -> float | None:
    """Mean of the values that are defined; None where there are none."""
    return float(values[defined].mean()) if defined.any() else None
