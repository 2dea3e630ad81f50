"""Under which conditions a step runs, and where it says what it does; none of it is part of a result's identity."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recursive_roar.errors import UserError

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


@contextmanager
def logged(path: Path) -> Iterator[None]:
    """Log to a file; an error meant for the user ends the process with its message instead of a traceback."""
    logging.basicConfig(filename=path, filemode="w", level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        yield
    except UserError as error:
        logging.error("%s", error)
        sys.exit(str(error))
    except Exception:
        logging.exception("The step failed unexpectedly")
        raise
