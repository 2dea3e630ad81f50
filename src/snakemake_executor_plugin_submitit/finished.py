"""Jobs that finished while no workflow lived to record it."""

from typing import Any

from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_submitit.ledger import Work
from snakemake_executor_plugin_submitit.left import Left
from snakemake_executor_plugin_submitit.request import outputs_of, work_of


def accept_finished(workflow: Any, dag: Any, left: Left) -> None:
    """Record what the outputs of such jobs were made of.

    Raises:
        WorkflowError: they would be made of something else now.
    """
    needed = set(dag.needrun_jobs())
    accepted: set[str] = set()
    changed: list[str] = []
    for job in dag.jobs if left.entries else ():
        outputs = outputs_of(job)
        finished = left.finished(outputs) if job not in needed else None
        if finished is None or not finished[0].complete:
            continue
        if _accept(workflow, job, *finished):
            accepted.update(outputs)
        else:
            changed += map(str, job.output)
    left.close_finished(accepted)
    if changed:
        raise WorkflowError(
            "Jobs of an earlier run finished these files after the run had died, and their parameters or inputs "
            "have changed since then:\n- " + "\n- ".join(changed) + "\nTo have them made anew, delete them or "
            "name them after --forcerun; to keep them as they are, name them after --touch --forcerun once."
        )


def _accept(workflow: Any, job: Any, made: Work, ended: float) -> bool:
    """Whether a finished job is what it would be now; Snakemake itself judges what it recorded later."""
    record = workflow.persistence.metadata(job.output[0])
    if record is not None and (record.starttime or 0.0) > ended:
        return True
    if made.content != work_of(job).content:
        return False
    workflow.async_run(workflow.persistence.finished(job))
    return True
