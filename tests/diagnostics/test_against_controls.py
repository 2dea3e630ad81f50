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
    assert row["verdict"] == "beats"


def verdict(*control: float) -> str:
    row = compared(cells("gradient", *[0.5, 0.7, 0.9][: len(control)]), cells("gradient-negated", *control))
    return row["gradient-negated"]["verdict"]


def test_the_interval_makes_the_verdict_from_three_seeds_on() -> None:
    assert verdict(0.0, 0.6, 0.9) == "not told from"  # on average .17 lower, at least -.48
    assert verdict(0.6, 0.82, 1.0) == "loses to"
    assert verdict(0.4, 0.6) == verdict(0.6) == "too few seeds against"


def test_scores_that_are_all_clipped_have_no_verdict() -> None:
    row = compared(cells("gradient", 1, 1, 1), cells("gradient-negated", -1, -1, -1))["gradient-negated"]
    assert (row["difference"], row["low"], row["verdict"]) == (2, None, "not told from")


def test_a_seed_without_a_score_on_either_side_is_left_out() -> None:
    found = compared(
        cells("gradient", 0.5, None, 0.9),
        cells("gradient-negated", 0.4, 0.2, None),
        cells("gradient-permuted", None, 0),
    )
    assert (found["gradient-negated"]["n"], found["gradient-negated"]["difference"]) == (1, pytest.approx(0.1))
    permuted = found["gradient-permuted"]
    assert (permuted["n"], permuted["difference"], permuted["verdict"]) == (0, None, "too few seeds against")


def test_the_absolute_ladder_compares_areas() -> None:
    rows = (cells("gradient", None, ladder="absolute"), cells("gradient-negated", None, ladder="absolute"))
    assert compared(*rows)["gradient-negated"]["difference"] == 0


def test_without_any_score_there_is_a_row_that_says_so() -> None:
    found = compared(cells("gradient", None), cells("gradient-negated", None))["gradient-negated"]
    assert (found["n"], found["difference"], found["verdict"]) == (0, None, "too few seeds against")
