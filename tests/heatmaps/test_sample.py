"""Which examples are shown."""

import numpy as np

from recursive_roar.heatmaps.sample import choose

LABELS = np.array([0] * 50 + [1] * 50 + [2] * 3)
RIGHT = np.arange(103) % 10 != 0  # wrong: five of either large label, one of the third


def strata(rows: list[int]) -> list[tuple[int, bool]]:
    return [(int(LABELS[row]), bool(RIGHT[row])) for row in rows]


def test_every_label_and_outcome_comes_before_any_comes_again() -> None:
    rows = choose(LABELS, RIGHT, 6, seed=0)
    assert sorted(strata(rows)) == sorted({(label, right) for label in (0, 1, 2) for right in (False, True)})
    assert strata(rows)[0][1]  # a right one first


def test_no_example_twice_and_what_is_rare_runs_out() -> None:
    rows = choose(LABELS, RIGHT, 20, seed=0)
    assert len(set(rows)) == 20
    assert strata(rows).count((2, False)) == 1
    assert strata(rows).count((2, True)) == 2
    assert sorted(choose(LABELS, RIGHT, 1000, seed=0)) == list(range(103))


def test_the_seed_decides() -> None:
    assert choose(LABELS, RIGHT, 12, seed=1) == choose(LABELS, RIGHT, 12, seed=1) != choose(LABELS, RIGHT, 12, seed=2)
