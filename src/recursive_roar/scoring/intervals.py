"""Intervals over seeds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Method = Literal["student-t", "paper"]

ROUNDING = 1e-12
"""How far equal values may lie apart by rounding alone, relative to their size or, near zero, to one."""


@dataclass(frozen=True)
class Interval:
    """Mean of `n` values and the limits of its interval, which are finite or both None."""

    mean: float
    low: float | None
    high: float | None
    n: int


def mean_interval(values: Sequence[float], method: Method, confidence: float = 0.95) -> Interval:
    """Interval of the mean of at least one value.

    `student-t` covers close to its nominal share at three to five seeds. `paper` is the published BCa bootstrap
    (9,999 resamples, generator seed 0), which covers less; it is there for comparison with the published table.
    Values that are equal but for rounding have an interval without width. One value has no limits, nor have values
    for which the method finds no finite ones.
    """
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return Interval(mean, None, None, n)
    if np.ptp(values) <= ROUNDING * max(1, np.abs(values).max()):
        return Interval(mean, mean, mean, n)
    limits = (_student_t if method == "student-t" else _bca)(np.asarray(values, np.float64), confidence)
    low, high = map(float, limits) if np.isfinite(limits).all() else (None, None)
    return Interval(mean, low, high, n)


def score_interval(scores: Sequence[float], method: Method, confidence: float) -> Interval:
    """Interval of the mean of scores that are clipped to [-1, 1].

    Where every score is clipped, Student's t has no limits: such scores do not tell how far seeds differ.
    """
    return _unless_clipped(mean_interval(scores, method, confidence), scores, method)


def difference_interval(first: Sequence[float], second: Sequence[float], method: Method, confidence: float) -> Interval:
    """The same of the mean difference of two explainers' scores, seed by seed."""
    differences = np.subtract(first, second).tolist()
    return _unless_clipped(mean_interval(differences, method, confidence), [*first, *second], method)


def _unless_clipped(interval: Interval, scores: Sequence[float], method: Method) -> Interval:
    clipped = all(abs(score) == 1 for score in scores)
    return replace(interval, low=None, high=None) if clipped and method == "student-t" else interval


def _student_t(values: np.ndarray, confidence: float) -> tuple[float, float]:
    from scipy.special import stdtrit  # scipy.stats takes a second to import

    half = stdtrit(len(values) - 1, (1 + confidence) / 2) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def _bca(values: np.ndarray, confidence: float) -> tuple[float, float]:
    from scipy.stats import bootstrap

    found = bootstrap(
        (values,), np.mean, confidence_level=confidence, method="BCa", n_resamples=9999, rng=np.random.default_rng(0)
    )
    return found.confidence_interval.low, found.confidence_interval.high
