"""From sacct's lines to a table."""

import pyarrow.parquet as pq
import pytest

from snakemake_executor_plugin_submitit.efficiency import megabytes, write_efficiency

LINES = """\
7_0|COMPLETED|gpu1|3600|2026-01-01T10:00:00|2026-01-01T10:00:30|8000M||2|00:30:00|billing=2,cpu=2,gres/gpu=1,mem=8000M
7_0.batch|COMPLETED|gpu1|3600|2026-01-01T10:00:30|2026-01-01T10:00:30||1000K|2|00:00.100|cpu=2
7_0.0|COMPLETED|gpu1|3600|2026-01-01T10:00:30|2026-01-01T10:00:30||2000M|2|29:59.900|cpu=2
"""


def record(job_id: str, rule: str = "train", failed: bool = False) -> dict[str, object]:
    return {"rule": rule, "job_id": job_id, "attempt": 1, "failed": failed, "gpus": "0"}


def test_a_row_a_job_and_a_line_a_rule(fake_slurm, tmp_path) -> None:
    fake_slurm.answers("sacct", {"out": LINES})
    summary = write_efficiency(tmp_path, [record("7_0"), record("7_0", failed=True)], accounted=True)
    assert summary == "2 jobs in 1 allocations, 1.00 GPU hours"
    first, second = pq.read_table(tmp_path / "efficiency.parquet").to_pylist()
    assert first | {"failed": True} == second
    assert (first["waited_seconds"], first["run_seconds"], first["gpu_hours"], first["shared_by"]) == (30, 3600, 1, 2)
    assert (first["memory_requested_mb"], first["memory_used_mb"], first["cpu_seconds"]) == (8000, 2000, 1800)
    line = (tmp_path / "efficiency.txt").read_text().splitlines()[1].split()
    assert line == ["train", "2", "1", "30.0", "3600.0", "1.000", "25", "25"]


def test_without_accounts_the_jobs_are_named_all_the_same(fake_slurm, tmp_path) -> None:
    fake_slurm.answers("sacct", {"error": "disabled", "status": 1})
    write_efficiency(tmp_path, [record("7")], accounted=True)
    (row,) = pq.read_table(tmp_path / "efficiency.parquet").to_pylist()
    assert (row["rule"], row["gpu_hours"], row["node"]) == ("train", None, None)


@pytest.mark.parametrize(
    ("text", "expected"), [("4G", 4096), ("600M", 600), ("512K", 0.5), ("500Mc", 1000), ("", None), ("16?", None)]
)
def test_sizes(text: str, expected: float | None) -> None:
    assert megabytes(text, cpus=2) == expected
