"""Relative area between curves (Madsen et al. 2022, section 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST_NORMALISER = 0.01
"""Area of random masking above full masking below which the ratio says nothing: one point of performance on average."""


@dataclass(frozen=True)
class Score:
    """Area between the random curve and an explainer's (`acu`), and its ratio to what random leaves to gain.

    `racu_raw` and `racu` (clipped to [-1, 1]) are None where the normaliser is too small to divide by.
    """

    acu: float
    normaliser: float
    racu_raw: float | None
    racu: float | None


def racu(shares: Sequence[float], measure: Sequence[float], random: Sequence[float]) -> Score:
    """Score of one curve against random masking.

    Args:
        shares: masked share of each round, rising from 0 to 1.
        measure: performance of the explainer after each round, the last one fully masked.
        random: performance of random masking after the same rounds.
    """
    area, floor = area_between(shares, random, measure), [random[-1]] * len(shares)
    normaliser = area_between(shares, random, floor)
    if normaliser < SMALLEST_NORMALISER:
        return Score(area, normaliser, None, None)
    raw = area / normaliser
    return Score(area, normaliser, raw, float(np.clip(raw, -1, 1)))


def ceiling(shares: Sequence[float], random: Sequence[float]) -> float | None:
    """RACU of a curve that falls to full masking in the first round: the most that one not below it can score.

    It is less than 1, as the trapezoid rule draws a line from the unmasked data to the first round, under which half
    of the first step is lost. Arguments as of `racu`; None where that is not defined.
    """
    return racu(shares, [random[0], *[random[-1]] * (len(random) - 1)], random).racu


def resampled_racu(shares: Sequence[float], measure: Floats, random: Floats) -> Floats:
    """Clipped RACU of many curves at once, [...], NaN where `racu` has none; curves are [..., rounds]."""
    area = np.trapezoid(random - measure, shares)
    normaliser = np.trapezoid(random - random[..., -1:], shares)
    defined = normaliser >= SMALLEST_NORMALISER
    ratio = np.divide(area, normaliser, out=np.full_like(area, np.nan), where=defined)
    clipped: Floats = np.clip(ratio, -1, 1)
    return clipped


def area_between(shares: Sequence[float], upper: Sequence[float], lower: Sequence[float]) -> float:
    """Area under `upper` minus `lower` over `shares`, by the trapezoid rule."""
    return float(np.trapezoid(np.subtract(upper, lower), shares))
