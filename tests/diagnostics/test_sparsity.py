import math

import numpy as np
import pytest
from test_rows import rows

from recursive_roar.diagnostics.sparsity import entropy, gini, shares


def by_amount(scores):
    return {(unit, amount): share for unit, amount, share in shares(scores)}


def test_shares_by_hand() -> None:
    found = by_amount(rows([1, -4, 2, 3], [0, 0], [2, 0]))  # the second has no mass
    assert found["tokens", 1] == pytest.approx((0.4 + 1) / 2)
    assert found["tokens", 2] == pytest.approx((0.7 + 1) / 2)
    assert found["tokens", 10] == pytest.approx(1)
    assert found["percent", 20] == pytest.approx(0)  # rounded down, nothing of either
    assert found["percent", 50] == pytest.approx((0.7 + 1) / 2)
    assert found["percent", 90] == pytest.approx((0.9 + 1) / 2)
    assert len(found) == 10 + 9


def test_no_scores_no_shares() -> None:
    assert set(by_amount(rows([0, 0], [])).values()) == {None}
    assert entropy(rows([0.0])) is None
    assert gini(rows([0.0])) is None


def test_entropy_by_hand() -> None:
    assert entropy(rows([2, -2, 2])) == pytest.approx(1)
    assert entropy(rows([0, 7])) == pytest.approx(0)
    expected = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25)) / math.log(2)
    assert entropy(rows([3, 1], [5])) == pytest.approx(expected)  # one token alone has no entropy
    assert entropy(rows([3, 1], [1, 1])) == pytest.approx((expected + 1) / 2)


def test_gini_by_hand() -> None:
    assert gini(rows([2, 2, -2])) == pytest.approx(0)
    assert gini(rows([0, 0, 0, 9])) == pytest.approx(0.75)
    assert gini(rows([1, 3])) == pytest.approx(0.25)  # mean difference 2 * 2 / 4 over twice the mean of 2


def test_gini_is_half_the_relative_mean_difference() -> None:
    values = np.random.default_rng(0).random(13)
    expected = np.abs(values[:, None] - values).mean() / (2 * values.mean())
    assert gini(rows(values.tolist())) == pytest.approx(expected)


def test_scale_and_sign_change_nothing() -> None:
    one, other = rows([1, 4, 2, 0.5]), rows([-10, 40, 20, -5])
    assert by_amount(one) == pytest.approx(by_amount(other))
    assert (entropy(one), gini(one)) == pytest.approx((entropy(other), gini(other)))
