"""What a study took so far, and that beside what was forecast."""

from pathlib import Path

import pyarrow as pa

from recursive_roar import plan
from recursive_roar.artifacts import read_json
from recursive_roar.config import Study
from recursive_roar.forecast.seconds import Kind, kind_of, seconds_of
from recursive_roar.forecast.work import chain_length

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


def cost_table(study: Study) -> pa.Table:
    """What the study took, beside the forecast that was made before, if one was."""
    file = forecast_file(study)
    before, real = read_json(file) if file.is_file() else {}, spent(study)
    kind = "gpu" if real["gpu_hours"] else "cpu"
    before = {**before, "longest_chain_hours": before.get(f"longest_chain_{kind}_hours")}
    rows = [
        {"what": what, "forecast": before.get(key), "real": real[key], "unit": unit}
        for key, (what, unit) in ROWS.items()
        if before.get(key) is not None or real[key]
    ]
    return pa.Table.from_pylist(rows, schema=COST_SCHEMA)


def spent(study: Study) -> dict[str, float]:
    """Trainings done, hours of computing by kind of device and of the longest chain, MB of the folder of results."""
    took = {**_trainings(study), **_baseline_explanations(study)}
    seconds = {"gpu": 0.0, "cpu": 0.0}
    for kind, each in took.values():
        seconds[kind] += each
    chains = [sum(took[key][1] for key in _chain(study, cell) if key in took) for cell in plan.cells(study)]
    return {
        "trainings": len(_finished(study)),
        "gpu_hours": seconds["gpu"] / 3600,
        "cpu_hours": seconds["cpu"] / 3600,
        "longest_chain_hours": max(chains) / 3600,
        "disk_mb": sum(file.stat().st_size for file in Path(study.results).rglob("*") if file.is_file()) / 1e6,
    }


def _finished(study: Study) -> list[Path]:
    return [path for name in plan.metrics_files(study) if (path := Path(name)).is_file()]


def _trainings(study: Study) -> dict[Path, tuple[Kind, float]]:
    """Kind of device and seconds of each finished training, with the explaining in it, by its metrics file."""
    metrics = {path: read_json(path) for path in _finished(study)}
    return {path: (kind_of(each), sum(seconds_of(each))) for path, each in metrics.items()}


def _baseline_explanations(study: Study) -> dict[Path, tuple[Kind, float]]:
    """Likewise of the explanations of baselines, from Snakemake's benchmarks, by the benchmark's file."""
    found = {}
    for cell in plan.cells(study):
        baseline, file = plan.baseline(study, cell) / "metrics.json", _benchmark(study, cell)
        if baseline.is_file() and file.is_file():
            header, values = (line.split("\t") for line in file.read_text().splitlines()[:2])
            found[file] = (kind_of(read_json(baseline)), float(values[header.index("s")]))
    return found


def _benchmark(study: Study, cell: plan.Cell) -> Path:
    folder = Path(study.results, "benchmarks/explain_baseline", cell.dataset, cell.model, f"seed{cell.seed}")
    return folder / f"{cell.explainer}.tsv"


def _chain(study: Study, cell: plan.Cell) -> list[Path]:
    """What must be done one after another, by the same files."""
    baseline, *rounds = [run.metrics for run in plan.runs(study, cell)]
    return [baseline, _benchmark(study, cell), *rounds[: chain_length(study, cell) - 1]]
