"""Slurm's commands played by one script: what they answer is queued by the test, what they were asked is recorded."""

import json
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

COMMANDS = ("sbatch", "sacct", "squeue", "scancel", "scontrol", "srun")
FAKE = """#!{python}
import json, pathlib, sys, time
folder, name = pathlib.Path({folder!r}), pathlib.Path(sys.argv[0]).name
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps([name, *sys.argv[1:]]) + "\\n")
answers = folder / (name + ".json")
queued = json.loads(answers.read_text()) if answers.exists() else []
answer = queued.pop(0) if queued else {{}}
answers.write_text(json.dumps(queued))
time.sleep(answer.get("seconds", 0))
print(answer.get("out", ""), end="")
print(answer.get("error", ""), end="", file=sys.stderr)
sys.exit(answer.get("status", 0))
"""


@dataclass
class FakeSlurm:
    """The commands in a folder that comes first on PATH."""

    folder: Path

    def answers(self, command: str, *answers: dict[str, object]) -> None:
        """What the next calls of a command answer: out, error, status, seconds; afterwards nothing, with success."""
        (self.folder / f"{command}.json").write_text(json.dumps(answers))

    def calls(self, command: str) -> list[list[str]]:
        """Arguments of each call of a command."""
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [call[1:] for call in map(json.loads, lines) if call[0] == command]


@pytest.fixture
def fake_slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSlurm:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in COMMANDS:
        path = folder / name
        path.write_text(FAKE.format(python=sys.executable, folder=str(folder)))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return FakeSlurm(folder)
