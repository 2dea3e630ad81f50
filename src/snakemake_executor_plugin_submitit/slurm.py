"""Slurm's commands: asked seldom, and never believed when they fail."""

import logging
import os
import re
import subprocess
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

logger = logging.getLogger(__name__)

COMMAND_SECONDS = 60
IDS_A_CALL = 1000
WHOLE_ARRAYS = {"SLURM_BITSTR_LEN": "0"}  # sacct and squeue cut the tasks of an array at 64 characters otherwise
CANCEL_PAUSES = (1.0, 3.0)  # seconds before another try

# Slurm's job states (squeue(1), JOB STATE CODES) by what they mean for a job without a result.
ACTIVE = {
    "PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STOPPED", "RESIZING", "SIGNALING", "STAGE_OUT",
    "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD", "SPECIAL_EXIT", "REVOKED",
}  # fmt: skip
NODE_AT_FAULT = {"NODE_FAIL", "BOOT_FAIL"}
ENDED = {"COMPLETED", "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "CANCELLED", "BOOT_FAIL", "DEADLINE"}
REJECTED_FOR_GOOD = re.compile(
    r"invalid|not permitted|not available|violates|unrecognized option|access/permission denied|too (long|large|many)",
    re.IGNORECASE,
)
# A full quota of submitted jobs, one's own or a group's, or a partition that is down, although Slurm calls these
# violated or not available.
REJECTED_FOR_NOW = re.compile(r"(Max|Grp)Submit|inactive or drain", re.IGNORECASE)


class CommandError(Exception):
    """A command of Slurm did not work; says nothing about any job."""


class NoAccountingError(CommandError):
    """sacct has no accounting to look into."""


@dataclass(frozen=True)
class State:
    """What the scheduler says of a job: a state without its suffix, and the node."""

    name: str
    node: str = ""


def run(command: list[str], seconds: float = COMMAND_SECONDS) -> str:
    """The output of a command.

    Raises:
        CommandError: it is absent, failed or took too long.
    """
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, check=False, env=os.environ | WHOLE_ARRAYS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(str(error)) from None
    if done.returncode:
        raise CommandError(f"{command[0]}: {done.stderr.strip() or f'exit status {done.returncode}'}")
    return done.stdout


def rejected_for_good(message: str) -> bool:
    """Whether sbatch would say the same again of the same submission."""
    return bool(REJECTED_FOR_GOOD.search(message)) and not REJECTED_FOR_NOW.search(message)


def accounted_states(job_ids: Collection[str]) -> dict[str, State]:
    """States by job id, for all ids by one sacct call (one more for each thousand arrays).

    Raises:
        NoAccountingError: the cluster keeps no accounts.
        CommandError: sacct did not work.
    """
    parents = sorted({job_id.split("_")[0] for job_id in job_ids})
    found: dict[str, State] = {}
    for ids in _by_call(parents):
        try:
            output = run(["sacct", "-n", "-X", "-P", "-o", "JobID,State,NodeList", "-j", ",".join(ids)])
        except CommandError as error:
            if "accounting storage is disabled" in str(error).lower():
                raise NoAccountingError(str(error)) from None
            raise
        found.update(_parsed(output))
    return found


def account(job_ids: Collection[str], fields: str) -> str:
    """Lines of sacct for jobs and their steps, fields divided by `|`.

    Raises:
        CommandError: sacct did not work.
    """
    calls = (["sacct", "-n", "-P", "-o", fields, "-j", ",".join(ids)] for ids in _by_call(job_ids))
    return "".join(map(run, calls))


def queued_states() -> dict[str, State]:
    """States of the user's jobs that the controller still remembers, by squeue.

    Raises:
        CommandError: squeue did not work.
    """
    return _parsed(run(["squeue", "--me", "-h", "-r", "-t", "all", "-o", "%i|%T|%N"]))


def is_running(job_id: str) -> bool:
    """Whether the controller lists a job as running; not where it does not answer."""
    try:
        return run(["squeue", "-h", "-o", "%T", "-j", job_id]).strip() == "RUNNING"
    except CommandError:
        return False


def ids_of(name: str) -> list[str]:
    """Ids of the user's jobs of that name that are queued or running.

    Raises:
        CommandError: squeue did not work.
    """
    return sorted({line.split("_")[0] for line in run(["squeue", "--me", "-h", "-o", "%i", "--name", name]).split()})


def cancel(job_ids: Collection[str]) -> None:
    """Cancel jobs, more than once if need be; says so when that fails, because nothing else would."""
    for ids in _by_call(set(job_ids)):
        _cancel(ids)


def _cancel(ids: list[str]) -> None:
    for pause in (*CANCEL_PAUSES, None):
        try:
            run(["scancel", *ids])
            return
        except CommandError as error:
            if "invalid job id" in str(error).lower():  # some had ended and were forgotten; the others were cancelled
                return
            if pause is None:
                logger.warning("Jobs may still run, cancelling failed: %s. Try: scancel %s", error, " ".join(ids))
            else:
                time.sleep(pause)


def max_array_size() -> int | None:
    """The site's MaxArraySize, None where scontrol does not tell; an index must be less than it."""
    try:
        match = re.search(r"^MaxArraySize\s*=\s*(\d+)", run(["scontrol", "show", "config"]), re.MULTILINE)
    except CommandError:
        return None
    return int(match.group(1)) if match else None


def _by_call(job_ids: Collection[str]) -> Iterator[list[str]]:
    """Ids in order, as many at a time as a command line takes."""
    ids = sorted(job_ids)
    return (ids[start : start + IDS_A_CALL] for start in range(0, len(ids), IDS_A_CALL))


def _parsed(output: str) -> dict[str, State]:
    found = {}
    for line in output.splitlines():
        fields = line.strip().split("|")
        if len(fields) == 3:
            state = State(fields[1].split(" ")[0].rstrip("+"), "" if fields[2].startswith("None") else fields[2])
            found.update(dict.fromkeys(_expanded(fields[0]), state))
    return found


def _expanded(job_id: str) -> Iterator[str]:
    """`7_[0-2,5%4]` as 7_0, 7_1, 7_2, 7_5; anything else as it is."""
    match = re.fullmatch(r"(\d+)_\[([^%\]]*)(?:%\d+)?\]", job_id)
    if not match:
        yield job_id
        return
    for part in match.group(2).split(","):
        if span := re.fullmatch(r"(\d+)(?:-(\d+))?", part):
            first, last = int(span.group(1)), int(span.group(2) or span.group(1))
            yield from (f"{match.group(1)}_{index}" for index in range(first, last + 1))
