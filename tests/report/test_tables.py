import subprocess
import sys
from pathlib import Path

import pyarrow as pa

from recursive_roar.artifacts import write_json, write_table
from recursive_roar.report.tables import curves, scores, seconds

GROUP = {"protocol": "roar", "ladder": "relative", "dataset": "sst", "model": "bilstm-attention"}
RUNS = [
    {**GROUP, "explainer": explainer, "masked_share_asked": share, "masked_tokens_asked": None, "value": value}
    for explainer, values in {"random": [(0.9, 0.6), (0.7, 0.5)], "attention": [(0.9, 0.3), (0.7, None)]}.items()
    for seed in values
    for share, value in zip([0.0, 0.5], seed, strict=True)
]
SUMMARY = [
    {**GROUP, "explainer": "gradient", "racu": None, "low": None, "high": None, "acu": 0.0},
    {**GROUP, "explainer": "attention", "racu": 0.25, "low": -0.5, "high": 1.0, "acu": 0.1},
]
CELLS = [
    {**GROUP, "explainer": "attention", "racu": 0.2, "acu": 0.05},
    {**GROUP, "explainer": "attention", "racu": 0.3, "acu": 0.15},
    {**GROUP, "explainer": "gradient", "racu": None, "acu": 0.0},
]


def test_curves_are_means_over_the_seeds_that_are_done() -> None:
    assert curves(RUNS).splitlines() == [
        "| masked by | 0% | 50% |",
        "| --- | --- | --- |",
        "| random | 80.0 | 55.0 |",
        "| attention | 80.0 | 30.0 |",
    ]


def test_what_is_missing_from_a_curve_is_a_dash() -> None:
    lacking = [row for row in RUNS if row["explainer"] == "random" or row["masked_share_asked"] == 0]
    assert curves(lacking).splitlines()[-1] == "| attention | 80.0 | - |"
    missing = [row | {"value": None} if row["explainer"] == "attention" else row for row in RUNS]
    assert curves(missing).splitlines()[-1] == "| attention | - | - |"


def test_curves_of_the_absolute_ladder_are_by_tokens() -> None:
    rows = [row | {"masked_share_asked": None, "masked_tokens_asked": 2} for row in RUNS[:1]]
    assert curves(rows).splitlines()[0] == "| masked by | 2 tokens |"


def test_scores_are_sorted_and_what_is_undefined_comes_last() -> None:
    assert scores(SUMMARY, CELLS, "relative", 0.9).splitlines() == [
        "| explainer | RACU, % | 90 % interval | each seed |",
        "| --- | --- | --- | --- |",
        "| attention | 25.0 | -50.0 to 100.0 | 20.0, 30.0 |",
        "| gradient | - | - | - |",
    ]


def test_the_absolute_ladder_is_scored_by_the_area() -> None:
    rows = [row | {"racu": None, "low": None, "high": None} for row in SUMMARY]
    found = scores(rows, CELLS, "absolute", None).splitlines()
    assert found[0] == "| explainer | ACU, % | interval | each seed |"
    assert found[2] == "| attention | 10.0 | - | 5.0, 15.0 |"


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


def printed(results: Path, datasets: tuple[str, ...]) -> list[str]:
    """What the command prints of a study that has the same of each dataset, all seconds being of the first."""
    write_table(results / "seconds.parquet", pa.Table.from_pylist(SECONDS))
    for name, rows in {"runs": RUNS, "scores": CELLS, "summary": SUMMARY}.items():
        every = [row | {"dataset": dataset} for dataset in datasets for row in rows]
        write_table(results / f"scores/{name}.parquet", pa.Table.from_pylist(every))
    command = [sys.executable, "-m", "recursive_roar.report.tables", str(results)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_command_prints_every_table(tmp_path) -> None:
    write_json(tmp_path / "study.json", {"study": {"statistics": {"confidence": 0.9}}})
    output = printed(tmp_path / "partial", ("sst",))  # the report of an unfinished study, whose record lies above it
    assert "| explainer | RACU, % | 90 % interval | each seed |" in output
    assert "| attention | 25.0 | -50.0 to 100.0 | 20.0, 30.0 |" in output
    assert "| attention | 2 | 12 | 1.0 | 300 | cpu |" in output
    assert not any(line.startswith("#") for line in output)


def test_what_is_of_several_datasets_is_told_apart(tmp_path) -> None:
    output = printed(tmp_path, ("sst", "imdb"))
    assert [line for line in output if line.startswith("#")] == [
        "### sst, bilstm-attention (roar, relative ladder)",
        "### imdb, bilstm-attention (roar, relative ladder)",
        "### sst, bilstm-attention: seconds",
    ]
    assert output.count("| attention | 25.0 | -50.0 to 100.0 | 20.0, 30.0 |") == 2
