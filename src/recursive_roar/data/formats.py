"""Which format a source file has: named in the configuration, or told by its name and its first line.

Nothing here reads more than a line, so that a configuration is checked before any job starts.
"""

import json
from pathlib import Path
from typing import Literal, get_args

from recursive_roar.errors import UserError, nearest

Format = Literal["csv", "json", "parquet", "sst", "snli", "imdb", "babi"]

EXTENSIONS: dict[str, Format] = {".csv": "csv", ".jsonl": "json", ".json": "json", ".parquet": "parquet"}
REVIEW_FOLDERS = ("neg", "pos")
SNLI_KEYS = {"gold_label", "sentence1", "sentence2"}


class SourceError(UserError):
    """A source that cannot be read as configured."""


def detect(path: Path) -> Format:
    """The format of an existing file or folder.

    Raises:
        SourceError: neither its name nor its first line tells.
    """
    if path.is_dir():
        return _of_folder(path)
    suffix = path.suffix.lower()
    if suffix == ".txt":
        return _of_text(path)
    if suffix == ".tsv":
        raise SourceError(f"{path}: tabs between fields are not read; save it with commas between them, as .csv")
    if suffix not in EXTENSIONS:
        allowed = (*EXTENSIONS, ".txt")
        raise SourceError(
            f"{path}: unknown format '{path.suffix}'. Allowed: {', '.join(allowed)}.{nearest(path.suffix, allowed)}"
        )
    known = EXTENSIONS[suffix]
    return "snli" if known == "json" and _first_keys(path) >= SNLI_KEYS else known


def _of_folder(path: Path) -> Format:
    if all((path / name).is_dir() for name in REVIEW_FOLDERS):
        return "imdb"
    raise SourceError(
        f"{path}: a folder must hold the folders {' and '.join(REVIEW_FOLDERS)} of text files, as aclImdb/train does"
    )


def _of_text(path: Path) -> Format:
    start = _first_line(path)
    if start.startswith("("):
        return "sst"
    if start[:1].isdigit():
        return "babi"
    raise SourceError(
        f"{path}: neither trees of SST, whose lines start with '(', nor stories of bAbI, whose lines start with a "
        f"number. Allowed otherwise: {', '.join(EXTENSIONS)}; `format` names one of {', '.join(get_args(Format))}"
    )


def _first_keys(path: Path) -> set[str]:
    try:
        first = json.loads(_first_line(path))
    except ValueError:
        return set()
    return set(first) if isinstance(first, dict) else set()


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline(1_000_000)
