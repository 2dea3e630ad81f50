"""A study's scores beside the published ones."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from recursive_roar.catalog.published import LADDER, PROTOCOL, PublishedScore, published_scores
from recursive_roar.config import Study

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


def compare_with_published(study: Study, summary: pa.Table) -> pa.Table:
    """A row for each row of the summary that the published table has a cell for, scores as shares.

    Datasets and models are compared by name, explainers by their method, so `{name: mine, method: gradient}` stands
    beside the published `gradient`.
    """
    rows = [
        _row(row, published) for row in summary.to_pylist() if (published := published_score(study, row)) is not None
    ]
    return pa.Table.from_pylist(rows, schema=PUBLISHED_SCHEMA)


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


def _overlap(low: float | None, high: float | None, published: PublishedScore) -> bool | None:
    if low is None or high is None:
        return None
    return low <= published.high and published.low <= high
