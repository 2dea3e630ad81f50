"""Where jobs go: Slurm, processes of this machine, or this very process; all through submitit."""

import contextlib
import logging
import os
import shutil
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

import submitit
from snakemake_interface_common.exceptions import WorkflowError
from submitit.core.core import Job

from snakemake_executor_plugin_submitit import slurm
from snakemake_executor_plugin_submitit.allocation import Allocation
from snakemake_executor_plugin_submitit.settings import ExecutorSettings
from snakemake_executor_plugin_submitit.slurm import CommandError, State
from snakemake_executor_plugin_submitit.submission import Submission
from snakemake_executor_plugin_submitit.watcher import Watcher

logger = logging.getLogger(__name__)

Kind = Literal["slurm", "local", "debug"]
# Allocations count their time-outs themselves: submitit takes every preemption of a job of less than twelve minutes for
# a time-out.
NEVER = 10**6
GONE_SECONDS = 120.0
SAID = 5  # lines
# Variables that sbatch heeds more than the options in its script, and the parameters that such an option comes from.
OPTION_OF = {
    "SBATCH_TIMELIMIT": "time", "SBATCH_PARTITION": "partition", "SBATCH_ACCOUNT": "account", "SBATCH_QOS": "qos",
    "SBATCH_CONSTRAINT": "constraint", "SBATCH_MEM_PER_NODE": "mem", "SBATCH_MEM_PER_CPU": "mem_per_cpu",
    "SBATCH_GPUS_PER_NODE": "gpus_per_node", "SBATCH_GRES": "gres",
}  # fmt: skip


class SubmissionError(Exception):
    """A submission did not work; `for_good` tells that trying again is of no use."""

    def __init__(self, message: str, for_good: bool) -> None:
        super().__init__(message)
        self.for_good = for_good


class Cluster(ABC):
    """Takes submissions, knows states, cancels."""

    kind: ClassVar[Kind]
    largest_array: int

    def __init__(self, settings: ExecutorSettings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.largest_array = settings.max_array
        self.watcher = Watcher(self.states, settings.status_seconds, settings.max_status_seconds)

    @abstractmethod
    def submit(self, submission: Submission) -> list[str]:
        """Submit its allocations and return their job ids, in order.

        Raises:
            SubmissionError: nothing was submitted.
        """

    @abstractmethod
    def states(self, job_ids: Collection[str]) -> dict[str, State]:
        """States of those jobs that are known.

        Raises:
            CommandError: nothing can be said.
        """

    @abstractmethod
    def cancel(self, job_ids: Collection[str]) -> None:
        """Cancel jobs."""

    def cancel_and_wait(self, job_ids: Collection[str], names: Collection[str] = ()) -> None:
        """Cancel jobs by id, and all of a submission by its name; they have ended when this returns."""
        self.cancel(job_ids)

    def script(self, job_id: str | None) -> Path | None:
        """The script that was submitted for a job, if there is one."""
        return None

    def said(self, job_id: str | None) -> list[str]:
        """What the scheduler wrote about a job that it ended."""
        return []


class SlurmCluster(Cluster):
    """The scheduler of this cluster."""

    kind: ClassVar[Kind] = "slurm"

    def __init__(self, settings: ExecutorSettings, folder: Path) -> None:
        super().__init__(settings, folder)
        if not shutil.which("sbatch"):
            raise WorkflowError(
                "submitit-cluster is slurm, but there is no sbatch on PATH. Run this on a node of the cluster, "
                "or use local instead."
            )
        site = slurm.max_array_size()
        if site is not None:
            self.largest_array = max(1, min(self.largest_array, site - 1))
        self._accounting = True

    def submit(self, submission: Submission) -> list[str]:  # noqa: D102
        executor = submitit.SlurmExecutor(self.folder / "submitit" / "%j", max_num_timeout=NEVER)
        try:
            executor.update_parameters(job_name=submission.name, **submission.parameters)
            with _told_by_options_alone(submission.parameters), executor.batch():
                jobs = [executor.submit(allocation) for allocation in submission.allocations]
            return [job.job_id for job in jobs]
        except Exception as error:
            self._take_back(submission.name)
            raise SubmissionError(_last_line(error), slurm.rejected_for_good(str(error))) from error

    def states(self, job_ids: Collection[str]) -> dict[str, State]:  # noqa: D102
        if self._accounting:
            try:
                return slurm.accounted_states(job_ids)
            except slurm.NoAccountingError:
                logger.info("This cluster keeps no accounts; states come from squeue.")
                self._accounting = False
            except CommandError as error:
                logger.warning("sacct does not answer, states come from squeue: %s", error)
        return slurm.queued_states()

    def cancel(self, job_ids: Collection[str]) -> None:  # noqa: D102
        slurm.cancel(job_ids)

    def cancel_and_wait(self, job_ids: Collection[str], names: Collection[str] = ()) -> None:  # noqa: D102
        deadline = time.monotonic() + GONE_SECONDS
        self.cancel(job_ids)
        while time.monotonic() < deadline:
            with contextlib.suppress(CommandError):  # it is not known whether they ended
                still = _unfinished(job_ids, names)
                if not still:
                    return
                self.cancel(still)
            time.sleep(2)
        logger.warning("Jobs do not end although they were cancelled: %s", ", ".join([*job_ids, *names]))

    def script(self, job_id: str | None) -> Path | None:  # noqa: D102
        parent = str(job_id).split("_")[0]
        found = sorted((self.folder / "submitit").glob(f"{parent}*/{parent}*_submission.sh"))
        return found[0] if found else None

    def said(self, job_id: str | None) -> list[str]:  # noqa: D102
        path = self.folder / "submitit" / str(job_id) / f"{job_id}_0_log.err"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return list(dict.fromkeys(line for line in lines if line.startswith(("slurmstepd", "srun: error"))))[-SAID:]

    def _take_back(self, name: str) -> None:
        """After a failure the scheduler may have taken the job all the same; it has no work yet and must not stay."""
        try:
            slurm.cancel(slurm.ids_of(name))
        except CommandError as error:
            logger.warning("It is not known whether %s was submitted: %s", name, error)


class LocalCluster(Cluster):
    """Processes of this machine, without a queue: as many as Snakemake starts."""

    kind: ClassVar[Kind] = "local"

    def __init__(self, settings: ExecutorSettings, folder: Path) -> None:
        super().__init__(settings, folder)
        self._jobs: dict[str, Job[Any]] = {}
        self._gpus: dict[str, list[str]] = {}  # of jobs that may still run
        self.watcher = Watcher(self.states, settings.poll_seconds, settings.poll_seconds)

    def submit(self, submission: Submission) -> list[str]:  # noqa: D102
        executor = submitit.LocalExecutor(self.folder / "submitit" / "%j", max_num_timeout=NEVER)
        executor.update_parameters(
            timeout_min=submission.parameters["time"],
            signal_delay_s=submission.parameters["signal_delay_s"],
        )
        wanted = _gpus_wanted(submission.parameters)
        with _interrupts_ignored():
            return [self._submit(executor, allocation, wanted) for allocation in submission.allocations]

    def states(self, job_ids: Collection[str]) -> dict[str, State]:  # noqa: D102
        known = {job_id: self._jobs[job_id] for job_id in job_ids if job_id in self._jobs}
        return {job_id: State("COMPLETED" if job.done() else "RUNNING") for job_id, job in known.items()}

    def cancel(self, job_ids: Collection[str]) -> None:  # noqa: D102
        for job_id in set(job_ids) & set(self._jobs):
            if not self._jobs[job_id].done():
                # submitit's own cancelling kills an allocation before it has ended its commands.
                os.kill(int(job_id), signal.SIGTERM)

    def _submit(self, executor: submitit.LocalExecutor, allocation: Allocation, gpus: int) -> str:
        chosen = self._least_used(gpus)
        allocation.gpus = ",".join(chosen)
        job: Job[Any] = executor.submit(allocation)
        self._jobs[job.job_id], self._gpus[job.job_id] = job, chosen
        return job.job_id

    def _least_used(self, number: int) -> list[str]:
        """So many of the GPUs that this process may use, those with the fewest running jobs first."""
        self._gpus = {job_id: gpus for job_id, gpus in self._gpus.items() if not self._jobs[job_id].done()}
        jobs = Counter(gpu for gpus in self._gpus.values() for gpu in gpus)
        return sorted(_visible_gpus(number), key=jobs.__getitem__)[:number]


class DebugCluster(LocalCluster):
    """This process, one job after the other."""

    kind: ClassVar[Kind] = "debug"

    def submit(self, submission: Submission) -> list[str]:  # noqa: D102
        executor = submitit.AutoExecutor(self.folder / "submitit" / "%j", cluster="debug")
        jobs = [executor.submit(allocation) for allocation in submission.allocations]
        for job in jobs:
            job.exception()  # runs it; `done` would open a debugger
        self._jobs.update((job.job_id, job) for job in jobs)
        return [job.job_id for job in jobs]

    def states(self, job_ids: Collection[str]) -> dict[str, State]:  # noqa: D102
        return dict.fromkeys(set(job_ids) & set(self._jobs), State("COMPLETED"))

    def cancel(self, job_ids: Collection[str]) -> None:
        """Nothing runs beside this process."""


def cluster_named(settings: ExecutorSettings, folder: Path) -> Cluster:
    """The cluster that the settings name; without a name Slurm where sbatch is found, otherwise this machine."""
    kinds: dict[str, type[Cluster]] = {"slurm": SlurmCluster, "local": LocalCluster, "debug": DebugCluster}
    return kinds[settings.cluster or ("slurm" if shutil.which("sbatch") else "local")](settings, folder)


def _unfinished(job_ids: Collection[str], names: Collection[str]) -> list[str]:
    """Those of the jobs, and those of the submissions, that are queued or running."""
    states = slurm.queued_states() if job_ids else {}
    queued = [job_id for job_id in job_ids if job_id in states and states[job_id].name in slurm.ACTIVE]
    return queued + [job_id for name in names for job_id in slurm.ids_of(name)]


def _gpus_wanted(parameters: Mapping[str, Any]) -> int:
    return int(parameters.get("gpus_per_node") or parameters.get("gres", "0").rpartition(":")[2])


def _visible_gpus(wanted: int) -> list[str]:
    """Numbers or UUIDs of the GPUs that this process may use; where nothing tells, as many as are wanted."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is None:
        return [str(number) for number in range(max(wanted, len(list(Path("/dev").glob("nvidia[0-9]*")))))]
    return [gpu.strip() for gpu in allowed.split(",") if gpu.strip()]


@contextlib.contextmanager
def _told_by_options_alone(parameters: Mapping[str, Any]) -> Iterator[None]:
    """Hide variables that would change what is asked for, and those of a job that this process itself is of."""
    own_job = "SLURM_JOB_ID" in os.environ
    hidden = {
        name: os.environ.pop(name)
        for name in list(os.environ)
        if OPTION_OF.get(name) in parameters or (own_job and name.startswith("SLURM_") and name != "SLURM_CONF")
    }
    try:
        yield
    finally:
        os.environ.update(hidden)


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Processes that are started within do not hear Ctrl-C, which reaches all of a terminal: `cancel` ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _last_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if "error" in line.lower()]
    return (told or lines or [repr(error)])[-1]
