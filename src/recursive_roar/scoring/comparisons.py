"""Is one explainer better than another? Differences paired by seed, with exact tests."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recursive_roar.scoring.intervals import Method, difference_interval

Floats = NDArray[np.float64]

FAMILY = ("protocol", "ladder", "dataset", "model")
EXACT_UP_TO = 20
"""Seeds up to which every flip of signs is tried; 2^19 of them for 20 seeds, as the other half mirrors them."""
FLIPS = 100_000
"""Flips drawn for more seeds."""

COMPARISONS_SCHEMA = pa.schema(
    {
        "protocol": pa.string(),
        "ladder": pa.string(),
        "dataset": pa.string(),
        "model": pa.string(),
        "explainer": pa.string(),
        "other": pa.string(),
        "difference": pa.float64(),  # RACU of `explainer` minus that of `other`, mean over the seeds of both
        "low": pa.float64(),
        "high": pa.float64(),
        "p": pa.float64(),  # two-sided sign-flip test
        "p_holm": pa.float64(),  # corrected for every comparison on this dataset and model
        "smallest_p": pa.float64(),  # what `n` seeds can reach at best
        "smallest_p_holm": pa.float64(),  # the same of `p_holm`
        "n": pa.int32(),
    }
)


def compare(scores: pa.Table, controls: Collection[str], method: Method, confidence: float) -> pa.Table:
    """A row for each two explainers on a dataset and model that have seeds with a score in common.

    Args:
        scores: a row a cell, see `summary.SCORES_SCHEMA`.
        controls: names of explainers that are left out: each further comparison would cost the others power, and
            `diagnostics.against_controls` compares them with their own explainer.
        method: of the interval.
        confidence: of the interval.
    """
    families: dict[tuple[str, ...], dict[str, dict[int, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in scores.to_pylist():
        if row["racu"] is not None:
            families[tuple(row[name] for name in FAMILY)][row["explainer"]][row["seed"]] = row["racu"]
    rows = [
        {**dict(zip(FAMILY, family, strict=True)), **row}
        for family, by_explainer in families.items()
        for row in _family(by_explainer, controls, method, confidence)
    ]
    return pa.Table.from_pylist(rows, schema=COMPARISONS_SCHEMA)


def paired(first: Mapping[int, float], second: Mapping[int, float]) -> tuple[list[float], list[float]]:
    """Values of the seeds that both have, in the order of the first."""
    common = [seed for seed in first if seed in second]
    return [first[seed] for seed in common], [second[seed] for seed in common]


def pairs(explainers: Iterable[str], controls: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each two explainers once, without controls."""
    return combinations([name for name in explainers if name not in controls], 2)


def sign_flip(differences: Sequence[float]) -> float:
    """Two-sided p that the differences are symmetric about zero: the share of sign flips with a sum as far from it.

    Exact up to 20 differences, by 100,000 seeded flips beyond (counting the one observed).
    """
    values = np.asarray(differences, np.float64)
    exact = len(values) <= EXACT_UP_TO
    sums = _every_sum(values) if exact else _drawn_sums(values)
    as_far = np.abs(sums) >= abs(values.sum()) - 1e-12 * np.abs(values).sum()  # sums differ in the last bits
    return float(as_far.mean())


def smallest_p(n: int) -> float:
    """The least p that the test can give for `n` seeds: 2 of 2^n flips, or 1 of those drawn."""
    return float(2.0 ** (1 - n)) if n <= EXACT_UP_TO else 1 / (FLIPS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """P values corrected for being several (Holm 1979), in the order given."""
    p = np.asarray(p_values, np.float64)
    order = p.argsort(kind="stable")
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p)))))
    return [float(value) for value in corrected]


def _family(
    by_explainer: Mapping[str, Mapping[int, float]], controls: Collection[str], method: Method, confidence: float
) -> list[dict[str, Any]]:
    rows = []
    for explainer, other in pairs(by_explainer, controls):
        first, second = paired(by_explainer[explainer], by_explainer[other])
        if first:
            rows.append({"explainer": explainer, "other": other, **_comparison(first, second, method, confidence)})
    corrected = {f"{column}_holm": holm([row[column] for row in rows]) for column in ("p", "smallest_p")}
    return [{**row, **{name: p[index] for name, p in corrected.items()}} for index, row in enumerate(rows)]


def _comparison(first: list[float], second: list[float], method: Method, confidence: float) -> dict[str, Any]:
    interval = difference_interval(first, second, method, confidence)
    return {
        "difference": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "p": sign_flip(np.subtract(first, second).tolist()),
        "smallest_p": smallest_p(interval.n),
        "n": interval.n,
    }


def _every_sum(values: Floats) -> Floats:
    """Sums under each flip of all but the first sign, [2^(n - 1)]; flipping all signs mirrors a sum."""
    sums = values[:1]
    for value in values[1:]:
        sums = np.concatenate((sums + value, sums - value))
    return sums


def _drawn_sums(values: Floats) -> Floats:
    """The observed sum and those under drawn flips, [1 + flips]."""
    signs = np.random.default_rng(0).integers(0, 2, (FLIPS, len(values)), dtype=np.int8) * 2 - 1
    return np.append(signs @ values, values.sum())
