"""What jobs asked for and what they used, as a table."""

import logging
import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from snakemake_executor_plugin_submitit import slurm
from snakemake_executor_plugin_submitit.files import replace_text

logger = logging.getLogger(__name__)

FIELDS = "JobID,State,NodeList,ElapsedRaw,Submit,Start,ReqMem,MaxRSS,AllocCPUS,TotalCPU,AllocTRES"
SCHEMA = pa.schema(
    {
        "rule": pa.string(),
        "job_id": pa.string(),
        "attempt": pa.int32(),
        "failed": pa.bool_(),
        "state": pa.string(),
        "node": pa.string(),
        "gpu_ids": pa.string(),  # as the job saw them
        "gpus": pa.int32(),
        "shared_by": pa.int32(),  # Snakemake jobs in the same allocation; they share its figures
        "waited_seconds": pa.float64(),  # in the queue
        "run_seconds": pa.float64(),
        "gpu_hours": pa.float64(),
        "cpus": pa.int32(),
        "cpu_seconds": pa.float64(),
        "memory_requested_mb": pa.float64(),
        "memory_used_mb": pa.float64(),
    }
)


class Efficiency:
    """The jobs of this workflow folder that ended, those of earlier runs included.

    Args:
        folder: gets `efficiency.parquet` (a row a Snakemake job) and `efficiency.txt` (a line a rule).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.earlier = _earlier(folder / "efficiency.parquet")
        self.ended: list[Ended] = []

    def write(self, accounted: bool) -> str:
        """Write both files; the sum of this run in words.

        With `accounted` the figures are those of sacct, where it answers; otherwise those that the nodes reported.
        """
        accounts = _accounts({job.job_id for job in self.ended}) if accounted else {}
        shared = Counter(job.job_id for job in self.ended)
        rows = [
            {**_reported(job), **accounts.get(job.job_id, {}), "shared_by": shared[job.job_id]} for job in self.ended
        ]
        for row in rows:
            row["gpu_hours"] = row["run_seconds"] * row.get("gpus", 0) / 3600 if "run_seconds" in row else None
        temporary = self.folder / f"efficiency.parquet.{os.getpid()}.tmp"
        pq.write_table(pa.Table.from_pylist(self.earlier + rows, schema=SCHEMA), temporary)
        temporary.replace(self.folder / "efficiency.parquet")
        replace_text(self.folder / "efficiency.txt", _text(self.earlier + rows))
        hours = sum((row["gpu_hours"] or 0) / row["shared_by"] for row in rows)
        return f"{len(rows)} jobs in {len(shared)} allocations, {hours:.2f} GPU hours"


@dataclass(frozen=True)
class Ended:
    """A Snakemake job that ended; `results` is what its steps left (see `allocation.read_result`)."""

    rule: str
    job_id: str
    attempt: int
    failed: bool
    results: Sequence[Mapping[str, Any]]


def _earlier(path: Path) -> list[dict[str, Any]]:
    """Rows of earlier runs; none if they were written in another form."""
    if not path.exists() or not pq.read_schema(path).equals(SCHEMA):
        return []
    rows: list[dict[str, Any]] = pq.ParquetFile(path).read(use_threads=False).to_pylist()
    return rows


def _reported(job: Ended) -> dict[str, Any]:
    own = {"rule": job.rule, "job_id": job.job_id, "attempt": job.attempt, "failed": job.failed}
    if not job.results:
        return own
    last, run = job.results[-1], [result for result in job.results if result["began"]]
    return {
        **own,
        "node": last["node"],
        "gpu_ids": last["gpus"],
        "gpus": len([gpu for gpu in last["gpus"].split(",") if gpu]),
        "run_seconds": max((each["ended"] for each in run), default=0)
        - min((each["began"] for each in run), default=0),
    }


def _accounts(job_ids: set[str]) -> dict[str, dict[str, Any]]:
    """What sacct knows of each job; the largest memory is that of its steps."""
    try:
        output = slurm.account(sorted({job_id.split("_")[0] for job_id in job_ids}), FIELDS)
    except slurm.CommandError as error:
        logger.warning("No figures on what the jobs used: %s", error)
        return {}
    found: dict[str, dict[str, Any]] = {}
    names = FIELDS.split(",")
    for line in output.splitlines():
        fields = dict(zip(names, line.split("|"), strict=False))
        job_id, _, step = fields["JobID"].partition(".")
        if not step:
            found[job_id] = _account(fields)
        elif job_id in found:
            used = max(found[job_id]["memory_used_mb"] or 0, megabytes(fields["MaxRSS"]) or 0)
            found[job_id]["memory_used_mb"] = used or None
    return found


def _account(fields: Mapping[str, str]) -> dict[str, Any]:
    cpus = int(fields["AllocCPUS"] or 0)
    return {
        "state": fields["State"].split(" ")[0],
        "node": fields["NodeList"],
        **_gpus(fields["AllocTRES"]),
        "waited_seconds": _seconds_between(fields["Submit"], fields["Start"]),
        "run_seconds": float(fields["ElapsedRaw"] or 0),
        "cpus": cpus,
        "cpu_seconds": _duration(fields["TotalCPU"]),
        "memory_requested_mb": megabytes(fields["ReqMem"], cpus),
        "memory_used_mb": None,
    }


def megabytes(text: str, cpus: int = 1) -> float | None:
    """`4G`, `600M`, `500Mc` (a CPU) or `12345K` in MB; None for what is not a size."""
    match = re.fullmatch(r"([\d.]+)([KMGT])([cn]?)", text)
    if not match:
        return None
    scale = {"K": 1 / 1024, "M": 1.0, "G": 1024.0, "T": 1024.0**2}[match.group(2)]
    return float(match.group(1)) * scale * (cpus if match.group(3) == "c" else 1)


def _gpus(resources: str) -> dict[str, int]:
    """Their number, by model where the site counts no others; nothing where it does not count them."""
    counts = dict(pair.partition("=")[::2] for pair in resources.split(","))
    whole, models = counts.get("gres/gpu"), [counts[name] for name in counts if name.startswith("gres/gpu:")]
    return {"gpus": sum(map(int, [whole] if whole else models))} if whole or models else {}


def _seconds_between(first: str, second: str) -> float | None:
    try:
        return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds()
    except ValueError:
        return None


def _duration(text: str) -> float:
    """`1-02:03:04`, `02:03:04` or `03:04.567` in seconds."""
    days, _, clock = text.rpartition("-")
    seconds = 0.0
    for part in clock.split(":") if clock else []:
        seconds = seconds * 60 + float(part)
    return seconds + 86400 * float(days or 0)


def _text(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        f"{'rule':32} {'jobs':>6} {'failed':>6} {'wait s':>8} {'run s':>8} {'GPU h':>8} {'CPU %':>6} {'memory %':>8}"
    ]
    for rule in dict.fromkeys(row["rule"] for row in rows):
        mine = [row for row in rows if row["rule"] == rule]
        lines.append(
            f"{rule[:32]:32} {len(mine):6} {sum(row['failed'] for row in mine):6} {_mean(mine, 'waited_seconds'):>8}"
            f" {_mean(mine, 'run_seconds'):>8} {sum((row['gpu_hours'] or 0) / row['shared_by'] for row in mine):8.3f}"
            f" {_share(mine, 'cpu_seconds', lambda row: row['run_seconds'] * row['cpus']):>6}"
            f" {_share(mine, 'memory_used_mb', lambda row: row['memory_requested_mb']):>8}"
        )
    return "\n".join(lines) + "\n"


def _mean(rows: Sequence[Mapping[str, Any]], key: str) -> str:
    values = [row[key] for row in rows if row.get(key) is not None]
    return f"{sum(values) / len(values):.1f}" if values else "-"


def _share(rows: Sequence[Mapping[str, Any]], key: str, of: Any) -> str:
    pairs = [(row[key], of(row)) for row in rows if row.get(key) is not None and of(row)]
    return f"{100 * sum(used for used, _ in pairs) / sum(asked for _, asked in pairs):.0f}" if pairs else "-"
