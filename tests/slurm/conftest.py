"""A real Slurm on this machine, and small workflows to send through it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
START = REPOSITORY / "envs/slurm/start.sh"
COUNTER = Path(__file__).parent / "counter.py"


@pytest.fixture(scope="session")
def slurm() -> None:
    """The development Slurm, started if need be."""
    reason = _why_not()
    if reason is None:
        return
    if os.environ.get("REQUIRE_SLURM"):
        pytest.fail(f"Slurm does not start: {reason}")
    pytest.skip(f"no development Slurm here: {reason}")


def _why_not() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "envs/slurm/start.sh needs root on Debian"
    started = subprocess.run([START], capture_output=True, text=True, timeout=300, check=False)
    return None if started.returncode == 0 else started.stderr[-500:]


@dataclass
class Workflow:
    """A folder with a Snakefile."""

    folder: Path

    def write(self, rules: str) -> "Workflow":
        (self.folder / "Snakefile").write_text(rules)
        shutil.copy(COUNTER, self.folder)
        return self

    def start(self, *arguments: str, folder: Path | None = None) -> subprocess.Popen[str]:
        command = [
            sys.executable, "-m", "snakemake", "--jobs", "50", "--scheduler", "greedy", "--executor", "submitit",
            "--submitit-cluster", "slurm", "--submitit-status-seconds", "2", "--submitit-poll-seconds", "0.5",
            "--nolock", "--rerun-incomplete", *arguments,
        ]  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            command, cwd=folder or self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True, preexec_fn=_hear_interrupts,
        )  # fmt: skip

    def run(self, *arguments: str, succeeds: bool = True) -> str:
        return self.finish(self.start(*arguments), succeeds)

    def finish(self, process: subprocess.Popen[str], succeeds: bool = True) -> str:
        try:
            output, _ = process.communicate(timeout=400)
        finally:
            kill_group(process)
        assert (process.returncode == 0) == succeeds, output
        return output

    def read(self, path: str) -> str:
        return (self.folder / path).read_text()

    def wait_for(self, path: str, seconds: float = 60) -> None:
        until(lambda: (self.folder / path).exists(), seconds, path)


def _hear_interrupts() -> None:
    """Whatever starts the tests in the background may have SIGINT ignored, which children inherit."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def kill_group(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def until(true: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.2)


def job_ids(output: str) -> list[str]:
    """Ids of what was submitted, without the index of the task."""
    return re.findall(r"^Submitted \S+: (?:job|array of \d+) (\d+)$", output, re.MULTILINE)


@pytest.fixture
def workflow(slurm: None, tmp_path: Path) -> Workflow:
    yield Workflow(tmp_path)
    subprocess.run(["scancel", "--user", "root"], check=False)
    until(lambda: not subprocess.run(["squeue", "-h"], capture_output=True, text=True).stdout, 60, "an empty queue")
