"""Scores over several datasets, after Agarwal et al. (2021): interquartile mean and probability of improvement.

Seeds are resampled within each dataset (a stratified bootstrap); limits are percentiles, none where a dataset has few
seeds. The datasets stay as they are, so an interval speaks of these datasets, not of others.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recursive_roar.scoring.comparisons import paired, pairs

Floats = NDArray[np.float64]
BySeed = Mapping[int, float]

RESAMPLES = 10_000
SEEDS_FOR_LIMITS = 5
"""Seeds of every dataset from which there are limits: with fewer, percentiles of a bootstrap lie far too close."""
GROUP = ("protocol", "ladder", "model")

AGGREGATE_SCHEMA = pa.schema(
    {
        "protocol": pa.string(),
        "ladder": pa.string(),
        "model": pa.string(),
        "explainer": pa.string(),
        "datasets": pa.int32(),  # with a score
        "iqm": pa.float64(),
        "low": pa.float64(),  # null where a dataset has fewer than `SEEDS_FOR_LIMITS` seeds
        "high": pa.float64(),
    }
)

IMPROVEMENT_SCHEMA = pa.schema(
    {
        "protocol": pa.string(),
        "ladder": pa.string(),
        "model": pa.string(),
        "explainer": pa.string(),
        "other": pa.string(),
        "probability": pa.float64(),  # that a score of `explainer` is above one of `other`, mean over datasets
        "low": pa.float64(),
        "high": pa.float64(),
    }
)


def aggregate(scores: pa.Table, confidence: float) -> pa.Table:
    """Interquartile mean over datasets and seeds of every explainer with a score."""
    rows = [
        {**dict(zip(GROUP, group, strict=True)), "explainer": explainer, **_mean_over(datasets, confidence)}
        for group, by_explainer in _grouped(scores).items()
        for explainer, datasets in by_explainer.items()
    ]
    return pa.Table.from_pylist(rows, schema=AGGREGATE_SCHEMA)


def improve(scores: pa.Table, controls: Collection[str], confidence: float) -> pa.Table:
    """Probability of improvement for the pairs of explainers that `comparisons` compares, over datasets of both."""
    rows = [
        {**dict(zip(GROUP, group, strict=True)), "explainer": first, "other": second, **row}
        for group, by_explainer in _grouped(scores).items()
        for first, second in pairs(by_explainer, controls)
        if (row := _improvement(by_explainer[first], by_explainer[second], confidence))
    ]
    return pa.Table.from_pylist(rows, schema=IMPROVEMENT_SCHEMA)


def interquartile_mean(values: Floats) -> Floats:
    """Mean along the last axis without the lowest and the highest quarter of the values, rounded down."""
    cut, ordered = values.shape[-1] // 4, np.sort(values, axis=-1)
    mean: Floats = ordered[..., cut : values.shape[-1] - cut].mean(axis=-1)
    return mean


def improvement(first: Floats, second: Floats) -> Floats:
    """1 where a score of `first` [seeds] is above one of `second` [seeds], one half where equal; [seeds, seeds]."""
    above: Floats = (np.sign(first[:, None] - second) + 1) / 2
    return above


def _grouped(scores: pa.Table) -> dict[tuple[str, ...], dict[str, dict[str, BySeed]]]:
    """Scores by protocol, ladder and model, then explainer, dataset and seed."""
    groups: Any = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    for row in scores.to_pylist():
        if row["racu"] is not None:
            groups[tuple(row[name] for name in GROUP)][row["explainer"]][row["dataset"]][row["seed"]] = row["racu"]
    found: dict[tuple[str, ...], dict[str, dict[str, BySeed]]] = groups
    return found


def _mean_over(datasets: Mapping[str, BySeed], confidence: float) -> dict[str, Any]:
    each, random = [np.array(list(seeds.values())) for seeds in datasets.values()], np.random.default_rng(0)
    resampled = [values[random.integers(0, len(values), (RESAMPLES, len(values)))] for values in each]
    low, high = _limits(each, interquartile_mean(np.concatenate(resampled, axis=1)), confidence)
    iqm = float(interquartile_mean(np.concatenate(each)))
    return {"datasets": len(each), "iqm": iqm, "low": low, "high": high}


def _improvement(
    first: Mapping[str, BySeed], second: Mapping[str, BySeed], confidence: float
) -> dict[str, float | None]:
    """Mean over the datasets of both; a resample takes the same seeds of both. Empty without a common seed."""
    common = [paired(first[dataset], second[dataset]) for dataset in first if dataset in second]
    each = [improvement(np.array(mine), np.array(theirs)) for mine, theirs in common if mine]
    if not each:
        return {}
    random = np.random.default_rng(0)
    resampled = np.mean([_resampled_means(above, random) for above in each], axis=0)
    low, high = _limits(each, resampled, confidence)
    return {"probability": float(np.mean([above.mean() for above in each])), "low": low, "high": high}


def _resampled_means(above: Floats, random: np.random.Generator) -> Floats:
    """Mean of a matrix [seeds, seeds] whose rows and columns are resampled together, [resamples]."""
    n = len(above)
    counts = random.multinomial(n, np.full(n, 1 / n), RESAMPLES)
    means: Floats = ((counts @ above) * counts).sum(axis=1) / n**2
    return means


def _limits(each: Sequence[Floats], resampled: Floats, confidence: float) -> tuple[float | None, float | None]:
    """Percentiles of the resampled values; none where a dataset has too few seeds."""
    if min(len(values) for values in each) < SEEDS_FOR_LIMITS:
        return None, None
    low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
