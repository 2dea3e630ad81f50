"""The project's own workflow, every rule in Slurm jobs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from conftest import REPOSITORY

STUDY = {
    "datasets": [
        {
            "name": "babi-1",
            "generate": {"task": 1, "train": 200, "test": 60},
            "models": {"bilstm-attention": {"recipe": {"epochs": 2, "learning_rate": 0.01}}},
        }
    ],
    "explainers": ["random", "attention"],
    "seeds": [0, 1],
    "ladders": [{"name": "relative", "step": 25}],
}
PARTS = ("Snakefile", "config.yaml", "workflow", "envs", "src", "profiles")


def snakemake(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "snakemake", "--configfile", "study.yaml", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def project(folder: Path) -> Path:
    folder.mkdir()
    for part in PARTS:
        source = REPOSITORY / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / part)
    (folder / "study.yaml").write_text(yaml.safe_dump(STUDY))
    return folder


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(tmp_path_factory.mktemp("local") / "project")
    snakemake(folder, "--cores", "2")
    return folder


@pytest.mark.parametrize(
    "arguments",
    [pytest.param((), marks=pytest.mark.slow), ("--groups", "retrain_round=chain", "retrain_and_explain_round=chain")],
    ids=["rounds", "chains"],
)
def test_the_profile_gives_the_scores_of_a_local_run(slurm, local, tmp_path, arguments) -> None:
    folder = project(tmp_path / "project")
    snakemake(folder, "--profile", "workflow/profiles/slurm", "--submitit-status-seconds", "5", *arguments)
    scores = "results/scores/runs.parquet"
    assert pq.read_table(folder / scores).equals(pq.read_table(local / scores))
    jobs = pq.read_table(folder / ".snakemake/submitit/efficiency.parquet").to_pylist()
    assert not any(job["failed"] for job in jobs)
    trainings = [job for job in jobs if re.search("train|chain", job["rule"])]
    assert all(job["gpus"] == 1 for job in trainings)
    assert max(job["shared_by"] for job in trainings) > 1
    assert "On the cluster: " in (folder / "results/report.html").read_text()
    # Rounds of random masking do not build on each other, so that only the other explainer's are chains.
    assert len(trainings) == 2 + 2 + 2 * 3 + (2 if arguments else 2 * 3)
