"""The project's own workflow on the development Slurm, in a copy that a test may change."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml
from conftest import REPOSITORY, kill_group

PARTS = ("Snakefile", "config.yaml", "workflow", "envs", "src", "profiles")
ON_SLURM = ("--profile", "workflow/profiles/slurm", "--submitit-status-seconds", "5")
SCORES = "results/scores/runs.parquet"


def configuration(seeds: list[int], step: int, epochs: int) -> dict[str, Any]:
    """A small variant of the default study."""
    dataset = {
        "name": "babi-1",
        "generate": {"task": 1, "train": 200, "test": 60},
        "models": {"bilstm-attention": {"recipe": {"epochs": epochs, "learning_rate": 0.01}}},
    }
    return {
        "datasets": [dataset],
        "explainers": ["random", "attention"],
        "seeds": seeds,
        "ladders": [{"name": "relative", "step": step}],
        "compute": {"checkpoint_seconds": 2},
    }


@dataclass
class Study:
    """A copy of the project with a configuration of its own."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, content: dict[str, Any]) -> "Study":
        folder.mkdir()
        for part in PARTS:
            source = REPOSITORY / part
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, folder / part)
        (folder / "study.yaml").write_text(yaml.safe_dump(content))
        return cls(folder)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "snakemake", *arguments, "--configfile", "study.yaml"]
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip

    def finish(self, process: subprocess.Popen[str]) -> str:
        try:
            output, _ = process.communicate(timeout=600)
        finally:
            kill_group(process)
        assert process.returncode == 0, output
        return output

    def run(self, *arguments: str) -> str:
        return self.finish(self.start(*arguments))

    def jobs(self) -> list[dict[str, Any]]:
        """What the executor's table says of each job."""
        return pq.read_table(self.folder / ".snakemake/submitit/efficiency.parquet").to_pylist()

    def results(self, rule: str) -> list[dict[str, Any]]:
        """What the steps of a rule left."""
        return [json.loads(path.read_text()) for path in self.folder.glob(f".snakemake/submitit/results/{rule}-*.json")]

    def same_scores_as(self, other: "Study") -> bool:
        return pq.read_table(self.folder / SCORES).equals(pq.read_table(other.folder / SCORES))
