import pytest

from recursive_roar.scoring.racu import ceiling, racu

SHARES = [0, 0.2, 0.4, 0.6, 0.8, 1]
RANDOM = [0.90, 0.72, 0.55, 0.45, 0.29, 0.20]


def test_the_worked_example() -> None:
    score = racu(SHARES, [0.90, 0.45, 0.29, 0.27, 0.20, 0.20], RANDOM)
    assert score.acu == pytest.approx(0.160)
    assert score.normaliser == pytest.approx(0.312)
    assert score.racu == pytest.approx(0.513, abs=5e-4)


def test_random_scores_zero_and_full_loss_at_once_scores_near_one() -> None:
    assert racu(SHARES, RANDOM, RANDOM).racu == 0
    assert racu([0, 1e-9, 1], [0.9, 0.2, 0.2], [0.9, 0.9, 0.2]).racu == pytest.approx(1)


def test_the_most_that_a_curve_can_score_by_hand() -> None:
    # Random is .5 * (.7 / 2 + .4) = .375 above full masking; the line to the first round loses .5 * .7 / 2 = .175.
    assert ceiling([0, 0.5, 1], [0.9, 0.6, 0.2]) == pytest.approx(0.2 / 0.375)
    assert ceiling([0, 0.5, 1], [0.9, 0.6, 0.2]) == racu([0, 0.5, 1], [0.9, 0.2, 0.2], [0.9, 0.6, 0.2]).racu
    # The same curves in steps of .25: .25 * (.7 / 2 + .55 + .4 + .2) = .375, and the line loses .25 * .7 / 2 = .0875.
    assert ceiling([0, 0.25, 0.5, 0.75, 1], [0.9, 0.75, 0.6, 0.4, 0.2]) == pytest.approx(0.2875 / 0.375)
    assert ceiling([0, 0.5, 1], [0.5, 0.5, 0.5]) is None


def test_a_score_below_minus_one_is_clipped_and_kept_raw() -> None:
    score = racu([0, 0.5, 1], [0.9, 0.9, 0.2], [0.9, 0.2, 0.2])
    assert score.racu_raw == pytest.approx(-2.0)
    assert score.racu == -1


def test_a_normaliser_near_zero_is_undefined() -> None:
    score = racu([0, 0.5, 1], [0.9, 0.1, 0.9], [0.9, 0.905, 0.9])
    assert score.racu is None
    assert score.racu_raw is None
