import numpy as np
import pytest

from recursive_roar.scoring.intervals import difference_interval, mean_interval, score_interval


def test_student_t_by_hand() -> None:
    # Mean 2, standard error 1 / sqrt(3), t(0.975, 2) = 4.302653.
    interval = mean_interval([1, 2, 3], "student-t")
    assert (interval.mean, interval.n) == (2, 3)
    assert interval.high == pytest.approx(2 + 4.302653 / np.sqrt(3), rel=1e-6)
    assert interval.low == pytest.approx(2 - 4.302653 / np.sqrt(3), rel=1e-6)


def test_the_published_bootstrap_lies_within_the_values_and_repeats() -> None:
    interval = mean_interval([0.1, 0.2, 0.3, 0.4, 0.9], "paper")
    assert 0.1 < interval.low < 0.38 < interval.high < 0.9
    assert interval == mean_interval([0.1, 0.2, 0.3, 0.4, 0.9], "paper")


@pytest.mark.parametrize("method", ["student-t", "paper"])
def test_equal_values_have_no_width_and_one_value_no_interval(method) -> None:
    assert (mean_interval([0.3, 0.3], method).low, mean_interval([0.3, 0.3], method).high) == (0.3, 0.3)
    assert mean_interval([0.3], method).low is None


@pytest.mark.parametrize("method", ["student-t", "paper"])
@pytest.mark.parametrize("values", [[33.3, 33.3, 33.300000000000004], [0.0, 0.0, 6e-17], [-4e9, -4e9, -4e9 - 5e-7]])
def test_values_that_are_equal_but_for_rounding_have_no_width(values, method) -> None:
    interval = mean_interval(values, method)
    assert interval.low == interval.mean == interval.high


@pytest.mark.parametrize("scores", [[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]])
def test_clipped_scores_have_no_limits(scores) -> None:
    interval = score_interval(scores, "student-t", 0.95)
    assert (interval.mean, interval.low, interval.high) == (np.mean(scores), None, None)
    assert score_interval([*scores, 0.9], "student-t", 0.95) == mean_interval([*scores, 0.9], "student-t")
    assert score_interval(scores, "paper", 0.95) == mean_interval(scores, "paper")


def test_a_difference_has_no_limits_where_the_scores_of_both_are_clipped() -> None:
    clipped = difference_interval([1.0, 1.0], [-1.0, -1.0], "student-t", 0.95)
    assert (clipped.mean, clipped.low, clipped.high, clipped.n) == (2, None, None, 2)
    assert difference_interval([1.0, 1.0], [-1.0, -1.0], "paper", 0.95).low == 2
    assert difference_interval([0.5, 1.0], [0.25, 0.75], "student-t", 0.95).low == 0.25


def test_a_bootstrap_without_finite_limits_has_none() -> None:
    with np.errstate(all="ignore"), pytest.warns(match="BCa"):
        interval = mean_interval([1e120, 2e120, 4e120], "paper")  # their cubes overflow
    assert (interval.low, interval.high, interval.n) == (None, None, 3)
