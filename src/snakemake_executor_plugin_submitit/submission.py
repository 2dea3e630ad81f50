"""From ready jobs to allocations and arrays of them."""

import json
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from snakemake_executor_plugin_submitit.allocation import Allocation
from snakemake_executor_plugin_submitit.ledger import Entry
from snakemake_executor_plugin_submitit.outcome import Doubt
from snakemake_executor_plugin_submitit.parameters import parameters
from snakemake_executor_plugin_submitit.request import Request
from snakemake_executor_plugin_submitit.settings import ExecutorSettings


@dataclass
class Submission:
    """Allocations of equal parameters, one task of an array each; `job_ids` once the scheduler took them.

    Attributes:
        members: the requests of each allocation.
        first_try: when it was first submitted, seconds of the monotonic clock.
        next_try: when to try again, as long as there are no job ids.
        pause: seconds between that try and the one after it.
        refused: the scheduler will not have it.
    """

    name: str
    parameters: dict[str, Any]
    members: list[list[Request]]
    job_ids: list[str] = field(default_factory=list)
    allocations: list[Allocation] = field(default_factory=list)
    first_try: float = field(default_factory=time.monotonic)
    next_try: float = 0.0
    pause: float = 5.0
    refused: bool = False

    def due(self) -> bool:
        """Whether it is time to submit."""
        return not self.job_ids and not self.refused and time.monotonic() >= self.next_try

    def postpone(self) -> None:
        """Try later, and ever later."""
        self.next_try, self.pause = time.monotonic() + self.pause, 2 * self.pause


@dataclass
class Watched:
    """A Snakemake job that was submitted by this run, or by an earlier one (`entry`)."""

    request: Request
    doubt: Doubt
    submission: Submission | None = None
    task: int = 0
    entry: Entry | None = None

    @property
    def job_id(self) -> str | None:
        """Id at the scheduler, once it is known."""
        if self.entry is not None:
            return self.entry.job_id
        return self.submission.job_ids[self.task] if self.submission and self.submission.job_ids else None

    @property
    def steps(self) -> tuple[str, ...]:
        """Keys of its results."""
        return tuple(self.entry.steps) if self.entry else tuple(step.key for step in self.request.steps)


def submissions(requests: Iterable[Request], settings: ExecutorSettings, largest_array: int) -> list[Submission]:
    """Requests that want the same become one array of at most `largest_array` tasks, `pack` of them in each task."""
    groups: dict[str, list[list[Request]]] = defaultdict(list)
    for packed in _packed(requests, settings):
        first = packed[0]
        wanted = parameters(first.resources, first.threads, settings, len(packed))
        groups[json.dumps([first.rule, wanted], sort_keys=True)].append(packed)
    found = []
    for key, members in groups.items():
        rule, wanted = json.loads(key)
        for start in range(0, len(members), largest_array):
            found.append(_submission(rule, wanted, members[start : start + largest_array]))
    return found


def _packed(requests: Iterable[Request], settings: ExecutorSettings) -> Iterable[list[Request]]:
    same: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        wanted = parameters(request.resources, request.threads, settings)
        same[json.dumps([request.rule, wanted, _pack(request, settings)], sort_keys=True)].append(request)
    for members in same.values():
        size = _pack(members[0], settings)
        yield from (members[start : start + size] for start in range(0, len(members), size))


def _pack(request: Request, settings: ExecutorSettings) -> int:
    return int(request.resources.get("pack") or settings.pack)


def _submission(rule: str, wanted: dict[str, Any], members: list[list[Request]]) -> Submission:
    name = f"{rule}-{uuid.uuid4().hex[:10]}"
    for task, requests in enumerate(members):
        for place, request in enumerate(requests):
            request.named(f"{name}-{task}-{place}")
    return Submission(name, wanted, members)
