"""On how few tokens the importance of a text lies."""

from collections.abc import Iterator

import numpy as np

from recursive_roar.diagnostics.rows import Rows, mean

AMOUNTS = [("tokens", amount) for amount in range(1, 11)] + [("percent", amount) for amount in range(10, 100, 10)]


def shares(scores: Rows) -> Iterator[tuple[str, int, float | None]]:
    """Unit, amount and the share of the absolute scores on so many tokens of each text, mean over texts.

    The amounts are those of the published figure (Madsen et al. 2022, appendix): the 1 to 10 highest tokens, and the
    highest 10 to 90 percent, rounded down as masking does. A text without any score has no share.
    """
    mass = _mass(scores)
    until = np.r_[0, mass.values[mass.falling].cumsum()]
    start, length = mass.offsets[:-1], mass.lengths
    total = until[mass.offsets[1:]] - until[start]
    for unit, amount in AMOUNTS:
        number = np.minimum(amount, length) if unit == "tokens" else length * amount // 100
        share = (until[start + number] - until[start]) / np.where(total > 0, total, 1)
        yield unit, amount, mean(share, total > 0)


def entropy(scores: Rows) -> float | None:
    """Entropy of the absolute scores of a text as a share of what n equal scores have, mean over texts.

    1 where all tokens are alike, 0 where one has everything (Bhatt et al. 2020, complexity; divided by log n).
    """
    mass = _mass(scores)
    total = mass.sum(mass.values)
    part = mass.values / np.where(total > 0, total, 1)[mass.row]
    found = mass.sum(-part * np.log(np.where(part > 0, part, 1)))
    return mean(found / np.log(np.maximum(mass.lengths, 2)), (total > 0) & (mass.lengths > 1))


def gini(scores: Rows) -> float | None:
    """Gini coefficient of the absolute scores of a text, mean over texts.

    0 where all tokens are alike, 1 - 1/n where one of n has everything (Chalasani et al. 2020).
    """
    mass = _mass(scores)
    total = mass.sum(mass.values)
    weighted = mass.sum(mass.values * (mass.lengths[mass.row] - 1 - 2 * mass.rank))
    return mean(weighted / np.where(total > 0, total * mass.lengths, 1), total > 0)


def _mass(scores: Rows) -> Rows:
    return Rows(np.abs(scores.values.astype(np.float64)), scores.offsets)
