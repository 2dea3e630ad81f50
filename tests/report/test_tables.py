import subprocess
import sys

import pyarrow as pa

from recursive_roar.artifacts import write_table
from recursive_roar.report.tables import curves, scores, seconds

RUNS = [
    {"explainer": explainer, "masked_share_asked": share, "value": value}
    for explainer, values in {"random": [(0.9, 0.6), (0.7, 0.5)], "attention": [(0.9, 0.3), (0.7, None)]}.items()
    for seed in values
    for share, value in zip([0.0, 0.5], seed, strict=True)
    if value is not None
]
SUMMARY = [
    {"explainer": "gradient", "racu": None, "low": None, "high": None},
    {"explainer": "attention", "racu": 0.25, "low": -0.5, "high": 1.0},
]
CELLS = [
    {"explainer": "attention", "racu": 0.2},
    {"explainer": "attention", "racu": 0.3},
    {"explainer": "gradient", "racu": None},
]


def test_curves_are_means_over_seeds() -> None:
    assert curves(RUNS).splitlines() == [
        "| masked by | 0% | 50% |",
        "| --- | --- | --- |",
        "| random | 80.0 | 55.0 |",
        "| attention | 80.0 | 30.0 |",
    ]


def test_scores_are_sorted_and_what_is_undefined_comes_last() -> None:
    assert scores(SUMMARY, CELLS).splitlines()[2:] == [
        "| attention | 25.0 | -50.0 to 100.0 | 20.0, 30.0 |",
        "| gradient | - | - | - |",
    ]


def took(explainer: str | None, training: float | None, explaining: float | None, memory: float | None):
    place = {"dataset": "sst", "model": "bilstm-attention", "explainer": explainer, "device": "cpu"}
    return {**place, "training": training, "explaining": explaining, "peak_memory_mb": memory}


SECONDS = [
    took(None, 7.0, None, 100.0),
    took("attention", 10.0, 0.5, 200.0),
    took("attention", 14.0, None, 300.0),
    took("attention", None, 1.5, None),
]


def test_seconds_are_means_over_what_was_trained_and_what_was_explained() -> None:
    assert seconds(SECONDS).splitlines()[2:] == [
        "| nothing, or everything | 1 | 7.0 | - | 100 | cpu |",
        "| attention | 2 | 12 | 1.0 | 300 | cpu |",
    ]


def test_the_command_prints_every_table(tmp_path) -> None:
    write_table(tmp_path / "results/seconds.parquet", pa.Table.from_pylist(SECONDS))
    for name, rows in {"runs": RUNS, "scores": CELLS, "summary": SUMMARY}.items():
        write_table(tmp_path / f"results/scores/{name}.parquet", pa.Table.from_pylist(rows))
    command = [sys.executable, "-m", "recursive_roar.report.tables", str(tmp_path / "results")]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "| attention | 25.0 |" in output
    assert "| attention | 2 | 12 |" in output
