import subprocess
import sys

import pyarrow as pa

from recursive_roar.artifacts import write_table
from recursive_roar.report.tables import curves, scores

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


def test_the_command_prints_both_tables(tmp_path) -> None:
    for name, rows in {"runs": RUNS, "scores": CELLS, "summary": SUMMARY}.items():
        write_table(tmp_path / f"results/scores/{name}.parquet", pa.Table.from_pylist(rows))
    command = [sys.executable, "-m", "recursive_roar.report.tables", str(tmp_path / "results")]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "| attention | 25.0 |" in output
