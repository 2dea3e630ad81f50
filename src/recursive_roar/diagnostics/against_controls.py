"""Is an explainer better than its own controls?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from recursive_roar.scoring.intervals import Method, mean_interval

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
        "beats": pa.bool_(),  # null where there is no difference
    }
)
EXPLAINER = ("protocol", "ladder", "dataset", "model", "explainer")
SEEDS_FOR_AN_INTERVAL = 3  # with two, an interval hardly ever excludes zero


def compare_with_controls(
    scores: Iterable[Mapping[str, Any]], control_of: Mapping[str, str], method: Method, confidence: float
) -> pa.Table:
    """A row for each control of each explainer, from the rows of scores.parquet.

    An explainer beats a control if it scores higher, each seed compared with the same seed, and, from three seeds on,
    if the interval of the difference lies above zero.

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
    differences = [value - control[seed] for seed, value in own.items() if seed in control]
    if not differences:
        return {"n": 0}
    found = mean_interval(differences, method, confidence)
    beats = found.mean > 0 and (found.n < SEEDS_FOR_AN_INTERVAL or (found.low is not None and found.low > 0))
    return {"difference": found.mean, "low": found.low, "high": found.high, "n": found.n, "beats": beats}
