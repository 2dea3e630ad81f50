"""Settings of the executor: each a command line flag `--submitit-...` and a key of a profile."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.settings import CommonSettings, ExecutorSettingsBase

CLUSTERS = ("slurm", "local", "debug")

common_settings = CommonSettings(
    non_local_exec=True,
    implies_no_shared_fs=False,
    job_deploy_sources=False,
    pass_default_storage_provider_args=True,
    pass_default_resources_args=True,
    # Values of environment variables do not belong in commands, which end up in files and messages; Slurm passes on
    # the environment of the submission.
    pass_envvar_declarations_to_cmd=False,
    auto_deploy_default_storage_provider=False,
    init_seconds_before_status_checks=1,
    pass_group_args=True,
)


def _setting(default: Any, text: str, **metadata: Any) -> Any:
    shown = "none" if default is None else default
    return field(
        default=default,
        metadata={"help": f"{text} (default: {shown})", "env_var": False, "required": False, **metadata},
    )


@dataclass
class ExecutorSettings(ExecutorSettingsBase):
    """How jobs are submitted and watched. A resource of a rule wins over the setting of the same name."""

    cluster: Optional[str] = _setting(None, "slurm, local or debug; without it slurm where sbatch is, else local")
    folder: Path = _setting(
        Path(".snakemake/submitit"), "folder for scripts, logs and results of jobs; every node must see it", type=Path
    )
    partition: Optional[str] = _setting(None, "partition of jobs without the resource slurm_partition")
    account: Optional[str] = _setting(None, "account of jobs without the resource slurm_account")
    qos: Optional[str] = _setting(None, "quality of service of jobs without the resource qos")
    constraint: Optional[str] = _setting(None, "node features that jobs without the resource constraint need")
    setup: Optional[str] = _setting(
        None, "shell line run on the node before a job; {python} stands for the Python that runs Snakemake"
    )
    runtime: int = _setting(60, "minutes of jobs without the resource runtime", type=int)
    pack: int = _setting(1, "jobs of equal resources that share one allocation and its GPUs", type=int)
    max_array: int = _setting(500, "most tasks of one array; the site's MaxArraySize bounds it too", type=int)
    array_parallelism: int = _setting(256, "tasks of an array that may run at once", type=int)
    signal_delay: int = _setting(90, "seconds before the time limit at which a job is told to save its state", type=int)
    max_requeues: int = _setting(3, "time-outs after which a job is not requeued any more", type=int)
    poll_seconds: float = _setting(2.0, "seconds between two looks for results", type=float)
    status_seconds: float = _setting(20.0, "least seconds between two sacct calls", type=float)
    max_status_seconds: float = _setting(120.0, "most seconds between two sacct calls", type=float)
    vanished_seconds: float = _setting(
        180.0, "seconds after which a job without result that the scheduler no longer knows is reported", type=float
    )
    submit_seconds: float = _setting(600.0, "seconds for which a failing submission is tried again", type=float)
    keep_logs: bool = _setting(False, "keep the logs of jobs that succeeded", type=bool)
    keep_running: bool = _setting(False, "leave jobs running when the workflow is interrupted", type=bool)
    keep_days: int = _setting(30, "days after which files of ended jobs are removed from the folder", type=int)


def check(settings: ExecutorSettings) -> None:
    """Refuse what cannot be.

    Raises:
        WorkflowError: naming every setting that is wrong and what is allowed.
    """
    problems = []
    if settings.cluster not in (None, *CLUSTERS):
        problems.append(f"cluster is '{settings.cluster}', allowed are {', '.join(CLUSTERS)}")
    for name, least in _LEAST.items():
        if (value := getattr(settings, name)) < least:
            problems.append(f"{name.replace('_', '-')} is {value}, it must be at least {least}")
    if settings.max_status_seconds < settings.status_seconds:
        problems.append("max-status-seconds must not be less than status-seconds")
    if problems:
        raise WorkflowError("Settings of the submitit executor (--submitit-...):\n- " + "\n- ".join(problems))


_LEAST = {
    "runtime": 1,
    "pack": 1,
    "max_array": 1,
    "array_parallelism": 1,
    "signal_delay": 1,
    "max_requeues": 0,
    "poll_seconds": 0.1,
    "status_seconds": 1,
    "vanished_seconds": 1,
    "submit_seconds": 0,
    "keep_days": 0,
}
