"""A small study, run once through the real Snakefile on a copy of the project that tests may change."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
STUDY = {
    "datasets": [
        {
            "name": "babi-1",
            "generate": {"task": 1, "train": 120, "test": 40},
            "models": {"bilstm-attention": {"recipe": {"epochs": 2, "learning_rate": 0.01}}},
        }
    ],
    "explainers": ["random", "attention"],
    "seeds": [0],
    "ladders": [{"name": "relative", "step": 25}],
    "compute": {"device": "cpu", "checkpoint_seconds": 0},
}


@dataclass
class Project:
    """A copy of the project with its own results."""

    folder: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip

    def snakemake(self, *arguments: str, succeeds: bool = True) -> str:
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=600)
        assert (process.returncode == 0) == succeeds, output
        return output

    def planned(self, *arguments: str) -> dict[str, int]:
        """Jobs that a dry run names, by rule."""
        output = self.snakemake("--dry-run", *arguments)
        table = output.partition("Job stats:")[2].partition("\ntotal")[0]
        found = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
        return {name: count for name, count in found.items() if name != "all"}

    def configure(self, **changes: object) -> None:
        (self.folder / "config.yaml").write_text(yaml.safe_dump({**STUDY, **changes}, sort_keys=False))

    def change(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = fresh(tmp_path_factory.mktemp("finished") / "project")
    project.snakemake()
    return project


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """The finished study, free to be changed."""
    shutil.copytree(finished.folder, tmp_path / "project")
    return Project(tmp_path / "project")


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    """The project before anything ran."""
    return fresh(tmp_path / "project")


def fresh(folder: Path) -> Project:
    for part in ("src", "workflow", "profiles", "envs"):
        shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy2(REPOSITORY / "Snakefile", folder)
    project = Project(folder)
    project.configure()
    return project
