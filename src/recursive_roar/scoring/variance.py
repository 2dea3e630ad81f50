"""Where the spread of a score comes from: the seed of the training, or which test examples there are.

A score of seed s on test set X is taken as mean + seed(s) + examples(X) + rest(s, X), independent parts. Resampling
the test examples, the same for all seeds, shows the last two; the seeds' own scores, all on one test set, differ by the
first and the last. More seeds average out these, and leave the part of the examples as it is. `docs/statistics.md` has
the formulas.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recursive_roar.scoring.comparisons import FAMILY
from recursive_roar.scoring.curves import Curve, curves
from recursive_roar.scoring.racu import resampled_racu
from recursive_roar.scoring.resampling import resample_counts, resampled
from recursive_roar.scoring.summary import REFERENCE

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

RESAMPLES = 200
"""Resamples of the test examples: a standard deviation from 200 is known to about 5 %."""

VARIANCE_SCHEMA = pa.schema(
    {
        "protocol": pa.string(),
        "ladder": pa.string(),
        "dataset": pa.string(),
        "model": pa.string(),
        "explainer": pa.string(),
        "share_seed": pa.float64(),  # null with one seed, or where nothing varies
        "share_examples": pa.float64(),
        "share_rest": pa.float64(),
        "n": pa.int32(),  # seeds
    }
)


@dataclass(frozen=True)
class Components:
    """Parts of the variance of one score of a new seed on new test examples."""

    seed: float
    examples: float  # the same for every seed
    rest: float  # of the examples, another for each seed

    @property
    def shares(self) -> dict[str, float | None]:
        """Each part in the whole, as columns of `VARIANCE_SCHEMA`; None where nothing varies."""
        parts = vars(self)
        whole = sum(parts.values())
        return {f"share_{name}": part / whole if whole > 0 else None for name, part in parts.items()}


def components(observed: Floats, on_resamples: Floats) -> Components | None:
    """Variance by its parts, none below zero; None with fewer than two seeds or two defined resamples.

    Args:
        observed: scores on the test split, [seeds].
        on_resamples: scores on resamples of it, the same resample in a column, [seeds, resamples]; NaN where undefined.
    """
    defined = on_resamples[:, np.isfinite(on_resamples).all(axis=0)]
    if len(observed) < 2 or defined.shape[1] < 2:
        return None
    both = defined.var(axis=1, ddof=1).mean()
    apart = defined - defined.mean(axis=1, keepdims=True)  # the part of the examples, and the rest
    rest = apart.var(axis=0, ddof=1).mean() * defined.shape[1] / (defined.shape[1] - 1)
    seed, examples = (max(0.0, float(value - rest)) for value in (observed.var(ddof=1), both))
    return Components(seed, examples, float(rest))


class Outcomes(Protocol):
    """What the runs of a study predict for its test examples."""

    def labels(self, dataset: str, model: str) -> Integers:
        """True classes, [examples]."""

    def predicted(self, cell: Mapping[str, Any]) -> Integers:
        """Predicted classes of every run of a cell, [rounds, examples]."""

    def metric(self, dataset: str) -> str:
        """The measure of the curves."""


def decompose(runs: pa.Table, outcomes: Outcomes) -> pa.Table:
    """A row for each explainer with a score: how its variance divides into seed, test examples and the rest.

    The resamples are the same for every round, explainer and seed of a dataset and model; a score on a resample is
    against random masking of the same seed on the same resample.
    """
    groups: dict[tuple[str, ...], list[Curve]] = defaultdict(list)
    for curve in curves(runs):
        if curve.cell["ladder"] == "relative" and not curve.missing:
            groups[tuple(curve.cell[name] for name in FAMILY)].append(curve)
    rows = [
        {**dict(zip(FAMILY, family, strict=True)), **row}
        for family, members in groups.items()
        for row in _family(members, outcomes)
    ]
    return pa.Table.from_pylist(rows, schema=VARIANCE_SCHEMA)


def _family(members: Sequence[Curve], outcomes: Outcomes) -> Iterator[dict[str, Any]]:
    """The rows of a dataset and model under one protocol and ladder."""
    dataset, model = members[0].cell["dataset"], members[0].cell["model"]
    labels, metric = outcomes.labels(dataset, model), outcomes.metric(dataset)
    counts = resample_counts(len(labels), RESAMPLES)
    values = {
        (curve.cell["explainer"], curve.cell["seed"]): np.vstack(
            # The first row is the curve itself, then come the resamples.
            [np.array(curve.values, np.float64), resampled(metric, outcomes.predicted(curve.cell), labels, counts)]
        )
        for curve in members
    }
    for explainer in dict.fromkeys(explainer for explainer, _ in values if explainer != REFERENCE):
        scores = [
            resampled_racu(members[0].asked, values[explainer, seed], values[REFERENCE, seed])
            for name, seed in values
            if name == explainer and (REFERENCE, seed) in values
        ]
        if row := _row([each for each in scores if np.isfinite(each[0])]):
            yield {"explainer": explainer, **row}


def _row(scores: Sequence[Floats]) -> dict[str, Any]:
    """The parts for one explainer from the score of each seed, followed by those on resamples."""
    if not scores:
        return {}
    found = components(np.array(scores)[:, 0], np.array(scores)[:, 1:])
    return {**(found.shares if found else {}), "n": len(scores)}
