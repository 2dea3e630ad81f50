import numpy as np
import pytest
from scipy.stats import spearmanr
from test_rows import rows

from recursive_roar.diagnostics.agreement import rank_correlation, top_overlap


def test_rank_correlation_by_hand() -> None:
    assert rank_correlation(rows([1, 2, 9]), rows([0, 3, 4])) == pytest.approx(1)
    assert rank_correlation(rows([1, 2, 9], [1, 2]), rows([4, 3, 0], [1, 2])) == pytest.approx(0)  # -1 and 1
    assert rank_correlation(rows([1, 2], [5], [1, 1]), rows([2, 1], [5], [2, 1])) == pytest.approx(-1)
    assert rank_correlation(rows([1, 1]), rows([1, 2])) is None


def test_rank_correlation_is_that_of_scipy_with_ties() -> None:
    random = np.random.default_rng(0)
    one, other = random.integers(0, 6, (2, 20)).tolist()
    assert rank_correlation(rows(one), rows(other)) == pytest.approx(spearmanr(one, other).statistic)


def test_top_overlap_by_hand() -> None:
    up, down = list(range(20)), list(range(20, 0, -1))
    assert top_overlap(rows(up), rows(up)) == 1
    assert top_overlap(rows(up), rows(down)) == 0
    near = [*range(18), 30, 17.5]  # of the two highest, one is the same
    assert top_overlap(rows(up, [1, 2], []), rows(near, [1, 2], [])) == pytest.approx((1 + 1) / 2)
    near = [*range(17), 30, 1, 29]
    assert top_overlap(rows(up), rows(near)) == pytest.approx(0.5)
