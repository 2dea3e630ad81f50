"""What is known of every run of a study from the metrics that it left."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from recursive_roar import plan
from recursive_roar.artifacts import read_json
from recursive_roar.config import Study


def run_rows(study: Study) -> Iterator[tuple[plan.Run, dict[str, Any]]]:
    """Every run with its row of runs.parquet, as far as metrics tell; a run without metrics counts as missing."""
    read = cache(_metrics)  # many cells share a baseline
    for cell in plan.cells(study):
        for run in plan.runs(study, cell):
            asked = _asked(study, run)
            yield run, {**asked, **_found(read(run.metrics), asked["metric"])}


def _metrics(path: Path) -> dict[str, Any] | None:
    return read_json(path) if path.exists() else None


def _asked(study: Study, run: plan.Run) -> dict[str, Any]:
    relative = run.amount.ladder == "relative"
    return {
        **vars(run.cell),
        "round": run.round,
        "masked_share_asked": run.amount.value / 100 if relative else None,
        "masked_tokens_asked": None if relative else run.amount.value,
        "metric": study.dataset(run.cell.dataset).metric,
    }


def _found(metrics: Mapping[str, Any] | None, metric: str) -> dict[str, Any]:
    if metrics is None:
        return {"status": "missing"}
    return {
        "masked_share": metrics["masked_share"],
        "value": metrics["values"]["test"][metric],
        "converged": metrics["converged"],
        "best_epoch": metrics["best_epoch"],
        "epochs": len(metrics["epochs"]),
        "validation": metrics["values"]["validation"][metric],
        "status": "done",
    }
