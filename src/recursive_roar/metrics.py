"""How well logits agree with labels.

The measures are written out here because importing scikit-learn takes longer than a short round of training; tests
compare them with it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recursive_roar.errors import UserError, nearest

if TYPE_CHECKING:
    from torch import Tensor

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class MetricError(UserError):
    """The measure is not defined on these logits and labels."""


def measure(name: str, logits: "Tensor", labels: "Tensor") -> float:
    """The value of `accuracy`, `macro-f1` or `auroc`, never NaN.

    Args:
        name: which measure.
        logits: class scores, [examples, classes].
        labels: true classes, [examples].

    Raises:
        MetricError: no such measure, no examples, scores that are not finite, or a measure that is not defined here.
    """
    if name not in MEASURES:
        raise MetricError(f"Unknown measure '{name}'. Allowed: {', '.join(MEASURES)}.{nearest(name, MEASURES)}")
    scores = logits.detach().cpu().double().numpy()
    if len(scores) == 0:
        raise MetricError(f"'{name}' needs at least one example, but the split is empty. Use a larger dataset.")
    if not np.isfinite(scores).all():
        raise MetricError(f"'{name}' got scores that are not finite. Train with a smaller learning_rate.")
    return MEASURES[name](scores, labels.detach().cpu().numpy())


def performances(logits: "Tensor", labels: "Tensor") -> dict[str, float]:
    """The value of each measure that may be the `metric` of a dataset.

    Args:
        logits: class scores, [examples, classes].
        labels: true classes, [examples].

    Raises:
        MetricError: no examples, or scores that are not finite.
    """
    return {name: measure(name, logits, labels) for name in PERFORMANCES}


def every_measure(logits: Floats, labels: Integers) -> dict[str, float | None]:
    """The value of each measure by its name, None where it is not defined.

    Args:
        logits: class scores, [examples, classes].
        labels: true classes, [examples].
    """
    return {name: _defined(function, logits, labels) for name, function in MEASURES.items()}


def _defined(function: Callable[[Floats, Integers], float], logits: Floats, labels: Integers) -> float | None:
    if len(logits) == 0 or not np.isfinite(logits).all():
        return None
    try:
        return function(logits, labels)
    except MetricError:
        return None


def _accuracy(scores: Floats, labels: Integers) -> float:
    return float(np.mean(scores.argmax(axis=1) == labels))


def _macro_f1(scores: Floats, labels: Integers) -> float:
    """Unweighted mean over the classes that occur as a label or as a prediction."""
    predicted = scores.argmax(axis=1)
    size = max(scores.shape[1], int(labels.max()) + 1)
    correct = np.bincount(labels[predicted == labels], minlength=size)
    occurrences = np.bincount(labels, minlength=size) + np.bincount(predicted, minlength=size)
    occurring = occurrences > 0
    return float(np.mean(2 * correct[occurring] / occurrences[occurring]))


def _auroc(scores: Floats, labels: Integers) -> float:
    """Area under the ROC curve as the Mann-Whitney statistic; tied scores count one half (Hanley and McNeil 1982)."""
    if scores.shape[1] != 2:
        raise MetricError(f"'auroc' needs 2 classes, but the model has {scores.shape[1]}. Use 'select: accuracy'.")
    positive = labels == 1
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if positives == 0 or negatives == 0:
        raise MetricError(
            f"'auroc' is not defined, because all {len(labels)} labels of the split are class {labels[0]}. "
            "Use 'select: accuracy' or a split that holds both classes."
        )
    statistic = _mid_ranks(scores[:, 1] - scores[:, 0])[positive].sum() - positives * (positives + 1) / 2
    return float(statistic / (positives * negatives))


def _mid_ranks(values: Floats) -> Floats:
    """Rank of each value from 1; equal values share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks


PERFORMANCES = ("accuracy", "macro-f1")
"""Measures that are defined for any number of classes, whichever of them occur."""

MEASURES: dict[str, Callable[[Floats, Integers], float]] = {
    "accuracy": _accuracy,
    "macro-f1": _macro_f1,
    "auroc": _auroc,
}
