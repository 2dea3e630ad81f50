"""What each training took, and each explanation of a baseline, which is a job of its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from recursive_roar import plan
from recursive_roar.artifacts import read_json
from recursive_roar.config import Study
from recursive_roar.forecast.benchmarks import benchmark_file, read_benchmark
from recursive_roar.forecast.seconds import Kind, kind_of, seconds_of
from recursive_roar.forecast.work import cells, runs

SECONDS_SCHEMA = pa.schema(
    {
        "protocol": pa.string(),  # null, as ladder and explainer are, of a training that every cell shares
        "ladder": pa.string(),
        "dataset": pa.string(),
        "model": pa.string(),
        "explainer": pa.string(),
        "seed": pa.int32(),
        "round": pa.int32(),  # null of a fully masked training, whose number differs between ladders
        "device": pa.string(),
        "training": pa.float64(),  # seconds; null of an explanation of a baseline
        "explaining": pa.float64(),  # seconds, all splits; of a baseline, of the whole job; null where none
        "peak_memory_mb": pa.float64(),  # of the process; null of an explanation of a baseline
    }
)


@dataclass(frozen=True)
class Took:
    """A row of the table."""

    protocol: str | None
    ladder: str | None
    dataset: str
    model: str
    explainer: str | None
    seed: int
    round: int | None
    device: str
    training: float | None
    explaining: float | None
    peak_memory_mb: float | None

    @property
    def kind(self) -> Kind:
        """The kind of device."""
        return kind_of(self.device)

    @property
    def seconds(self) -> float:
        """Of computing, in all."""
        return (self.training or 0.0) + (self.explaining or 0.0)


def took(study: Study) -> dict[Path, Took]:
    """What every finished training took, by its metrics, and every explanation of a baseline, by its benchmark."""
    found: dict[Path, Took] = {}
    for cell in cells(study):
        for run in runs(study, cell):
            if run.metrics not in found and run.metrics.is_file():
                found[run.metrics] = _training(study, run, read_json(run.metrics))
        file, start = benchmark_file(study, cell), found.get(plan.baseline(study, cell) / "metrics.json")
        if start and file.is_file():
            found[file] = _explanation(cell, start.device, read_benchmark(file))
    return found


def seconds_table(rows: Mapping[Path, Took]) -> pa.Table:
    """The rows as `seconds.parquet`."""
    return pa.Table.from_pylist([asdict(row) for row in rows.values()], schema=SECONDS_SCHEMA)


def _training(study: Study, run: plan.Run, metrics: dict[str, Any]) -> Took:
    cell = run.cell
    own = run.folder.parent == plan.chain(study, cell)  # of this explainer, not shared by all
    training, explaining = seconds_of(metrics)
    return Took(
        protocol=plan.trained_under(study, cell) if own else None,
        ladder=cell.ladder if own else None,
        dataset=cell.dataset,
        model=cell.model,
        explainer=cell.explainer if own else None,
        seed=cell.seed,
        round=run.round if own or run.round == 0 else None,
        device=metrics["device"],
        training=training,
        explaining=explaining or None,
        peak_memory_mb=metrics["peak_memory_bytes"] / 2**20,
    )


def _explanation(cell: plan.Cell, device: str, measured: Mapping[str, str]) -> Took:
    return Took(
        protocol=None,
        ladder=None,
        dataset=cell.dataset,
        model=cell.model,
        explainer=cell.explainer,
        seed=cell.seed,
        round=0,
        device=device,
        training=None,
        explaining=float(measured["s"]),
        peak_memory_mb=None,  # the process that Snakemake measures may only have asked the worker
    )
