import pytest

from recursive_roar.diagnostics.against_controls import compare_with_controls
from recursive_roar.scoring.intervals import mean_interval

CONTROL_OF = {"gradient-negated": "gradient", "gradient-permuted": "gradient"}


def cells(explainer: str, *values: float | None, ladder: str = "relative"):
    key = {"protocol": "roar", "ladder": ladder, "dataset": "d", "model": "m", "explainer": explainer}
    return [{**key, "seed": seed, "racu": value, "acu": 0.1} for seed, value in enumerate(values)]


def compared(*rows):
    scores = [row for group in rows for row in group]
    return {row["control"]: row for row in compare_with_controls(scores, CONTROL_OF, "student-t", 0.95).to_pylist()}


def test_each_seed_is_compared_with_the_same_seed() -> None:
    found = compared(cells("gradient", 0.5, 0.7, 0.9), cells("gradient-negated", 0.4, 0.58, 0.8))
    (row,) = found.values()
    expected = mean_interval([0.1, 0.12, 0.1], "student-t", 0.95)
    assert (row["explainer"], row["difference"], row["n"]) == ("gradient", pytest.approx(expected.mean), 3)
    assert (row["low"], row["high"]) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert row["beats"]


def test_an_interval_that_holds_zero_is_not_enough_from_three_seeds_on() -> None:
    assert not compared(cells("gradient", 0.5, 0.7, 0.9), cells("gradient-negated", 0.0, 0.6, 0.9))["gradient-negated"][
        "beats"
    ]
    two = compared(cells("gradient", 0.5, 0.7), cells("gradient-negated", 0.0, 0.6))["gradient-negated"]
    assert two["beats"]
    assert two["low"] < 0
    assert not compared(cells("gradient", 0.5), cells("gradient-permuted", 0.6))["gradient-permuted"]["beats"]


def test_a_seed_without_a_score_on_either_side_is_left_out() -> None:
    found = compared(
        cells("gradient", 0.5, None, 0.9),
        cells("gradient-negated", 0.4, 0.2, None),
        cells("gradient-permuted", None, 0),
    )
    assert (found["gradient-negated"]["n"], found["gradient-negated"]["difference"]) == (1, pytest.approx(0.1))
    permuted = found["gradient-permuted"]
    assert (permuted["n"], permuted["difference"], permuted["beats"]) == (0, None, None)


def test_the_absolute_ladder_compares_areas() -> None:
    rows = (cells("gradient", None, ladder="absolute"), cells("gradient-negated", None, ladder="absolute"))
    assert compared(*rows)["gradient-negated"]["difference"] == 0


def test_without_any_score_there_is_a_row_that_says_so() -> None:
    found = compared(cells("gradient", None), cells("gradient-negated", None))["gradient-negated"]
    assert (found["n"], found["difference"], found["beats"]) == (0, None, None)
