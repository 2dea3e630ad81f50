"""Planning and scheduling a study of the published size, and a folder of many finished runs.

`python benchmarks/dag.py`: three measures for each number of trainings. `snakemake -n` before anything ran; jobs a
second that Snakemake schedules when a job is nothing but touching its (empty) outputs; `snakemake -n` when everything
is there and nothing is to do, with Snakemake's records kept in files and in a database. The jobs are those of the
default study with more seeds.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from record import record

REPOSITORY = Path(__file__).parents[1]
PARTS = ("Snakefile", "config.yaml", "workflow", "envs", "profiles")
TRAININGS_A_SEED = 17  # baseline, fully masked, three rounds of five explainers
BACKENDS = ("file", "db")
TARGETS = {"dry_run_seconds": 30, "memory_mb": 2000, "jobs_a_second": 40}


def snakemake(folder: Path, seeds: int, *arguments: str) -> tuple[str, float]:
    """What it printed, and seconds."""
    names = ",".join(map(str, range(seeds)))
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--config", f"seeds=[{names}]", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout, time.perf_counter() - start


def outputs(folder: Path, seeds: int) -> list[str]:
    """Files that the jobs would make."""
    summary, _ = snakemake(folder, seeds, "--summary")
    return [line.split("\t")[0] for line in summary.splitlines()[1:]]


def measure(trainings: int, backends: tuple[str, ...]) -> list[dict[str, object]]:
    seeds = trainings // TRAININGS_A_SEED
    with tempfile.TemporaryDirectory(prefix="dag-") as temporary:
        folder = Path(temporary)
        for part in PARTS:
            source = REPOSITORY / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
        planned, planning = snakemake(folder, seeds, "--dry-run")
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        jobs = int(re.search(r"^total +(\d+)$", planned, re.MULTILINE).group(1))
        for path in map(folder.joinpath, outputs(folder, seeds)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        rows = []
        for backend in backends:
            shutil.rmtree(folder / ".snakemake")
            kept = ("--persistence-backend", backend)
            _, touching = snakemake(folder, seeds, *kept, "--touch", "--forceall", "--quiet", "all")
            nothing, finished = snakemake(folder, seeds, *kept, "--dry-run")
            assert "Nothing to be done" in nothing, nothing[-500:]
            rows.append(
                {
                    "trainings": trainings,
                    "jobs": jobs,
                    "records_in": backend,
                    "dry_run_seconds": planning,
                    "memory_mb": memory,
                    "jobs_a_second": jobs / (touching - planning),
                    "finished_dry_run_seconds": finished,
                    "records": sum(1 for path in (folder / ".snakemake").rglob("*") if path.is_file()),
                }
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trainings", type=int, nargs="+", default=[3400])
    parser.add_argument("--backends", nargs="+", default=BACKENDS, choices=BACKENDS)
    arguments = parser.parse_args()
    rows = [row for trainings in arguments.trainings for row in measure(trainings, tuple(arguments.backends))]
    record("dag", [{**row, **{f"{name}_target": limit for name, limit in TARGETS.items()}} for row in rows])


if __name__ == "__main__":
    main()
