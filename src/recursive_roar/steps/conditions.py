"""Under which conditions a step runs; none of it is part of a result's identity."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from recursive_roar.config.study import Compute, Study
    from recursive_roar.saved_state import SavedState

State = TypeVar("State", bound="SavedState")


@dataclass(frozen=True)
class Conditions:
    """Where and how a step computes."""

    compute: "Compute"
    threads: int
    state_folder: Path  # of interrupted work, outside of what a workflow deletes before a rerun

    @classmethod
    def of(cls, study: "Study", threads: int) -> "Conditions":
        """The conditions that a study asks for."""
        return cls(study.compute, threads, Path(study.results, ".unfinished"))

    def state(self, kind: type[State], output: Path, identity: str) -> State:
        """The saved state of the work of this identity that makes `output`."""
        name = os.path.relpath(output, self.state_folder.parent).replace(os.sep, "__")
        return kind(self.state_folder / f"{name}.safetensors", identity, self.compute.checkpoint_seconds)
