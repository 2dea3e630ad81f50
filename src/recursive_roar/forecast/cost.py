"""What a study took so far, and that beside what was forecast."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from recursive_roar import plan
from recursive_roar.artifacts import read_json
from recursive_roar.config import Study
from recursive_roar.forecast.benchmarks import benchmark_file
from recursive_roar.forecast.took import Took
from recursive_roar.forecast.work import cells, chain_length, runs

COST_SCHEMA = pa.schema(
    {
        "what": pa.string(),
        "forecast": pa.float64(),  # null where nothing was forecast, or nothing comparable was measured before
        "real": pa.float64(),
        "unit": pa.string(),
    }
)
ROWS = {
    "trainings": ("trainings", ""),
    "gpu_hours": ("computing on a GPU", "hours"),
    "cpu_hours": ("computing on a CPU", "hours"),
    "longest_chain_hours": ("longest chain", "hours"),
    "disk_mb": ("disk", "MB"),
}
"""Rows of the table by key of a forecast."""


def forecast_file(study: Study) -> Path:
    """Where the forecast of a study is kept."""
    return Path(study.results, "forecast.json")


def cost_table(study: Study, rows: Mapping[Path, Took]) -> pa.Table:
    """What the study took, beside the forecast that was made before, if one was."""
    file = forecast_file(study)
    before, real = read_json(file) if file.is_file() else {}, spent(study, rows)
    kind = "gpu" if real["gpu_hours"] else "cpu"
    before = {**before, "longest_chain_hours": before.get(f"longest_chain_{kind}_hours")}
    table = [
        {"what": what, "forecast": before.get(key), "real": real[key], "unit": unit}
        for key, (what, unit) in ROWS.items()
        if before.get(key) is not None or real[key]
    ]
    return pa.Table.from_pylist(table, schema=COST_SCHEMA)


def spent(study: Study, rows: Mapping[Path, Took]) -> dict[str, float]:
    """Trainings done, hours of computing by kind of device and of the longest chain, MB of the folder of results."""
    seconds = {kind: sum(row.seconds for row in rows.values() if row.kind == kind) for kind in ("gpu", "cpu")}
    chains = [sum(rows[key].seconds for key in _chain(study, cell) if key in rows) for cell in cells(study)]
    return {
        "trainings": sum(row.training is not None for row in rows.values()),
        "gpu_hours": seconds["gpu"] / 3600,
        "cpu_hours": seconds["cpu"] / 3600,
        "longest_chain_hours": max(chains) / 3600,
        "disk_mb": sum(file.stat().st_size for file in Path(study.results).rglob("*") if file.is_file()) / 1e6,
    }


def _chain(study: Study, cell: plan.Cell) -> list[Path]:
    """What must be done one after another, by the same files."""
    baseline, *rounds = [run.metrics for run in runs(study, cell)]
    return [baseline, benchmark_file(study, cell), *rounds[: chain_length(study, cell) - 1]]
