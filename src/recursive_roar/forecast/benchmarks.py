"""Snakemake's measurements of explaining baselines: whole jobs, of which there are no metrics."""

from pathlib import Path

from recursive_roar import plan
from recursive_roar.config import Study

FOLDER = "benchmarks/explain_baseline"


def benchmark_file(study: Study, cell: plan.Cell) -> Path:
    """Where the measurement of explaining a cell's baseline lies."""
    folder = Path(study.results, FOLDER, cell.dataset, cell.model, f"seed{cell.seed}")
    return folder / f"{cell.explainer}.tsv"


def read_benchmark(file: Path) -> dict[str, str]:
    """What was measured, by Snakemake's names: seconds are `s`."""
    header, values = (line.split("\t") for line in file.read_text().splitlines()[:2])
    return dict(zip(header, values, strict=True))
