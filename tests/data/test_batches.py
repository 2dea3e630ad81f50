"""Batches of similar length."""

from dataclasses import replace

import pytest
import torch

from recursive_roar.data.batches import Ragged, Split

LENGTHS = [3, 9, 1, 4, 4, 2]


def split() -> Split:
    offsets = torch.tensor([0, *LENGTHS]).cumsum(0)
    ids = Ragged(torch.arange(int(offsets[-1])) + 5, offsets)
    maskable = Ragged(torch.ones(int(offsets[-1]), dtype=torch.bool), offsets)
    return Split(torch.arange(len(LENGTHS)), ids, maskable, torch.zeros(len(LENGTHS), dtype=torch.int64))


@pytest.mark.parametrize(
    ("tokens", "rows"),
    [
        (8, [[2, 5], [0, 3], [4], [1]]),  # lengths 1, 2 | 3, 4 | 4 | 9, which alone is longer than allowed
        (9, [[2, 5, 0], [3, 4], [1]]),
        (1, [[2], [5], [0], [3], [4], [1]]),
        (100, [[2, 5, 0, 3, 4, 1]]),
    ],
)
def test_a_batch_has_no_more_padded_tokens_than_allowed(tokens: int, rows: list[list[int]]) -> None:
    assert [numbers.tolist() for numbers, _ in split().batches_by_length(tokens)] == rows


def test_partners_count_as_well() -> None:
    data = split()
    partners = [2, 2, 20, 2, 2, 2]
    offsets = torch.tensor([0, *partners]).cumsum(0)
    data = replace(data, pair_ids=Ragged(torch.arange(int(offsets[-1])) + 5, offsets))
    rows = [numbers.tolist() for numbers, _ in data.batches_by_length(15)]
    assert rows == [[2], [5, 0], [3, 4], [1]]  # 1 + 20 | 2 * (3 + 2) | 2 * (4 + 2) | 9 + 2
    assert list(replace(data, input_ids=Ragged(offsets[:0], offsets[:1])).batches_by_length(15)) == []


def test_examples_taken_from_a_batch_keep_all_that_belongs_to_them() -> None:
    batch = split().batch(torch.arange(6))
    taken = batch.take(torch.tensor([3, 1, 3]))
    assert taken.example_ids.tolist() == [3, 1, 3]
    assert torch.equal(taken.input_ids, batch.input_ids[[3, 1, 3]])
    assert taken.lengths.tolist() == [4, 9, 4]
    assert taken.pair_ids is None
