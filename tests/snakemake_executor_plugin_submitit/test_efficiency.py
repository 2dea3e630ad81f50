"""From sacct's lines to a table."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from snakemake_executor_plugin_submitit.efficiency import Efficiency, Ended, megabytes

LINES = """\
7_0|COMPLETED|gpu1|3600|2026-01-01T10:00:00|2026-01-01T10:00:30|8000M||2|00:30:00|billing=2,cpu=2,gres/gpu=1,mem=8000M
7_0.batch|COMPLETED|gpu1|3600|2026-01-01T10:00:30|2026-01-01T10:00:30||1000K|2|00:00.100|cpu=2
7_0.0|COMPLETED|gpu1|3600|2026-01-01T10:00:30|2026-01-01T10:00:30||2000M|2|29:59.900|cpu=2
"""


RESULT = {"returncode": 0, "reason": "", "node": "gpu2", "gpus": "0,1", "requeued": 0, "began": 1000.0, "ended": 2800.0}


def ended(job_id: str, failed: bool = False, results: Sequence[dict[str, object]] = (RESULT,)) -> Ended:
    return Ended("train", job_id, 1, failed, results)


def rows(folder: Path) -> list[dict[str, object]]:
    return pq.read_table(folder / "efficiency.parquet").to_pylist()


def test_a_row_a_job_and_a_line_a_rule(fake_slurm, tmp_path) -> None:
    fake_slurm.answers("sacct", {"out": LINES})
    efficiency = Efficiency(tmp_path)
    efficiency.ended += [ended("7_0"), ended("7_0", failed=True)]
    assert efficiency.write(accounted=True) == "2 jobs in 1 allocations, 1.00 GPU hours"
    first, second = rows(tmp_path)
    assert first | {"failed": True} == second
    assert (first["waited_seconds"], first["run_seconds"], first["gpu_hours"], first["shared_by"]) == (30, 3600, 1, 2)
    assert (first["memory_requested_mb"], first["memory_used_mb"], first["cpu_seconds"]) == (8000, 2000, 1800)
    line = (tmp_path / "efficiency.txt").read_text().splitlines()[1].split()
    assert line == ["train", "2", "1", "30.0", "3600.0", "1.000", "25", "25"]


@pytest.mark.parametrize(
    ("resources", "gpus"),
    [("cpu=2,gres/gpu=3,gres/gpu:a100=3", 3), ("cpu=2,gres/gpu:a100=2,gres/gpu:v100=1", 3), ("cpu=2,mem=8000M", 2)],
)
def test_gpus_that_the_accounts_do_not_count_are_those_of_the_node(fake_slurm, tmp_path, resources, gpus) -> None:
    fake_slurm.answers("sacct", {"out": LINES.replace("billing=2,cpu=2,gres/gpu=1,mem=8000M", resources)})
    efficiency = Efficiency(tmp_path)
    efficiency.ended.append(ended("7_0"))
    assert efficiency.write(accounted=True).endswith(f"{gpus}.00 GPU hours")


@pytest.mark.parametrize("accounted", [True, False])
def test_without_accounts_the_figures_are_those_of_the_nodes(fake_slurm, tmp_path, accounted) -> None:
    fake_slurm.answers("sacct", {"error": "disabled", "status": 1})
    efficiency = Efficiency(tmp_path)
    efficiency.ended.append(ended("7"))
    assert efficiency.write(accounted).endswith("1.00 GPU hours")  # half an hour on two GPUs
    (row,) = rows(tmp_path)
    assert (row["rule"], row["gpu_hours"], row["node"], row["waited_seconds"]) == ("train", 1, "gpu2", None)


def test_a_job_without_any_result_has_no_figures(tmp_path) -> None:
    efficiency = Efficiency(tmp_path)
    efficiency.ended.append(ended("7", failed=True, results=[]))
    efficiency.write(accounted=False)
    assert [(row["failed"], row["gpu_hours"], row["node"]) for row in rows(tmp_path)] == [(True, None, None)]


def test_jobs_of_earlier_runs_stay_in_the_table(tmp_path) -> None:
    for job_id in ("7", "8"):
        efficiency = Efficiency(tmp_path)
        efficiency.ended.append(ended(job_id))
        assert efficiency.write(accounted=False).startswith("1 jobs")
    assert [row["job_id"] for row in rows(tmp_path)] == ["7", "8"]


@pytest.mark.parametrize(
    ("text", "expected"), [("4G", 4096), ("600M", 600), ("512K", 0.5), ("500Mc", 1000), ("", None), ("16?", None)]
)
def test_sizes(text: str, expected: float | None) -> None:
    assert megabytes(text, cpus=2) == expected
