"""What a round costs besides its work, in a chain whose rounds train for about ten seconds.

`python benchmarks/between_rounds.py`: one core, locally and, where the development Slurm runs (envs/slurm/start.sh), as
a group of the submitit executor with and without the worker. Work is what the round itself measured: masking, training,
predicting, explaining. The rest is starting processes, importing, reading, writing, scheduling.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from record import record

REPOSITORY = Path(__file__).parents[1]
PARTS = ("Snakefile", "config.yaml", "workflow", "envs", "src", "profiles")
ROUNDS = 4
CHAIN = Path("results/recursive-roar/relative/babi-1/bilstm-attention/attention/seed0")
LOGS = Path("results/logs/retrain_round", *CHAIN.parts[1:])
STUDY = {
    "datasets": [
        {
            "name": "babi-1",
            "generate": {"task": 1, "train": 2000, "test": 500},
            "models": {"bilstm-attention": {"recipe": {"epochs": 30, "learning_rate": 0.007}}},
        }
    ],
    "explainers": ["random", "attention"],
    "seeds": [0],
    "ladders": [{"name": "relative", "step": 100 // (ROUNDS + 1)}],
}
SLURM = [
    "--profile", "workflow/profiles/slurm",
    "--groups", "retrain_round=chain", "retrain_and_explain_round=chain",
    "--submitit-status-seconds", "5",
]  # fmt: skip
TARGETS = {"local": 0.3, "Slurm group": 0.2}


def project(folder: Path) -> None:
    for part in PARTS:
        source = REPOSITORY / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY))


def snakemake(folder: Path, *arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    command = [sys.executable, "-m", "snakemake", "--quiet", "all", *arguments, "--configfile", "study.yaml"]
    subprocess.run(command, cwd=folder, env=environment, check=True)


def chain(folder: Path, where: str, arguments: list[str]) -> dict[str, object]:
    """Run the rounds, on a baseline that is there; the share of time that is not work, a round after the first."""
    last = str(CHAIN / f"round{ROUNDS}/metrics.json")
    snakemake(folder, *arguments, last)
    metrics = [folder / CHAIN / f"round{number}/metrics.json" for number in range(1, ROUNDS + 1)]
    # A round logs until it is trained; Snakemake sets the times of outputs itself when a group ends.
    ends = [(folder / LOGS / f"round{number}.log").stat().st_mtime for number in range(1, ROUNDS + 1)]
    work = [sum(json.loads(path.read_text())["seconds"].values()) for path in metrics]
    besides = [end - before - done for before, end, done in zip(ends[:-1], ends[1:], work[1:], strict=True)]
    shutil.rmtree(folder / CHAIN)
    return {
        "where": where,
        "rounds": ROUNDS,
        "work_seconds_a_round": statistics.median(work),
        "seconds_besides": statistics.median(besides),
        "share": statistics.median(besides) / statistics.median(work),
        "target": TARGETS[where.partition(",")[0]],
    }


def main() -> None:
    with tempfile.TemporaryDirectory(dir=REPOSITORY, prefix="results-between-rounds-") as temporary:
        folder = Path(temporary)
        project(folder)
        snakemake(folder, "-c", "1", "results/baseline/babi-1/bilstm-attention/seed0/importance/attention/test.parquet")
        rows = [chain(folder, "local", ["-c", "1"])]
        if shutil.which("sinfo") and subprocess.run(["sinfo"], capture_output=True, check=False).returncode == 0:
            rows.append(chain(folder, "Slurm group", SLURM))
            rows.append(chain(folder, "Slurm group, without the worker", [*SLURM, "--submitit-setup", "true"]))
        record("between_rounds", rows)


if __name__ == "__main__":
    main()
