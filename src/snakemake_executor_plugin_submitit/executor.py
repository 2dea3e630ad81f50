"""The executor: submits jobs through submitit, watches them, and takes up again what an earlier run left."""

import logging
import os
import threading
import time
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import Any

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.executors.base import SubmittedJobInfo
from snakemake_interface_executor_plugins.executors.real import RealExecutor
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor
from snakemake_interface_executor_plugins.settings import SharedFSUsage
from snakemake_interface_executor_plugins.utils import format_cli_arg

from snakemake_executor_plugin_submitit import slurm
from snakemake_executor_plugin_submitit.allocation import Allocation
from snakemake_executor_plugin_submitit.cluster import Cluster, SubmissionError, cluster_named
from snakemake_executor_plugin_submitit.efficiency import Efficiency, Ended
from snakemake_executor_plugin_submitit.files import replace_text
from snakemake_executor_plugin_submitit.finished import accept_finished
from snakemake_executor_plugin_submitit.folder import (
    inputs_file,
    log_file,
    make_folder,
    read_result,
    remove_logs,
    remove_old,
    result_file,
)
from snakemake_executor_plugin_submitit.ledger import Entry, Ledger, digest
from snakemake_executor_plugin_submitit.left import Left
from snakemake_executor_plugin_submitit.message import failure_message
from snakemake_executor_plugin_submitit.outcome import Doubt
from snakemake_executor_plugin_submitit.parameters import check_resources, runtime, signal_delay
from snakemake_executor_plugin_submitit.request import Request, request_of
from snakemake_executor_plugin_submitit.settings import ExecutorSettings, check
from snakemake_executor_plugin_submitit.submission import Submission, Watched, submissions
from snakemake_executor_plugin_submitit.termination import on_termination

logger = logging.getLogger(__name__)

LISTED = 20  # files that a job waits for; more are listed in a file, as a command has a longest length


class Executor(RemoteExecutor):
    """Runs every job of a workflow through submitit."""

    def __post_init__(self) -> None:
        self.settings = self.workflow.executor_settings or ExecutorSettings()
        check(self.settings)
        self.next_seconds_between_status_checks = self.settings.poll_seconds
        self.folder = Path(self.workflow.workdir_init, self.settings.folder).resolve()
        make_folder(self.folder)
        self.cluster: Cluster = cluster_named(self.settings, self.folder)
        self.ledger = Ledger(self.folder / "ledger.jsonl")
        self.ledger.compact()
        self.left = Left(self.ledger, self.cluster, self.folder)
        self.bad_nodes: set[str] = set()
        self.efficiency = Efficiency(self.folder)
        self.succeeded: list[str] = []  # keys of steps
        self.open: dict[str, Watched] = {}  # what was submitted and has not ended, by target
        self.interrupted = False  # nothing is to be submitted any more
        self.cancels_on_termination = False
        self._check_rules()
        accept_finished(self.workflow, self.dag, self.left)

    # Submission -------------------------------------------------------------------------------------------------

    def run_jobs(self, jobs: list[Any]) -> None:
        """Submit jobs that are ready together."""
        self._cancel_on_termination()
        requests = [request for job in jobs if (request := self._checked(job))]
        taken = self.left.take_up(requests)
        for request in requests:
            if request.target in taken:
                self._watch_again(request, taken[request.target])
        new = [request for request in requests if request.target not in taken]
        for submission in submissions(new, self.settings, self.cluster.largest_array):
            self._submit(submission)

    def run_job(self, job: Any) -> None:
        """Submit one job."""
        self.run_jobs([job])

    def _cancel_on_termination(self) -> None:
        """Not before Snakemake has set the handler that is called next; only the main thread can set one."""
        if not self.cancels_on_termination and threading.current_thread() is threading.main_thread():
            on_termination(partial(self.cancel_jobs, []))
            self.cancels_on_termination = True

    def _check_rules(self) -> None:
        """Refuse a rule's resources before anything is submitted: one job of each rule is looked at."""
        seen = set()
        for job in self.dag.needrun_jobs():
            if job.rule.name not in seen and not job.is_local:
                seen.add(job.rule.name)
                self._check_resources(job)

    def _check_resources(self, job: Any) -> None:
        name = f"group {job.groupid}" if job.is_group() else f"rule {job.rule.name}"
        check_resources(name, dict(job.resources.items()), set(self.workflow.resource_settings.resources or {}))

    def _checked(self, job: Any) -> Request | None:
        """What a job asks for; a job whose resources turned out to be wrong fails without the others."""
        self.run_job_pre(job)
        try:
            self._check_resources(job)
        except WorkflowError as error:
            self._report_error(SubmittedJobInfo(job), f"{error}\n")
            return None
        request = request_of(job, self.dag, self.format_job_exec)
        request.resources = {**request.resources, **self._exclusion(job.resources)}
        return request

    def get_job_args(self, job: Any) -> str:
        """Those of any remote executor, but without the folder of this run among what a job waits for.

        Jobs that are left running, or are requeued, may start when the run has ended and removed it.
        """
        arguments = RealExecutor.get_job_args(self, job)
        if SharedFSUsage.INPUT_OUTPUT not in self.workflow.storage_settings.shared_fs_usage:
            return str(arguments)
        files = list(map(str, job.get_wait_for_files()))
        if len(files) <= LISTED:
            return f"{arguments} {format_cli_arg('--wait-for-files', files)}"
        listed = inputs_file(self.folder, digest(*sorted(map(Path, job.output))))
        replace_text(listed, "\n".join(files))
        return f"{arguments} {format_cli_arg('--wait-for-files-file', str(listed))}"

    def _exclusion(self, resources: Any) -> dict[str, str]:
        """Nodes that failed are avoided, besides those that the rule avoids."""
        nodes = [*filter(None, [resources.get("exclude")]), *sorted(self.bad_nodes)]
        return {"exclude": ",".join(nodes)} if nodes else {}

    def _submit(self, submission: Submission) -> None:
        """Submit and report the jobs as submitted; a busy scheduler is tried again while others are watched."""
        submission.allocations = [self._allocation(members) for members in submission.members]
        self.ledger.add(_entries(submission))
        jobs = [
            Watched(request, self._doubt(), submission, task)
            for task, members in enumerate(submission.members)
            for request in members
        ]
        self.open.update((watched.request.target, watched) for watched in jobs)
        self._try(submission)
        if not submission.refused:
            for watched in jobs:
                self._report_submission(watched)

    def _report_submission(self, watched: Watched) -> None:
        self.report_job_submission(SubmittedJobInfo(watched.request.job, watched.job_id, {"watched": watched}))

    def _try(self, submission: Submission) -> None:
        try:
            submission.job_ids = self.cluster.submit(submission)
        except SubmissionError as error:
            overdue = time.monotonic() - submission.first_try >= self.settings.submit_seconds
            if error.for_good or overdue:
                self._refuse(submission, str(error))
            else:
                self.logger.warning(f"Submitting {submission.name} failed and is tried again: {error}")
                submission.postpone()
            return
        self.ledger.add(_entries(submission))
        if self.interrupted and not self.settings.keep_running:  # meanwhile
            self.cluster.cancel(submission.job_ids)
        self.cluster.watcher.soon()
        kind = f"array of {len(submission.job_ids)}" if len(submission.job_ids) > 1 else "job"
        self.logger.info(f"Submitted {submission.name}: {kind} {submission.job_ids[0].split('_')[0]}")

    def _refuse(self, submission: Submission, reason: str) -> None:
        submission.refused = True
        for members in submission.members:
            for request in members:
                self._forget(request)
                self._report_error(SubmittedJobInfo(request.job), f"The submission was refused: {reason}\n")

    def _allocation(self, members: list[Request]) -> Allocation:
        resources = members[0].resources
        delay = signal_delay(resources, self.settings)
        return Allocation(
            steps=tuple(step for request in members for step in request.steps),
            folder=self.folder,
            directory=Path(self.workflow.workdir_init),
            grace=max(1.0, delay - 10.0),
            limit=runtime(resources, self.settings) * 60.0,
            max_timeouts=self.settings.max_requeues,
        )

    def _doubt(self) -> Doubt:
        return Doubt(self.settings.vanished_seconds, self.workflow.execution_settings.latency_wait)

    # What an earlier run left -----------------------------------------------------------------------------------

    def _watch_again(self, request: Request, entry: Entry) -> None:
        watched = Watched(request, self._doubt(), entry=entry)
        self.open[request.target] = watched
        self.logger.info(f"Took up {request.rule} again: job {entry.job_id} of an earlier run")
        self._report_submission(watched)

    # Watching ---------------------------------------------------------------------------------------------------

    async def check_active_jobs(self, active_jobs: list[SubmittedJobInfo]) -> AsyncGenerator[SubmittedJobInfo, None]:
        """Report what ended, yield what still runs."""
        if not active_jobs:
            return
        for submission in {id(each): each for info in active_jobs if (each := _watched(info).submission)}.values():
            if submission.due() and not self.interrupted:
                self._try(submission)
        results = set(os.listdir(self.folder / "results"))
        open_ids = {job_id for info in active_jobs if (job_id := _watched(info).job_id)}
        states = self.cluster.watcher.look(open_ids)
        before = len(self.efficiency.ended)
        for info in active_jobs:
            if not self._judge(info, results, states):
                yield info
        if len(self.efficiency.ended) > before:
            self.efficiency.write(accounted=False)

    def _judge(self, info: SubmittedJobInfo, results: set[str], states: dict[str, slurm.State] | None) -> bool:
        """Whether the job ended; reports it if so."""
        watched = _watched(info)
        if watched.submission and watched.submission.refused:
            return True
        missing = [key for key in watched.steps if f"{key}.json" not in results]
        if not missing:
            self._close_with_results(info)
            return True
        if states is None or watched.job_id is None:
            return False
        state = states.get(watched.job_id)
        if watched.doubt.judge(state) == "waiting":
            return False
        if state is None or state.name not in slurm.ENDED:
            self.cluster.cancel([watched.job_id])  # a retry must not find it running
        if state and state.node and state.name in slurm.NODE_AT_FAULT:
            self.bad_nodes.add(state.node)
        reason = f"state {state.name}" if state else "the scheduler no longer knows the job"
        self._close(info, missing[0], reason, state.node if state else "")
        return True

    def _close_with_results(self, info: SubmittedJobInfo) -> None:
        results = {key: read_result(result_file(self.folder, key)) for key in _watched(info).steps}
        # A step that ended badly tells more than those that were not run because of it.
        at_fault = sorted((each["returncode"] is None, key) for key, each in results.items() if each["returncode"] != 0)
        key = at_fault[0][1] if at_fault else None
        shown = results[key] if key else next(iter(results.values()))
        self._close(info, key, str(shown["reason"]), str(shown["node"]))

    def _close(self, info: SubmittedJobInfo, failed: str | None, reason: str, node: str) -> None:
        """Tell the workflow how a job ended; `failed` is the key of the step at fault."""
        watched, request = _watched(info), _watched(info).request
        self._forget(request)
        results = [read_result(path) for key in watched.steps if (path := result_file(self.folder, key)).exists()]
        job_id, attempt = str(watched.job_id), request.job.attempt
        self.efficiency.ended.append(Ended(request.rule, job_id, attempt, failed is not None, results))
        if failed is None:
            self.succeeded += watched.steps
            self.report_job_success(info)
            return
        log = log_file(self.folder, failed)
        said, script = self.cluster.said(watched.job_id), self.cluster.script(watched.job_id)
        message = failure_message(watched.job_id, reason, node, log, said, script)
        self._report_error(info, message, aux_logs=[str(log)])

    def _report_error(self, info: SubmittedJobInfo, message: str, **details: Any) -> None:
        if info.job.is_group():
            self.logger.error(message)  # Snakemake drops what it is told of a group
        self.report_job_error(info, msg=message, **details)

    def _forget(self, request: Request) -> None:
        """The workflow knows how this job ended."""
        self.ledger.close([request.target])
        self.open.pop(request.target, None)

    # The end ----------------------------------------------------------------------------------------------------

    def cancel_jobs(self, active_jobs: list[SubmittedJobInfo]) -> None:
        """Cancel what was submitted, unless it is to go on.

        `active_jobs` is not asked: Snakemake empties that list for as long as the jobs are being looked at.
        """
        self.interrupted = True
        if self.settings.keep_running:
            self.logger.info("Jobs go on running; the same command takes them up again.")
        else:
            self.cluster.cancel({job_id for watched in list(self.open.values()) if (job_id := watched.job_id)})

    def shutdown(self) -> None:
        """Stop watching, write what the jobs used, remove what is no longer needed."""
        super().shutdown()
        if self.efficiency.ended:
            summary = self.efficiency.write(accounted=self.cluster.kind == "slurm")
            self.logger.info(f"{summary}\nMore in {self.folder / 'efficiency.txt'}")
        if not self.settings.keep_logs:
            remove_logs(self.folder, self.succeeded)
        remove_old(self.folder, self.settings.keep_days)


def _entries(submission: Submission) -> list[Entry]:
    return [
        Entry(
            request.target,
            request.rule,
            {step.key: work for step, work in zip(request.steps, request.works, strict=True)},
            request.newest_input(),
            submission.name,
            submission.job_ids[task] if submission.job_ids else None,
        )
        for task, members in enumerate(submission.members)
        for request in members
    ]


def _watched(info: SubmittedJobInfo) -> Watched:
    watched: Watched = info.aux["watched"]
    return watched
