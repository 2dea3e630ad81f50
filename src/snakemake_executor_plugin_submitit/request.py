"""What a ready Snakemake job or group asks for."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakemake.common.tbdstring import TBDString
from snakemake.io import is_flagged

from snakemake_executor_plugin_submitit.allocation import Step
from snakemake_executor_plugin_submitit.ledger import Work, digest


@dataclass(frozen=True)
class Command:
    """A shell line, places of the commands before it, and the files that it must make."""

    line: str
    after: tuple[int, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass
class Request:
    """One ready Snakemake job or group: its commands, in which order, and what it asks of the scheduler.

    Attributes:
        works: what each of the commands makes.
        inputs: files that it reads and does not make; such as may change without consequence are left out.
        files: that it makes.
    """

    job: Any  # JobExecutorInterface
    rule: str
    commands: tuple[Command, ...]
    resources: Mapping[str, Any]
    threads: int
    works: tuple[Work, ...]
    inputs: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def outputs(self) -> set[str]:
        """Digests of the files that it makes."""
        return {output for work in self.works for output in work.outputs}

    @property
    def target(self) -> str:
        """Digest of everything that it makes."""
        return digest(*sorted(self.outputs))

    def newest_input(self, besides: Collection[str] = ()) -> float:
        """When the newest of its inputs was changed, but for those of the digests `besides`."""
        read = [path for path in self.inputs if digest(path) not in besides]
        return max((path.stat().st_mtime for path in read if path.exists()), default=0.0)

    def wait_for(self, job_id: str) -> None:
        """Start only after that job of the scheduler has ended."""
        earlier = self.resources.get("dependency", "afterany")
        self.resources = {**self.resources, "dependency": f"{earlier}:{job_id}"}

    def named(self, prefix: str) -> "Request":
        """With steps whose keys begin with `prefix`."""
        self.steps = tuple(
            Step(
                f"{prefix}-{place}",
                command.line,
                tuple(f"{prefix}-{before}" for before in command.after),
                command.outputs,
            )
            for place, command in enumerate(self.commands)
        )
        return self


def request_of(job: Any, dag: Any, command: Callable[[Any], str]) -> Request:
    """The request of a job or group; `command` gives the shell line of a job."""
    ordered = [member for layer in job.toposorted for member in layer] if job.is_group() else [job]
    place = {member: number for number, member in enumerate(ordered)}
    return Request(
        job,
        rule=re.sub(r"[^\w-]", "_", job.name),
        commands=tuple(
            Command(
                command(member),
                tuple(place[before] for before in dag.job_dependencies(member) if before in place),
                tuple(str(file) for file in member.output if _stays(file)),
            )
            for member in ordered
        ),
        resources=dict(job.resources.items()) | _pack(ordered),
        threads=job.threads,
        works=tuple(map(work_of, ordered)),
        inputs=tuple(Path(file) for file in job.input if not file.is_ancient),
        files=tuple(Path(file) for member in ordered for file in member.output),
    )


def _stays(file: Any) -> bool:
    """Whether a new file is on the node's disk once its job has ended."""
    return not (file.is_storage or any(is_flagged(file, kind) for kind in ("temp", "pipe", "service", "update")))


def _pack(members: Collection[Any]) -> dict[str, int]:
    """Snakemake adds up the resources of a group's members that run side by side; for this one that means nothing."""
    asked = [int(member.resources["pack"]) for member in members if member.resources.get("pack")]
    return {"pack": max(asked)} if asked else {}


def work_of(job: Any) -> Work:
    """What one job makes, and what of; a group has none of its own."""
    content = str((dict(job.params.items()), list(map(str, job.input)), job.shellcmd))
    return Work(outputs_of(job), digest(content), complete=TBDString() not in content)


def outputs_of(job: Any) -> tuple[str, ...]:
    """Digests of the files that a job makes."""
    return tuple(sorted(digest(Path(file)) for file in job.output))
