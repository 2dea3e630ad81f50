"""The executor's folder: scripts of jobs (`submitit`), and a log and a result of each of their steps."""

import contextlib
import json
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PARTS = ("results", "logs", "submitit", "inputs")


def make_folder(folder: Path) -> None:
    """Make the folder, for its owner alone: commands and logs may say what others are not to read."""
    for part in PARTS:
        (folder / part).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def result_file(folder: Path, key: str) -> Path:
    """Where the result of a step is written."""
    return folder / "results" / f"{key}.json"


def log_file(folder: Path, key: str) -> Path:
    """Where the output of a step goes."""
    return folder / "logs" / f"{key}.log"


def inputs_file(folder: Path, target: str) -> Path:
    """Where a long list of what a job waits for is written."""
    return folder / "inputs" / f"{target}.txt"


def read_result(path: Path) -> dict[str, Any]:
    """What an ended step left: returncode and began (None if it was never run), reason, node, gpus, requeued, ended."""
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def remove_logs(folder: Path, keys: Iterable[str]) -> None:
    """Remove the logs of steps."""
    for key in keys:
        log_file(folder, key).unlink(missing_ok=True)


def remove_old(folder: Path, days: float) -> None:
    """Remove what was not changed for so long; what cannot be removed stays."""
    oldest = time.time() - days * 86400
    for part in PARTS:
        for path in (folder / part).iterdir():
            # A script that submitit wrote is a link to where it moved it to, which may be gone by now.
            with contextlib.suppress(OSError):
                if path.lstat().st_mtime < oldest:
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
