"""Which seeds a study has: those of its configuration, and more where `statistics.precision` asks for them.

Nothing is remembered from one run of the workflow to the next: the rule is replayed on the results that lie there, so
a study comes to the same seeds however often it was interrupted.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recursive_roar.artifacts import read_json, write_json
from recursive_roar.config import Study
from recursive_roar.scoring.precision import extended, widest
from recursive_roar.steps.runs import run_rows


def planned_seeds(study: Study) -> list[int]:
    """The configured seeds, extended while all their runs are there and do not suffice.

    Only results count whose files exist, so one invocation adds one step.
    """
    seeds, precision = study.seeds, study.statistics.precision
    while precision is not None and len(seeds) < study.statistics.max_seeds:
        found = _widest(study.model_copy(update={"seeds": seeds}))
        if found is None or found[0] <= precision:
            break
        seeds = extended(seeds, study.statistics.max_seeds)
    return list(seeds)


def keep_seeds(study: Study) -> None:
    """Tell the jobs of a run which seeds it has."""
    if study.statistics.precision is not None:
        write_json(_agreed(study), {"seeds": list(study.seeds)})


def agreed_seeds(study: Study) -> list[int]:
    """The seeds that the run began with which this job is part of."""
    adaptive = study.statistics.precision is not None and _agreed(study).exists()
    return list(read_json(_agreed(study))["seeds"]) if adaptive else list(study.seeds)


def advice(study: Study) -> str:
    """Whether the same command should run again, in a sentence; empty where seeds are not added."""
    found = _widest(study) if study.statistics.precision is not None else None
    if found is None or study.statistics.precision is None:
        return ""
    half, row = found
    if half <= study.statistics.precision:
        return f"Every RACU is known to {100 * study.statistics.precision:g} points with {len(study.seeds)} seeds."
    known = "has no interval yet" if half == float("inf") else f"is known to {100 * half:.1f} points"
    least = f"RACU of {row['explainer']} on {row['dataset']} ({row['model']}, {row['protocol']}) {known}"
    more = extended(study.seeds, study.statistics.max_seeds)[len(study.seeds) :]
    if not more:
        return f"{least} with {len(study.seeds)} seeds, as many as statistics.max_seeds allows."
    return f"{least}. Run the same command again: it adds the seeds {', '.join(map(str, more))}."


def _widest(study: Study) -> tuple[float, Mapping[str, Any]] | None:
    """The widest interval; None while a run is missing."""
    import pyarrow as pa  # every job reads this module, few studies need what is imported here

    from recursive_roar.scoring.curves import RUNS_SCHEMA
    from recursive_roar.scoring.summary import score_cells, summarise

    rows = []
    for _, row in run_rows(study):
        if row["status"] == "missing":
            return None
        rows.append(row)
    scores = score_cells(pa.Table.from_pylist(rows, schema=RUNS_SCHEMA))
    return widest(summarise(scores, study.statistics.interval, study.statistics.confidence).to_pylist())


def _agreed(study: Study) -> Path:
    return Path(study.results, "seeds.json")
