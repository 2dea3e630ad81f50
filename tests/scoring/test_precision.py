import pytest

from recursive_roar.scoring.precision import extended, widest


def test_steps_are_half_of_what_there_is_up_to_the_limit() -> None:
    seeds, steps = (0, 1, 7), []
    while len(seeds) < 20:
        seeds = extended(seeds, 20)
        steps.append(len(seeds))
    assert steps == [5, 8, 12, 18, 20]
    assert seeds[:5] == (0, 1, 7, 8, 9)
    assert extended(seeds, 20) == seeds


def test_the_widest_interval_and_what_has_none() -> None:
    narrow, wide = ({"ladder": "relative", "low": 0.2, "high": high} for high in (0.3, 0.6))
    absolute = {"ladder": "absolute", "low": None, "high": None}
    assert widest([narrow, absolute, wide]) == (pytest.approx(0.2), wide)
    assert widest([narrow, {**wide, "low": None}])[0] == float("inf")
