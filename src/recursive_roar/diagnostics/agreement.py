"""Do two explainers say the same?"""

import numpy as np

from recursive_roar.diagnostics.rows import Rows, mean


def rank_correlation(ones: Rows, others: Rows) -> float | None:
    """Spearman's correlation of the scores of a text's tokens, ties sharing their mean rank; mean over texts.

    A text in which one of the two scores all tokens alike has none.
    """
    one, other = _centred_ranks(ones), _centred_ranks(others)
    spread = np.sqrt(ones.sum(one**2) * ones.sum(other**2))
    return mean(ones.sum(one * other) / np.where(spread > 0, spread, 1), spread > 0)


def top_overlap(ones: Rows, others: Rows) -> float | None:
    """Share of the highest tenth of a text's tokens, at least one, that both have in common; mean over texts."""
    number = np.maximum(ones.lengths // 10, 1)
    both = (np.maximum(ones.rank, others.rank) < number[ones.row]).astype(np.float64)
    return mean(ones.sum(both) / number, ones.lengths > 0)


def _centred_ranks(scores: Rows) -> np.ndarray:
    lowest, highest = scores.tied
    return np.asarray(lowest + highest - (scores.lengths[scores.row] - 1)) / 2
