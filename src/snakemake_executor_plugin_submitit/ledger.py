"""What was submitted, written down so that a killed workflow finds its jobs again."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FORMAT = 2


@dataclass(frozen=True)
class Work:
    """What one step makes: digests of its outputs, and of what it makes them of.

    `complete` is false where a parameter depended on a file that was still to be made.
    """

    outputs: tuple[str, ...]
    content: str
    complete: bool = True


@dataclass(frozen=True)
class Entry:
    """One Snakemake job or group in one submission.

    Attributes:
        target: digest of everything that it makes.
        steps: what each of its steps makes, by the key of the step's result.
        newest_input: when the newest of its inputs was changed, as the file system said before the submission.
        submission: name of the batch at the scheduler.
        job_id: known once the scheduler took it.
    """

    target: str
    rule: str
    steps: dict[str, Work]
    newest_input: float
    submission: str
    job_id: str | None = None

    @property
    def outputs(self) -> set[str]:
        """Digests of the files that its steps write."""
        return {output for work in self.steps.values() for output in work.outputs}


class Ledger:
    """An append-only file of JSON lines; an entry is open until its outcome was taken over or it was given up."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, entries: Iterable[Entry]) -> None:
        """Note submissions: once before, without job id, and once after."""
        self._append({"format": FORMAT, **asdict(entry)} for entry in entries)

    def close(self, targets: Iterable[str]) -> None:
        """Note that the outcome of jobs is known to the workflow."""
        self._append({"format": FORMAT, "closed": target} for target in targets)

    def open_entries(self) -> dict[str, Entry]:
        """The latest entry of each target that was not closed after it."""
        found: dict[str, Entry] = {}
        for line in self._lines():
            if "closed" in line:
                found.pop(line["closed"], None)
            else:
                entry = _entry(line)
                found[entry.target] = entry
        return found

    def compact(self) -> None:
        """Keep what is open only."""
        entries = self.open_entries().values()
        shorter = Ledger(self.path.with_suffix(".new"))
        shorter.path.write_text("")
        shorter.add(entries)
        shorter.path.replace(self.path)

    def _lines(self) -> list[dict[str, Any]]:
        """Lines of a format that is understood; a last line cut short by a kill is passed over."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        found = []
        for line in lines:
            try:
                content = json.loads(line)
            except json.JSONDecodeError:
                continue
            if content.get("format") == FORMAT:
                found.append(content)
        return found

    def _append(self, lines: Iterable[Mapping[str, Any]]) -> None:
        # A newline first: the last line may have been cut short by a kill.
        text = "".join("\n" + json.dumps(line) for line in lines)
        with self.path.open("a") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())


def _entry(line: Mapping[str, Any]) -> Entry:
    steps = {
        key: Work(tuple(work["outputs"]), work["content"], work["complete"]) for key, work in line["steps"].items()
    }
    return Entry(**{**{key: value for key, value in line.items() if key != "format"}, "steps": steps})


def digest(*content: object) -> str:
    """A short hash of what a job is made of."""
    return hashlib.sha256("\0".join(map(str, content)).encode()).hexdigest()[:16]
