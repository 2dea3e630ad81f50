"""What one allocation does on its node: run commands, side by side and in order, and say how each of them ended."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from submitit.helpers import DelayedSubmission

from snakemake_executor_plugin_submitit import slurm
from snakemake_executor_plugin_submitit.files import replace_text
from snakemake_executor_plugin_submitit.folder import log_file, read_result, result_file

POLL_SECONDS = 0.2
GRACE_POLL_SECONDS = 5.0
LONGEST_GRACE = 900  # seconds; more than a site gives a job that it preempts
SLURM_MAY_SIGNAL_EARLY = 60  # seconds before the time asked for


@dataclass(frozen=True)
class Step:
    """One command: the shell line of one Snakemake job.

    `key` names its result and its log; `after` holds keys of steps of the same allocation that must succeed first,
    `outputs` files that it must make to have succeeded: the inner Snakemake ends well when an input was not there.
    """

    key: str
    command: str
    after: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass
class Allocation:
    """The steps that share one allocation; a picklable callable with submitit's `checkpoint` contract.

    Each step has a process group, a log `logs/{key}.log` and a result `results/{key}.json` of its own under `folder`,
    so that no failure touches the others. A step with a result is never run again, whether the allocation was
    requeued after a checkpoint or after its node died.

    Attributes:
        grace: seconds that commands have between SIGUSR2 and SIGTERM to save what they did.
        limit: seconds that the allocation may run; with `max_timeouts` it bounds how often a time-out is requeued.
        gpus: what CUDA shows the commands, as in CUDA_VISIBLE_DEVICES; None where a scheduler says it.
    """

    steps: tuple[Step, ...]
    folder: Path
    directory: Path
    grace: float
    limit: float
    max_timeouts: int
    timeouts: int = 0
    gpus: str | None = None
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, init=False)
    _started: dict[str, float] = field(default_factory=dict, init=False)
    _before: dict[str, tuple[object, ...]] = field(default_factory=dict, init=False)  # what outputs were at the start
    _began: float = field(default=0.0, init=False)
    _terminated: float | None = field(default=None, init=False)  # when, on the monotonic clock

    def __call__(self) -> None:
        """Run every step that has no result yet; a failing step fails nothing but those after it."""
        self._began = time.monotonic()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._terminate)
        try:
            while self._advance() and not self._overdue():
                # A blocking wait would hold the lock that polling needs inside the signal handler.
                time.sleep(POLL_SECONDS)
        finally:
            self._stop(0.0 if self._terminated else self.grace)
        if self._terminated and self._waiting():
            _await_preemption()

    def checkpoint(self) -> DelayedSubmission | None:
        """Stop the commands so that they save their state; None when it has timed out too often to be requeued."""
        self._stop(self.grace)
        for key in [key for key, process in self._running.items() if process.poll() == 0]:
            self._note(key, 0)
        self.timeouts += self._timed_out()
        if self.timeouts > self.max_timeouts:
            for step in self._waiting():
                self._write(step.key, None, f"reached its time limit {self.timeouts} times")
            return None
        return DelayedSubmission(replace(self))

    def _advance(self) -> bool:
        """Start what can start, note what ended; false when nothing is left."""
        for step in [] if self._terminated else self._waiting():
            if step.key not in self._running and all(self._succeeded(key) for key in step.after):
                self._start(step)
            elif any(self._failed(key) for key in step.after):
                self._write(step.key, None, "a step before it failed")
        for key, process in list(self._running.items()):
            if process.poll() is not None:
                if process.returncode == 0 or not self._terminated:
                    self._note(key, process.returncode)
                del self._running[key]
        return bool(self._running) or bool(self._waiting() and not self._terminated)

    def _terminate(self, number: int, frame: object) -> None:
        """Cancelled, or preempted without a chance to save: what fails from now on is not the fault of a step.

        Slurm signals the commands as well, submitit's processes of this machine do not.
        """
        self._terminated = self._terminated or time.monotonic()
        for process in self._running.values():
            _signal(process, signal.SIGTERM)

    def _overdue(self) -> bool:
        """Whether commands still run although they were told to end."""
        return self._terminated is not None and time.monotonic() - self._terminated >= self.grace

    def _waiting(self) -> list[Step]:
        return [step for step in self.steps if not self._result(step.key).exists()]

    def _start(self, step: Step) -> None:
        log = log_file(self.folder, step.key)
        log.parent.mkdir(parents=True, exist_ok=True)
        self._started[step.key] = time.time()
        self._before[step.key] = self._states(step)
        with log.open("ab") as output:
            # Snakemake would die of SIGUSR2. What it starts inherits that it is ignored; a command that can save its
            # state installs a handler of its own.
            self._running[step.key] = subprocess.Popen(
                f"trap '' USR2; {step.command}",
                shell=True,
                executable="/bin/bash",
                cwd=self.directory,
                env=self._environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        """That of the commands."""
        return os.environ | ({} if self.gpus is None else {"CUDA_VISIBLE_DEVICES": self.gpus})

    def _stop(self, grace: float) -> None:
        """Ask the commands to save, then to end, then end them."""
        for number, seconds in ((signal.SIGUSR2, grace), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
            for process in self._running.values():
                _signal(process, number)
            deadline = time.monotonic() + seconds
            while not all(map(_ended, self._running.values())) and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)

    def _timed_out(self) -> bool:
        """Whether the signal came for the time limit and not for a preemption."""
        return time.monotonic() - self._began >= self.limit - self.grace - SLURM_MAY_SIGNAL_EARLY

    def _result(self, key: str) -> Path:
        return result_file(self.folder, key)

    def _succeeded(self, key: str) -> bool:
        return self._result(key).exists() and read_result(self._result(key))["returncode"] == 0

    def _failed(self, key: str) -> bool:
        return self._result(key).exists() and not self._succeeded(key)

    def _note(self, key: str, returncode: int) -> None:
        """Write how a command ended."""
        step = next(step for step in self.steps if step.key == key)
        states = zip(step.outputs, self._before[key], self._states(step), strict=True)
        missing = [name for name, before, after in states if after in (None, before)]
        if missing and returncode == 0:
            self._write(key, 1, f"it ended well, but did not make {missing[0]}")
        else:
            self._write(key, returncode)

    def _states(self, step: Step) -> tuple[object, ...]:
        """What tells each output from a new one in its place; None where there is none."""
        return tuple(_state(self.directory / name) for name in step.outputs)

    def _write(self, key: str, returncode: int | None, reason: str = "") -> None:
        content = {
            "returncode": returncode,
            "reason": reason or f"exit status {returncode}",
            "node": os.environ.get("SLURMD_NODENAME") or socket.gethostname(),
            "gpus": self._environment().get("CUDA_VISIBLE_DEVICES", ""),
            "requeued": int(os.environ.get("SLURM_RESTART_COUNT", 0)),
            "began": self._started.get(key),
            "ended": time.time(),
        }
        path = self._result(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path, json.dumps(content))


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def _await_preemption() -> None:
    """Wait for Slurm to end a job that it told to end but lists as running, which it does of one that it preempts.

    It requeues such a job when the partition's GraceTime is over, but not one that ends before by itself.
    """
    deadline = time.monotonic() + LONGEST_GRACE
    job_id = os.environ.get("SLURM_JOB_ID")
    while job_id and slurm.is_running(job_id) and time.monotonic() < deadline:
        time.sleep(GRACE_POLL_SECONDS)


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process ended, without the lock that `poll` takes, where the system has another way to ask."""
    if process.returncode is not None:
        return True
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    if not _ended(process):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS forbids to signal what has just ended
            os.killpg(process.pid, number)
