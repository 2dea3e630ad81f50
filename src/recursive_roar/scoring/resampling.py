"""Performance on resampled test examples, many resamples at a time.

A resample is a row of counts: how often it holds each example. A measure of all resamples is then a matrix product.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def resample_counts(examples: int, resamples: int, seed: int = 0) -> Floats:
    """How often each bootstrap resample holds each example, [resamples, examples]; rows sum to `examples`."""
    drawn = np.random.default_rng(seed).integers(0, examples, (resamples, examples))
    rows = np.arange(resamples)[:, None]
    counts = np.bincount((drawn + rows * examples).ravel(), minlength=resamples * examples)
    return counts.reshape(resamples, examples).astype(np.float64)


def resampled(metric: str, predicted: Integers, labels: Integers, counts: Floats) -> Floats:
    """A measure of every resample and run, [resamples, runs]; as `metrics.measure` gives it on the resample.

    Args:
        metric: `accuracy` or `macro-f1`.
        predicted: predicted classes, [runs, examples].
        labels: true classes, [examples].
        counts: how often each resample holds each example, [resamples, examples].
    """
    if metric == "accuracy":
        found: Floats = counts @ (predicted == labels).T.astype(np.float64) / counts.sum(axis=1, keepdims=True)
        return found
    classes = np.arange(max(predicted.max(), labels.max()) + 1)
    is_class = classes[:, None, None] == predicted  # [classes, runs, examples]
    of_class = (classes[:, None] == labels)[:, None]  # [classes, 1, examples]
    correct = _held(counts, is_class & of_class)
    occurrences = _held(counts, is_class) + _held(counts, of_class)  # [classes, resamples, runs]
    each = np.divide(2 * correct, occurrences, out=np.zeros_like(occurrences), where=occurrences > 0)
    mean: Floats = each.sum(axis=0) / (occurrences > 0).sum(axis=0)
    return mean


def majority_value(metric: str, labels: Integers) -> float:
    """The measure when every example is given the most frequent class."""
    always = np.full((1, len(labels)), np.bincount(labels).argmax())
    return float(resampled(metric, always, labels, np.ones((1, len(labels))))[0, 0])


def _held(counts: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """How many of the chosen examples each resample holds, [classes, resamples, runs]."""
    found: Floats = counts @ chosen.swapaxes(1, 2).astype(np.float64)
    return found
