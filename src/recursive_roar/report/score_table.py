"""Rows of the score table: each explainer with everything that stands beside its score."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import pyarrow as pa

from recursive_roar.report.contents import GROUP, Contents, Row, by
from recursive_roar.report.picture import picture, scale_of
from recursive_roar.scoring.curves import RUNS_SCHEMA, curves
from recursive_roar.scoring.racu import ceiling
from recursive_roar.scoring.summary import REFERENCE

CELL = (*GROUP, "explainer")


def score_tables(contents: Contents) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """By protocol, ladder, dataset and model: a row an explainer, best score first, controls below all others."""
    rows = {group: _rows(contents, summary) for group, summary in by(contents.rows("summary"), *GROUP).items()}
    return {group: sorted(each, key=_rank, reverse=True) for group, each in rows.items()}


def score_column(ladder: str) -> str:
    """The score of a ladder: only one that ends with everything masked has a relative area."""
    return "acu" if ladder == "absolute" else "racu"


def ceilings(runs: Iterable[Row]) -> list[float]:
    """The score of a curve that falls to full masking in the first round, a value a seed for which it is known.

    `runs` are rows of runs.parquet of one protocol, relative ladder, dataset and model.
    """
    random = [row for row in runs if row["explainer"] == REFERENCE]
    whole = [curve for curve in curves(pa.Table.from_pylist(random, schema=RUNS_SCHEMA)) if not curve.missing]
    found = [ceiling(curve.asked, cast(list[float], curve.values)) for curve in whole]
    return [value for value in found if value is not None]


def _rows(contents: Contents, summary: Sequence[Row]) -> list[dict[str, Any]]:
    score = score_column(summary[0]["ladder"])
    scale = scale_of([*summary, *contents.of_group("scores", summary[0])], score, "low", "high")
    return [{**row, "score": row[score], **_beside(contents, row, score, scale)} for row in summary]


def _beside(contents: Contents, row: Row, score: str, scale: tuple[float, float]) -> dict[str, Any]:
    seeds, controls, published = (
        [each for each in contents.of_group(name, row) if each["explainer"] == row["explainer"]]
        for name in ("scores", "controls", "published")
    )
    scores = {f"seed {each['seed']}": each[score] for each in seeds}
    return {
        "control": row["explainer"] in contents.control_of,
        "picture": picture(row[score], row["low"], row["high"], scale, scores),
        "per_seed": scores,
        "scored": sum(value is not None for value in scores.values()),
        "collapsed": sum(each.get("collapsed") or 0 for each in seeds),
        "controls": controls,
        "published": published[0] if published else None,
    }


def _rank(row: Row) -> tuple[bool, float]:
    return not row["control"], -2 if row["score"] is None else row["score"]
