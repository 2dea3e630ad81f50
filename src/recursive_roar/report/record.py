"""What a machine can read of a study as it was run: `<results>/study.json`."""

import hashlib
import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from recursive_roar import __version__
from recursive_roar.artifacts import read_json, write_json
from recursive_roar.config import Study, load_study
from recursive_roar.digest import code_digest
from recursive_roar.errors import UserError

PACKAGES = ("torch", "transformers", "numpy", "scipy", "pyarrow", "captum", "snakemake", "submitit")
STEPS = ("prepare", "tokenize", "fit", "explain", "round", "score")
NAME = "study.json"


class NoStudyError(UserError):
    """A folder that no study was run in."""


def write_record(study: Study, configuration: Mapping[str, Any]) -> None:
    """Write study.json: configuration as given and as understood, versions, digests, git revision, and the date.

    The digests are the SHA-256 of each score table there is, and of the code of each step.
    """
    results = Path(study.results)
    write_json(
        results / NAME,
        {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "git_revision": git_revision(Path(__file__).parent),
            "versions": {"recursive-roar": __version__, "python": platform.python_version(), **_versions(PACKAGES)},
            "scores": score_digests(results / "scores"),
            "code": {step: code_digest(f"recursive_roar.steps.{step}") for step in STEPS},
            "configuration": dict(configuration),
            "study": study.model_dump(mode="json"),
        },
    )


def score_digests(scores: Path) -> dict[str, str]:
    """SHA-256 of each table in a folder of scores, by its name."""
    return {table.stem: hashlib.sha256(table.read_bytes()).hexdigest() for table in sorted(scores.glob("*.parquet"))}


def recorded_study(results: Path) -> Study:
    """The study whose results a folder holds, wherever the folder lies now; its datasets' files may be gone.

    Raises:
        NoStudyError: no study was run there.
    """
    if not (results / NAME).exists():
        raise NoStudyError(
            f"{results / NAME} does not exist: start the study first, or name the folder of its results."
        )
    configuration = read_json(results / NAME)["configuration"]
    return load_study({**configuration, "results": str(results)}, sources_read=False)


def git_revision(folder: Path) -> str | None:
    """The commit checked out at `folder`, `+` behind it where files differ; None where there is no git."""
    command = ["git", "-C", str(folder), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip() or None
    except (OSError, subprocess.SubprocessError):
        return None


def _versions(packages: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except ModuleNotFoundError:
            continue
    return found
