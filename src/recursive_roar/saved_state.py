"""A file from which interrupted work goes on."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from recursive_roar.artifacts import DamagedArtifactError, read_tensors, write_tensors
from recursive_roar.interruption import Interrupted, warned

logger = logging.getLogger(__name__)

Tensors = dict[str, Tensor]

SHARE = 0.05
"""Of the time at most goes into saving, however large the state: RoBERTa's takes gigabytes."""


class SavedState:
    """How far one piece of work has come, in one file."""

    def __init__(self, path: Path, identity: str, every_seconds: float) -> None:
        """State of the work called `identity`, due every `every_seconds`, more seldom if saving takes long."""
        self.path = Path(path)
        self.identity = identity
        self.every_seconds = every_seconds
        self._due_at = time.monotonic() + every_seconds

    def due(self) -> bool:
        """Whether to save now: enough time has passed, or the process was warned that it will be stopped."""
        return warned() or time.monotonic() >= self._due_at

    def write(self, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> None:
        """Replace the file.

        Raises:
            Interrupted: the process was warned that it will be stopped; the state is saved.
        """
        start = time.monotonic()
        write_tensors(self.path, tensors, {**settings, "identity": self.identity})
        end = time.monotonic()
        self._due_at = end + max(self.every_seconds, (end - start) / SHARE)
        if warned():
            logger.info("The state is saved, because this process will be stopped.")
            raise Interrupted

    def read(self) -> tuple[Tensors, dict[str, Any]] | None:
        """Content of the file if it belongs to this work; None if there is none, or none that can be used."""
        if not self.path.exists():
            return None
        try:
            tensors, settings = read_tensors(self.path)
        except DamagedArtifactError:
            self.refuse("it is damaged")
            return None
        if settings.get("identity") != self.identity:
            self.refuse("it belongs to work on other data or with other settings")
            return None
        return tensors, settings

    def refuse(self, reason: str) -> None:
        """Say why the file is not used."""
        logger.warning("%s: this saved state is not used, because %s; the work starts afresh.", self.path, reason)

    def clear(self) -> None:
        """Remove the file, and what a save that was killed half-way left beside it."""
        for leftover in self.path.parent.glob(f".{self.path.name}.*.partial"):
            leftover.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
