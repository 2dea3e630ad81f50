"""Is an explainer better than its own controls?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from recursive_roar.scoring.comparisons import paired
from recursive_roar.scoring.intervals import Interval, Method, difference_interval

SCHEMA = pa.schema(
    {
        "protocol": pa.string(),
        "ladder": pa.string(),
        "dataset": pa.string(),
        "model": pa.string(),
        "explainer": pa.string(),
        "control": pa.string(),  # name of the explainer's control
        "difference": pa.float64(),  # RACU (on the absolute ladder ACU) minus the control's, mean over seeds
        "low": pa.float64(),
        "high": pa.float64(),
        "n": pa.int32(),  # seeds in which both have a score
        "verdict": pa.string(),  # one of the four below, to be read between explainer and control
    }
)
EXPLAINER = ("protocol", "ladder", "dataset", "model", "explainer")
SEEDS_FOR_A_VERDICT = 3  # with two, an interval hardly ever excludes zero
BEATS, LOSES, OPEN, FEW = "beats", "loses to", "not told from", "too few seeds against"


def compare_with_controls(
    scores: Iterable[Mapping[str, Any]], control_of: Mapping[str, str], method: Method, confidence: float
) -> pa.Table:
    """A row for each control of each explainer, from the rows of scores.parquet.

    Each seed is compared with the same seed. From three seeds on, an explainer beats a control if the interval of the
    difference lies above zero, and loses to it if below.

    Args:
        scores: a row each cell.
        control_of: by name of a control, that of its explainer.
        method: of the interval.
        confidence: of the interval.
    """
    seeds: dict[tuple[str, ...], dict[int, float]] = defaultdict(dict)
    for row in scores:
        scored = seeds[tuple(row[name] for name in EXPLAINER)]
        value = row["acu" if row["ladder"] == "absolute" else "racu"]
        if value is not None:
            scored[row["seed"]] = value
    rows = []
    for (*group, name), control in list(seeds.items()):
        if name in control_of:
            explainer = (*group, control_of[name])
            found = _compared(seeds[explainer], control, method, confidence)
            rows.append({**dict(zip(EXPLAINER, explainer, strict=True)), "control": name, **found})
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _compared(
    own: Mapping[int, float], control: Mapping[int, float], method: Method, confidence: float
) -> dict[str, Any]:
    first, second = paired(own, control)
    if not first:
        return {"n": 0, "verdict": FEW}
    found = difference_interval(first, second, method, confidence)
    limits = {"low": found.low, "high": found.high}
    return {"difference": found.mean, **limits, "n": found.n, "verdict": _verdict(found)}


def _verdict(difference: Interval) -> str:
    if difference.n < SEEDS_FOR_A_VERDICT:
        return FEW
    if difference.low is None or difference.high is None:
        return OPEN
    return BEATS if difference.low > 0 else LOSES if difference.high < 0 else OPEN
