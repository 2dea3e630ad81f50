"""Under which conditions a step runs; none of it is part of a result's identity."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recursive_roar.config.study import Compute, Study


@dataclass(frozen=True)
class Conditions:
    """Where and how a step computes."""

    compute: "Compute"
    threads: int
    state_folder: Path  # training states of interrupted runs, outside of what a workflow deletes before a rerun

    @classmethod
    def of(cls, study: "Study", threads: int) -> "Conditions":
        """The conditions that a study asks for."""
        return cls(study.compute, threads, Path(study.results, ".training-state"))
