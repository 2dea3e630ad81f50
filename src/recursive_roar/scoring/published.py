"""A study's scores, and the ends of its curves, beside the published ones."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from recursive_roar.catalog.published import (
    LADDER,
    PROTOCOL,
    PublishedPerformance,
    PublishedScore,
    published_performance,
    published_scores,
)
from recursive_roar.config import Study
from recursive_roar.scoring.intervals import mean_interval

PUBLISHED_SCHEMA = pa.schema(
    {
        "protocol": pa.string(),
        "ladder": pa.string(),
        "dataset": pa.string(),
        "model": pa.string(),
        "explainer": pa.string(),
        "racu": pa.float64(),
        "low": pa.float64(),
        "high": pa.float64(),
        "n": pa.int32(),  # seeds with a score
        "published_racu": pa.float64(),
        "published_low": pa.float64(),
        "published_high": pa.float64(),
        "overlap": pa.bool_(),  # of the two intervals; null where there is no interval
    }
)

PERFORMANCE_SCHEMA = pa.schema(
    {
        "dataset": pa.string(),
        "model": pa.string(),
        "masked_share": pa.float64(),  # 0 or 1
        "performance": pa.float64(),
        "low": pa.float64(),
        "high": pa.float64(),
        "n": pa.int32(),  # seeds
        "published_performance": pa.float64(),
        "published_low": pa.float64(),
        "published_high": pa.float64(),
    }
)


def compare_with_published(study: Study, summary: pa.Table) -> pa.Table:
    """A row for each row of the summary that the published table has a cell for, scores as shares.

    Datasets and models are compared by name, explainers by their method, so `{name: mine, method: gradient}` stands
    beside the published `gradient`.
    """
    rows = [
        _row(row, published) for row in summary.to_pylist() if (published := published_score(study, row)) is not None
    ]
    return pa.Table.from_pylist(rows, schema=PUBLISHED_SCHEMA)


def compare_performance(study: Study, runs: pa.Table) -> pa.Table:
    """A row for each end of a curve that the published figures show, as shares of the same metric.

    RACU divides by the area between random masking and a line at the performance with everything masked, so a
    difference of that performance is a difference of every score of the dataset.
    """
    ends: dict[tuple[str, str, float], dict[int, float]] = defaultdict(dict)
    for row in runs.to_pylist():
        end = (row["dataset"], row["model"], row["masked_share_asked"])
        if end in published_performance() and row["status"] == "done":
            ends[end][row["seed"]] = row["value"]  # every explainer has the same
    rows = [_end(study, end, list(values.values()), published_performance()[end]) for end, values in ends.items()]
    return pa.Table.from_pylist(rows, schema=PERFORMANCE_SCHEMA)


def published_score(study: Study, cell: Mapping[str, Any]) -> PublishedScore | None:
    """The published score of a cell (protocol, ladder, dataset, model, explainer), None where there is none."""
    if (cell["protocol"], cell["ladder"]) != (PROTOCOL, LADDER):
        return None
    method = study.explainer(cell["explainer"]).method or ""
    return published_scores().get((cell["dataset"], cell["model"], method))


def _row(row: Mapping[str, Any], published: PublishedScore) -> dict[str, Any]:
    kept = {name: row[name] for name in PUBLISHED_SCHEMA.names if name in row}
    limits = {f"published_{key}": value for key, value in vars(published).items()}
    return {**kept, **limits, "overlap": _overlap(row["low"], row["high"], published)}


def _end(
    study: Study, end: tuple[str, str, float], values: list[float], published: PublishedPerformance
) -> dict[str, Any]:
    ours = mean_interval(values, study.statistics.interval, study.statistics.confidence)
    return {
        **dict(zip(("dataset", "model", "masked_share"), end, strict=True)),
        "performance": ours.mean,
        **{key: getattr(ours, key) for key in ("low", "high", "n")},
        "published_performance": published.performance,
        "published_low": published.low,
        "published_high": published.high,
    }


def _overlap(low: float | None, high: float | None, published: PublishedScore) -> bool | None:
    if low is None or high is None:
        return None
    return low <= published.high and published.low <= high
