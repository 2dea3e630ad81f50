"""The simulation of a lab's queue on graphs that can be worked out by hand."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from labs import PUBLISHED_HOURS, Allocation, makespan, table


@pytest.mark.parametrize(
    ("gpus", "queue", "hours"),
    [
        (1, 0.0, 6.0),  # all after one another
        (2, 0.0, 3.5),  # the second single one came first: the chain goes on at 1.5
        (9, 0.0, 3.0),  # no more than the chain takes
        (9, 1.0, 6.0),  # which waits before each of its three
        (1, 1.0, 8.0),  # one wait of the chain passes while the single ones run, the others do not
    ],
)
def test_a_chain_of_three_beside_two_single_ones(gpus: int, queue: float, hours: float) -> None:
    chain = [Allocation(1.0), Allocation(1.0, 0), Allocation(1.0, 1)]
    assert makespan([*chain, Allocation(1.5), Allocation(1.5)], gpus, queue) == hours


@pytest.mark.parametrize(("groups", "allocations"), [(False, 3400), (True, 80 * 11 + 40 * (4 + 3))])
def test_the_published_table(groups: bool, allocations: int) -> None:
    found = table(groups)
    assert len(found) == allocations
    assert sum(each.hours for each in found) == pytest.approx(sum(PUBLISHED_HOURS.values()))
    assert all(each.after is None or each.after < index for index, each in enumerate(found))
