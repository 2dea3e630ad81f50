"""What became of a job, from its results, the scheduler's word and the time that passed."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from snakemake_executor_plugin_submitit.slurm import ACTIVE, ENDED, State

Verdict = Literal["waiting", "lost"]


@dataclass
class Doubt:
    """A job without result of which the scheduler says nothing good, since when and what.

    Attributes:
        limit: seconds that trouble may last.
        latency: seconds until a file written on a node is seen here.
    """

    limit: float
    latency: float
    clock: Callable[[], float] = time.monotonic
    _said: str = ""
    _since: float = field(default=0.0)

    def judge(self, state: State | None) -> Verdict:
        """Call it with each answer of the scheduler; None: it does not know the job.

        An ended job is lost once its result is overdue, any other trouble (a node that failed, a preemption, an
        unknown state, no trace of it) once it lasts: such a job may still be requeued, or not be known yet.
        """
        name = state.name if state else ""
        if name in ACTIVE:
            self._said = ""
            return "waiting"
        if name != self._said or not self._since:
            self._said, self._since = name, self.clock()
        patience = self.latency if name in ENDED else self.limit
        return "lost" if self.clock() - self._since >= patience else "waiting"
