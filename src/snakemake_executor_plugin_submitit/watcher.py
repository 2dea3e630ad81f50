"""The states of jobs, asked for at a pace that a scheduler bears."""

import logging
import time
from collections.abc import Callable, Collection

from snakemake_executor_plugin_submitit.slurm import CommandError, State

logger = logging.getLogger(__name__)

BACK_OFF = 1.5


class Watcher:
    """Asks for the states of all jobs in one call, less often the longer nothing changes.

    Args:
        ask: gives the states of jobs by id, or raises CommandError.
        least: seconds between two calls while something changes.
        most: seconds between two calls at most.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        ask: Callable[[Collection[str]], dict[str, State]],
        least: float,
        most: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.ask, self.least, self.most, self.clock = ask, least, most, clock
        self.calls = 0
        self._pause = least
        self._next = 0.0
        self._last: dict[str, State] = {}

    def look(self, job_ids: Collection[str]) -> dict[str, State] | None:
        """States of those jobs that the scheduler knows; None when it is too early to ask or no answer came."""
        if self.clock() < self._next or not job_ids:
            return None
        states = self._answer(job_ids)
        changed = states is not None and states != self._last
        self._pause = self.least if changed else min(self._pause * BACK_OFF, self.most)
        self._next = self.clock() + self._pause
        self._last = self._last if states is None else states
        return states

    def soon(self) -> None:
        """Something happened: ask at the least pause again."""
        self._pause = self.least
        self._next = min(self._next, self.clock() + self.least)

    def _answer(self, job_ids: Collection[str]) -> dict[str, State] | None:
        self.calls += 1
        try:
            states = self.ask(job_ids)
        except CommandError as error:
            logger.warning("No states of jobs, they are left as they are: %s", error)
            return None
        wanted = set(job_ids)
        return {job_id: state for job_id, state in states.items() if job_id in wanted}
