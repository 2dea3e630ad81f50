"""A score for every cell, and their summary over seeds."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

import pyarrow as pa

from recursive_roar.scoring.curves import CELL, Curve, curves
from recursive_roar.scoring.intervals import Method, score_interval
from recursive_roar.scoring.racu import SMALLEST_NORMALISER, area_between, racu

REFERENCE = "random"

SCORES_SCHEMA = pa.schema(
    {
        "protocol": pa.string(),
        "ladder": pa.string(),
        "dataset": pa.string(),
        "model": pa.string(),
        "explainer": pa.string(),
        "seed": pa.int32(),
        "acu": pa.float64(),
        "racu_raw": pa.float64(),
        "racu": pa.float64(),  # clipped to [-1, 1]
        "normaliser": pa.float64(),
        "status": pa.string(),  # scored, undefined, missing or no-racu
        "reason": pa.string(),
        "collapsed": pa.int32(),  # trainings of the curve that predict one class although not everything is masked
    }
)

SUMMARY_SCHEMA = pa.schema(
    {
        "protocol": pa.string(),
        "ladder": pa.string(),
        "dataset": pa.string(),
        "model": pa.string(),
        "explainer": pa.string(),
        "racu": pa.float64(),
        "low": pa.float64(),
        "high": pa.float64(),
        "method": pa.string(),
        "n": pa.int32(),  # seeds with a score
        "seeds": pa.int32(),  # seeds asked for
        "acu": pa.float64(),
        "racu_without_collapsed": pa.float64(),  # over the seeds without a collapsed training
        "low_without_collapsed": pa.float64(),
        "high_without_collapsed": pa.float64(),
        "n_without_collapsed": pa.int32(),
    }
)


def score_cells(runs: pa.Table) -> pa.Table:
    """A row for each cell but the random ones, each scored against random masking of its own seed.

    A missing round means no score; the reason names it.
    """
    found = curves(runs)
    references = {_without_explainer(curve): curve for curve in found if curve.cell["explainer"] == REFERENCE}
    rows = [
        {**curve.cell, **_score(curve, references.get(_without_explainer(curve))), "collapsed": curve.collapsed}
        for curve in found
        if curve.cell["explainer"] != REFERENCE
    ]
    return pa.Table.from_pylist(rows, schema=SCORES_SCHEMA)


def summarise(scores: pa.Table, method: Method, confidence: float) -> pa.Table:
    """Mean and interval over seeds of every explainer; `n` of `seeds` have a score."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in scores.to_pylist():
        groups[tuple(row[name] for name in CELL[:-1])].append(row)
    rows = [
        {**dict(zip(CELL[:-1], key, strict=True)), **_summary(members, method, confidence)}
        for key, members in groups.items()
    ]
    return pa.Table.from_pylist(rows, schema=SUMMARY_SCHEMA)


def _score(curve: Curve, random: Curve | None) -> dict[str, Any]:
    if random is None:
        return {"status": "missing", "reason": f"the study has no explainer named '{REFERENCE}' to compare with"}
    for each in (curve, random):
        if each.missing:
            rounds = ", ".join(str(number) for number in each.missing)
            return {"status": "missing", "reason": f"no result for {each.cell['explainer']}, round {rounds}"}
    values, reference = cast(list[float], curve.values), cast(list[float], random.values)
    if curve.cell["ladder"] == "absolute":
        shares = [asked / curve.asked[-1] for asked in curve.asked]
        reason = "RACU is defined from no to full masking, and the absolute ladder ends earlier"
        return {"acu": area_between(shares, reference, values), "status": "no-racu", "reason": reason}
    score = racu(curve.asked, values, reference)
    reason = (
        f"the normaliser is below {SMALLEST_NORMALISER}: random masking loses as much as full masking or more, or the "
        "model never learned, so nothing is left to compare"
    )
    undefined = score.racu is None
    return {**vars(score), "status": "undefined" if undefined else "scored", "reason": reason if undefined else ""}


def _summary(rows: list[dict[str, Any]], method: Method, confidence: float) -> dict[str, Any]:
    scored = [row for row in rows if row["racu"] is not None]
    areas = [row["acu"] for row in rows if row["acu"] is not None]
    healthy = _interval([row for row in scored if not row["collapsed"]], method, confidence)
    return {
        **_interval(scored, method, confidence),
        "method": method,
        "seeds": len(rows),
        "acu": sum(areas) / len(areas) if areas else None,
        **{f"{name}_without_collapsed": value for name, value in healthy.items()},
    }


def _interval(scored: Sequence[dict[str, Any]], method: Method, confidence: float) -> dict[str, Any]:
    """Mean RACU of rows that have one, its limits and their number."""
    if not scored:
        return {"racu": None, "low": None, "high": None, "n": 0}
    interval = score_interval([row["racu"] for row in scored], method, confidence)
    return {"racu": interval.mean, "low": interval.low, "high": interval.high, "n": interval.n}


def _without_explainer(curve: Curve) -> tuple[Any, ...]:
    return tuple(value for name, value in curve.cell.items() if name != "explainer")
