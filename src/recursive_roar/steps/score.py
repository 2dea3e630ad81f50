"""Step: from the results of every run to scores and what can be said of them."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from recursive_roar.artifacts import write_table
from recursive_roar.config import Study
from recursive_roar.forecast.cost import cost_table
from recursive_roar.forecast.took import seconds_table, took
from recursive_roar.scoring.aggregate import aggregate, improve
from recursive_roar.scoring.comparisons import compare
from recursive_roar.scoring.curves import RUNS_SCHEMA
from recursive_roar.scoring.resampling import majority_value
from recursive_roar.scoring.summary import score_cells, summarise
from recursive_roar.scoring.variance import decompose
from recursive_roar.steps.compare import write_comparison
from recursive_roar.steps.outcomes import StudyOutcomes
from recursive_roar.steps.runs import run_rows


def score_study(study: Study, output: Path) -> None:
    """Write every table of `docs/statistics.md`; a run without metrics counts as missing."""
    outcomes = StudyOutcomes(study)
    runs = pa.Table.from_pylist(_rows(study, outcomes), schema=RUNS_SCHEMA)
    scores = score_cells(runs)
    method, confidence = study.statistics.interval, study.statistics.confidence
    tables = {
        "runs": runs,
        "scores": scores,
        "summary": summarise(scores, method, confidence),
        "comparisons": compare(scores, study.control_of, method, confidence),
        "variance": decompose(runs, outcomes),
        "aggregate": aggregate(scores, confidence),
        "improvement": improve(scores, study.control_of, confidence),
    }
    for name, table in tables.items():
        write_table(output / f"{name}.parquet", table)
    write_comparison(study, runs, tables["summary"], output)
    rows = took(study)
    write_table(output.parent / "seconds.parquet", seconds_table(rows))
    write_table(output.parent / "cost.parquet", cost_table(study, rows))


def _rows(study: Study, outcomes: StudyOutcomes) -> list[dict[str, Any]]:
    rows = []
    for run, row in run_rows(study):
        if row["status"] == "done":
            labels = outcomes.labels(run.cell.dataset, run.cell.model)
            prediction = outcomes.prediction(run)
            row |= {"majority": majority_value(row["metric"], labels), "finite": prediction.finite, **prediction.values}
        rows.append(row)
    return rows
