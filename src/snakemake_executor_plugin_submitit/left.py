"""What an earlier run left at the scheduler: what is still of use is watched again, the rest is ended."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from snakemake_executor_plugin_submitit.cluster import Cluster
from snakemake_executor_plugin_submitit.folder import read_result, result_file
from snakemake_executor_plugin_submitit.ledger import Entry, Ledger, Work
from snakemake_executor_plugin_submitit.request import Request
from snakemake_executor_plugin_submitit.slurm import ACTIVE, ENDED, CommandError, State

logger = logging.getLogger(__name__)

States = dict[str, State] | None  # None: the scheduler does not answer


class Left:
    """Entries of the ledger that an earlier run did not close."""

    def __init__(self, ledger: Ledger, cluster: Cluster, folder: Path) -> None:
        self.ledger, self.cluster, self.folder = ledger, cluster, folder
        self.entries = ledger.open_entries()
        self._step_of = {
            output: (target, key)
            for target, entry in self.entries.items()
            for key, work in entry.steps.items()
            for output in work.outputs
        }
        self._kept: set[str] = set()  # ids of jobs of which a step is watched

    def take_up(self, requests: Collection[Request]) -> dict[str, Entry]:
        """Entries that still do what a request asks for, by the target of the request.

        No two jobs work on the same outputs: any other that does has ended when this returns, or the request waits
        for it at the scheduler, because steps that are of use share its allocation.
        """
        sharing = [(request, entry) for request in requests for entry in self._sharing(request)]
        if not sharing:
            return {}
        states = self._states([entry for _, entry in sharing])
        useful = [(request, entry) for request, entry in sharing if self._is_useful(entry, request, states)]
        taken = {request.target: self._take(entry, request) for request, entry in useful}
        self._give_up([(request, entry) for request, entry in sharing if entry.target in self.entries], states)
        return taken

    def finished(self, outputs: Iterable[str]) -> tuple[Work, float] | None:
        """How those outputs were made and when that ended, if their step succeeded and nobody was told yet."""
        for output in outputs:
            target, key = self._step_of.get(output, ("", ""))
            if target in self.entries and self._succeeded(key):
                return self.entries[target].steps[key], read_result(result_file(self.folder, key))["ended"]
        return None

    def close_finished(self, outputs: Collection[str]) -> None:
        """The workflow knows of these outputs now."""
        known = set(outputs)
        if known:
            self._close([target for target, entry in self.entries.items() if entry.outputs <= known])

    def _sharing(self, request: Request) -> list[Entry]:
        """Entries that make any of what the request asks for."""
        targets = {self._step_of[output][0] for output in request.outputs if output in self._step_of}
        return [self.entries[target] for target in sorted(targets) if target in self.entries]

    def _states(self, entries: Iterable[Entry]) -> States:
        job_ids = {entry.job_id for entry in entries if entry.job_id and not self._ended(entry.steps)}
        try:
            return self.cluster.states(job_ids) if job_ids else {}
        except CommandError as error:
            logger.warning("No states of jobs of an earlier run, they are watched as if they ran: %s", error)
            return None

    def _is_useful(self, entry: Entry, request: Request, states: States) -> bool:
        steps = _steps_for(request, entry)
        others_done = all(self._succeeded(key) for key in entry.steps if key not in steps)
        if len(steps) < len(request.works) or not others_done:
            return False
        if request.newest_input(besides=entry.outputs) > entry.newest_input:
            return False
        if self._ended(steps):
            return all(map(self._succeeded, steps)) and all(path.exists() for path in request.files)
        return entry.job_id is not None and (states is None or _name(states, entry.job_id) in ACTIVE)

    def _take(self, entry: Entry, request: Request) -> Entry:
        """The entry from now on: without steps that were done when the workflow was started again."""
        steps = {key: entry.steps[key] for key in _steps_for(request, entry)}
        taken = replace(entry, target=request.target, steps=steps, newest_input=request.newest_input())
        self.entries.pop(entry.target, None)  # requests that were one group's steps may share it
        if taken.target != entry.target:
            self.ledger.add([taken])
            self.ledger.close([entry.target])
        if taken.job_id and not self._ended(steps):
            self._kept.add(taken.job_id)
        return taken

    def _give_up(self, pairs: Collection[tuple[Request, Entry]], states: States) -> None:
        running = [(request, entry) for request, entry in pairs if not self._ended(entry.steps)]
        for request, entry in running:
            if entry.job_id in self._kept and not _is_over(states, entry.job_id):
                request.wait_for(entry.job_id)
        unwanted = [entry for _, entry in running if entry.job_id not in self._kept]
        job_ids = {entry.job_id for entry in unwanted if entry.job_id}
        names = {entry.submission for entry in unwanted if not entry.job_id}
        if unwanted:
            self.cluster.cancel_and_wait(sorted(job_ids), sorted(names))
        self._close({entry.target for _, entry in pairs})

    def _close(self, targets: Collection[str]) -> None:
        self.ledger.close(targets)
        for target in targets:
            del self.entries[target]

    def _ended(self, steps: Iterable[str]) -> bool:
        return all(result_file(self.folder, key).exists() for key in steps)

    def _succeeded(self, key: str) -> bool:
        return result_file(self.folder, key).exists() and read_result(result_file(self.folder, key))["returncode"] == 0


def _steps_for(request: Request, entry: Entry) -> list[str]:
    """Keys of those steps that do what the request asks for."""
    return [key for key, work in entry.steps.items() if work in request.works]


def _name(states: dict[str, State], job_id: str) -> str:
    return states[job_id].name if job_id in states else ""


def _is_over(states: States, job_id: str) -> bool:
    return states is not None and _name(states, job_id) in {"", *ENDED}
