"""Step: from the metrics of every run to scores and their summary."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from recursive_roar import plan
from recursive_roar.artifacts import read_json, write_table
from recursive_roar.config import Study
from recursive_roar.forecast.cost import cost_table
from recursive_roar.scoring.curves import RUNS_SCHEMA
from recursive_roar.scoring.summary import score_cells, summarise
from recursive_roar.steps.compare import write_comparison


def score_study(study: Study, output: Path) -> None:
    """Write runs.parquet, scores.parquet and summary.parquet; a run without metrics counts as missing."""
    rows = [_row(study, run) for cell in plan.cells(study) for run in plan.runs(study, cell)]
    runs = pa.Table.from_pylist(rows, schema=RUNS_SCHEMA)
    scores = score_cells(runs)
    summary = summarise(scores, study.statistics.interval, study.statistics.confidence)
    for name, table in (("runs", runs), ("scores", scores), ("summary", summary)):
        write_table(output / f"{name}.parquet", table)
    write_comparison(study, runs, summary, output)
    write_table(output.parent / "cost.parquet", cost_table(study))


def _row(study: Study, run: plan.Run) -> dict[str, Any]:
    metrics = read_json(run.metrics) if run.metrics.exists() else None
    relative = run.amount.ladder == "relative"
    return {
        **vars(run.cell),
        "round": run.round,
        "masked_share_asked": run.amount.value / 100 if relative else None,
        "masked_tokens_asked": None if relative else run.amount.value,
        "masked_share": metrics["masked_share"] if metrics else None,
        "metric": study.dataset(run.cell.dataset).metric,
        "value": metrics["values"]["test"] if metrics else None,
        "converged": metrics["converged"] if metrics else None,
        "status": "done" if metrics else "missing",
    }
