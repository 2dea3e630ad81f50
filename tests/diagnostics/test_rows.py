import numpy as np
import pyarrow as pa
import pytest

from recursive_roar.diagnostics.rows import Rows, mean


def rows(*values: list[float]) -> Rows:
    return Rows.of(pa.chunked_array([pa.array(values, pa.list_(pa.float64()))]))


def test_rows_of_a_column_and_of_a_part_of_it() -> None:
    found = rows([3, 1], [], [2])
    assert (found.values.tolist(), found.offsets.tolist(), found.lengths.tolist()) == (
        [3, 1, 2],
        [0, 2, 2, 3],
        [2, 0, 1],
    )
    assert (found.row.tolist(), found.place.tolist()) == ([0, 0, 2], [0, 1, 0])
    part = Rows.of(pa.chunked_array([pa.array([[9], [3, 1], [2]], pa.list_(pa.float64())).slice(1)]))
    assert (part.values.tolist(), part.offsets.tolist()) == ([3, 1, 2], [0, 2, 3])


def test_sums_and_parts_keep_empty_rows() -> None:
    found = rows([3, 1], [], [2])
    assert found.sum(found.values).tolist() == [4, 0, 2]
    kept = found.only(np.array([False, True, False]))
    assert (kept.values.tolist(), kept.offsets.tolist()) == ([1], [0, 1, 1, 1])


def test_ranks_as_masking_has_them() -> None:
    found = rows([1, 5, 5, -2], [], [0, 0])
    assert found.rank.tolist() == [2, 0, 1, 3, 0, 1]
    lowest, highest = found.tied
    assert lowest.tolist() == [2, 0, 0, 3, 0, 0]
    assert highest.tolist() == [2, 1, 1, 3, 1, 1]


def test_equal_values_of_two_rows_are_not_tied() -> None:
    assert [side.tolist() for side in rows([1], [1]).tied] == [[0, 0], [0, 0]]


def test_a_mean_of_nothing_is_none() -> None:
    assert mean(np.array([1.0, 2.0]), np.array([False, True])) == 2
    assert mean(np.array([1.0]), np.array([False])) is None


@pytest.mark.parametrize("values", [[], [[]], [[], []]])
def test_no_values_at_all(values) -> None:
    empty = rows(*values)
    assert empty.rank.tolist() == []
    assert [side.tolist() for side in empty.tied] == [[], []]
