"""Token ids in memory: one ragged tensor a column, padded into batches when needed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

POOL = 16  # batches


@dataclass(frozen=True)
class Batch:
    """Examples padded to the longest of them.

    `input_ids` is the sequence that is explained and masked; `pair_ids` its partner (a question, a hypothesis), which
    is never masked. A model that reads both as one sequence finds the partner in `input_ids`, after the text's
    `text_lengths` tokens, and no `pair_ids`. Padding is id 0 and lies to the right.
    """

    example_ids: Tensor  # [batch]
    input_ids: Tensor  # [batch, tokens]
    lengths: Tensor  # [batch]
    maskable: Tensor  # [batch, tokens], bool
    labels: Tensor  # [batch]
    pair_ids: Tensor | None = None  # [batch, pair tokens]
    pair_lengths: Tensor | None = None  # [batch]
    text_lengths: Tensor | None = None  # [batch]

    @property
    def present(self) -> Tensor:
        """True where there is a token and not padding, [batch, tokens]."""
        positions = torch.arange(self.input_ids.shape[1], device=self.input_ids.device)
        return positions < self.lengths[:, None]

    @property
    def partner(self) -> Tensor:
        """True where `input_ids` holds a token of the partner and not of the text, [batch, tokens]."""
        if self.text_lengths is None:
            return torch.zeros_like(self.maskable)
        positions = torch.arange(self.input_ids.shape[1], device=self.input_ids.device)
        return self.present & (positions >= self.text_lengths[:, None])

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        return self._each(lambda value: value.to(device))

    def take(self, rows: Tensor) -> "Batch":
        """The examples at `rows` [n], with the same padding; a row may be taken more than once."""
        return self._each(lambda value: value[rows])

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        changed: dict[str, Any] = {name: change(value) for name, value in vars(self).items() if value is not None}
        return Batch(**changed)


@dataclass(frozen=True)
class Ragged:
    """Rows of different lengths, end to end: row i is `values[offsets[i]:offsets[i + 1]]`."""

    values: Tensor
    offsets: Tensor  # [rows + 1]

    @classmethod
    def from_column(cls, column: pa.ChunkedArray, dtype: torch.dtype) -> "Ragged":
        """From an Arrow list column."""
        array = column.combine_chunks()
        offsets = np.asarray(array.offsets, dtype=np.int64)
        values = array.values.to_numpy(zero_copy_only=False)[offsets[0] : offsets[-1]]
        return cls(torch.from_numpy(values.copy()).to(dtype), torch.from_numpy(offsets - offsets[0]))

    def to_column(self, dtype: pa.DataType) -> pa.Array:
        """As an Arrow list array of `dtype` values."""
        values = pa.array(self.values.numpy(), type=dtype)
        return pa.ListArray.from_arrays(pa.array(self.offsets.numpy(), type=pa.int32()), values)

    @property
    def lengths(self) -> Tensor:
        """Length of each row, [rows]."""
        return self.offsets.diff()

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def padded(self, rows: Tensor) -> Tensor:
        """The chosen rows, zero-padded to the longest of them, [len(rows), longest]."""
        lengths = self.lengths[rows]
        positions = torch.arange(int(lengths.max()))
        present = positions < lengths[:, None]
        places = (self.offsets[rows][:, None] + positions).clamp(max=max(len(self.values) - 1, 0))
        return torch.where(present, self.values[places], torch.zeros((), dtype=self.values.dtype))


@dataclass(frozen=True)
class Split:
    """One split of a tokenised dataset, entirely in memory."""

    example_ids: Tensor  # [examples]
    input_ids: Ragged
    maskable: Ragged
    labels: Tensor  # [examples]
    pair_ids: Ragged | None = None
    text_lengths: Tensor | None = None  # [examples]

    @classmethod
    def from_table(cls, table: pa.Table) -> "Split":
        """From a table with the columns of `results/tokens/` (see docs/design.md)."""
        paired, joined = ("pair_ids" in table.column_names), ("text_length" in table.column_names)
        return cls(
            example_ids=torch.from_numpy(table["example_id"].to_numpy().astype(np.int64)),
            input_ids=Ragged.from_column(table["input_ids"], torch.int64),
            maskable=Ragged.from_column(table["maskable"], torch.bool),
            labels=torch.from_numpy(table["label"].to_numpy().astype(np.int64)),
            pair_ids=Ragged.from_column(table["pair_ids"], torch.int64) if paired else None,
            text_lengths=torch.from_numpy(table["text_length"].to_numpy().astype(np.int64)) if joined else None,
        )

    def __len__(self) -> int:
        return len(self.labels)

    def masked(self, masked_at: Ragged, mask_id: int) -> "Split":
        """A copy in which every token with `masked_at` above zero is `mask_id`."""
        values = self.input_ids.values.masked_fill(masked_at.values > 0, mask_id)
        return replace(self, input_ids=Ragged(values, self.input_ids.offsets))

    def batch(self, rows: Tensor) -> Batch:
        """The chosen examples as one padded batch."""
        pairs = self.pair_ids
        return Batch(
            example_ids=self.example_ids[rows],
            input_ids=self.input_ids.padded(rows),
            lengths=self.input_ids.lengths[rows],
            maskable=self.maskable.padded(rows),
            labels=self.labels[rows],
            pair_ids=pairs.padded(rows) if pairs else None,
            pair_lengths=pairs.lengths[rows] if pairs else None,
            text_lengths=None if self.text_lengths is None else self.text_lengths[rows],
        )

    def batches_by_length(self, tokens: int) -> Iterator[tuple[Tensor, Batch]]:
        """All examples, those of similar length together, as (row numbers, batch): the least padding.

        A batch has at most `tokens` padded tokens, those of partners included, or one example: memory and speed do not
        depend on how long they are.
        """
        order = torch.argsort(self.input_ids.lengths, stable=True)
        lengths = self.input_ids.lengths[order].tolist()
        partners = self.pair_ids.lengths[order].tolist() if self.pair_ids else [0] * len(order)
        start = longest = 0
        for end, (length, partner) in enumerate(zip(lengths, partners, strict=True)):
            longest = max(longest, partner)
            if end > start and (end + 1 - start) * (length + longest) > tokens:
                yield order[start:end], self.batch(order[start:end])
                start, longest = end, partner
        if len(order):
            yield order[start:], self.batch(order[start:])

    def shuffled_batches(self, batch_size: int, generator: torch.Generator) -> Iterator[Batch]:
        """All examples in random order, some batches possibly smaller.

        Examples are drawn at random into pools of `POOL` batches; those of similar length share a batch, which saves
        most of the padding, and the batches of a pool come in random order.
        """
        for pool in torch.randperm(len(self), generator=generator).split(batch_size * POOL):
            by_length = pool[torch.argsort(self.input_ids.lengths[pool], stable=True)]
            batches = by_length.split(batch_size)
            for index in torch.randperm(len(batches), generator=generator).tolist():
                yield self.batch(batches[index])
