"""From the resources of a rule to the parameters of a submission."""

import difflib
import shlex
import sys
from collections.abc import Collection, Mapping
from typing import Any

from snakemake.common.tbdstring import TBDString
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_submitit.settings import ExecutorSettings

RESOURCES = {
    "runtime": "minutes that the job may run",
    "mem_mb": "memory of the job, MB",
    "mem_mb_per_cpu": "memory for each CPU, MB; wins over mem_mb",
    "cpus_per_task": "CPUs; without it the threads of the rule",
    "gpu": "GPUs on each node",
    "gpus": "the same",
    "gpu_model": "model of the GPUs, as in --gres=gpu:MODEL:1",
    "nodes": "nodes",
    "tasks": "tasks on each node",
    "slurm_partition": "partition",
    "slurm_account": "account",
    "qos": "quality of service",
    "constraint": "features that the nodes must have",
    "exclude": "nodes to avoid",
    "slurm_extra": "any further options of sbatch, as on its command line",
    "pack": "jobs of equal resources that share one allocation and its GPUs",
}
# Snakemake's own: of no concern to a scheduler, or another spelling of the same.
IGNORED = {"_cores", "_nodes", "mem", "mem_mib", "disk", "disk_mb", "disk_mib", "tmpdir", "threads"}
_LEAST = {
    **dict.fromkeys(("runtime", "nodes", "tasks", "cpus_per_task", "pack", "mem_mb", "mem_mb_per_cpu"), 1),
    **dict.fromkeys(("gpu", "gpus"), 0),
}


def parameters(
    resources: Mapping[str, Any], threads: int, settings: ExecutorSettings, packed: int = 1
) -> dict[str, Any]:
    """Parameters of submitit's Slurm executor for `packed` jobs side by side.

    CPUs and memory add up over packed jobs; GPUs and time are shared.
    """
    cpus = int(resources.get("cpus_per_task") or threads)
    found: dict[str, Any] = {
        "time": runtime(resources, settings),
        "nodes": int(resources.get("nodes") or 1),
        "ntasks_per_node": int(resources.get("tasks") or 1),
        "cpus_per_task": cpus * packed,
        "partition": resources.get("slurm_partition") or settings.partition,
        "account": resources.get("slurm_account") or settings.account,
        "qos": resources.get("qos") or settings.qos,
        "constraint": resources.get("constraint") or settings.constraint,
        "exclude": resources.get("exclude") or None,
        "dependency": resources.get("dependency"),  # the executor's own, on jobs of an earlier run
        "setup": [settings.setup.replace("{python}", sys.executable)] if settings.setup else None,
        "signal_delay_s": signal_delay(resources, settings),
        "array_parallelism": settings.array_parallelism,
        **_memory(resources, packed),
        **_gpus(resources),
        "additional_parameters": _additional(str(resources.get("slurm_extra") or "")),
    }
    if found["nodes"] * found["ntasks_per_node"] > 1:
        found["use_srun"] = False  # one process on the first node; the job's own command starts its tasks
    else:
        found["srun_args"] = [f"--cpus-per-task={cpus * packed}"]  # srun does not take it from sbatch
    return {key: value for key, value in found.items() if value is not None}


def runtime(resources: Mapping[str, Any], settings: ExecutorSettings) -> int:
    """Minutes; never submitit's five."""
    return int(resources.get("runtime") or settings.runtime)


def signal_delay(resources: Mapping[str, Any], settings: ExecutorSettings) -> int:
    """Seconds before the limit at which a job is told to save, at most a third of a short job's time."""
    return min(settings.signal_delay, runtime(resources, settings) * 20)


def check_resources(name: str, resources: Mapping[str, Any], declared: Collection[str]) -> None:
    """Refuse resources that would silently do nothing, and such as contradict each other or are not understood.

    `declared` are the resources that the user bounds for the whole workflow; they are Snakemake's business. What
    depends on files that are still to be made passes.

    Raises:
        WorkflowError: naming rule, resource and what is known.
    """
    known = {*RESOURCES, *IGNORED, *declared}
    problems = [_unknown(key, known) for key in resources if key not in known]
    problems += _wrong_numbers(resources) or _contradictions(resources)
    try:
        _options(str(resources.get("slurm_extra") or ""))
    except ValueError as error:
        problems.append(str(error))
    if problems:
        known_text = "\n".join(f"  {key}: {text}" for key, text in RESOURCES.items())
        raise WorkflowError(
            f"Resources of {name}:\n- " + "\n- ".join(problems) + f"\nKnown to the submitit executor:\n{known_text}"
        )


def _wrong_numbers(resources: Mapping[str, Any]) -> list[str]:
    problems = []
    for key, least in _LEAST.items():
        value = resources.get(key)
        if value is None or isinstance(value, TBDString):
            continue
        try:
            if int(value) < least:
                problems.append(f"{key} is {value}; it must be at least {least}")
        except ValueError:
            problems.append(f"{key} is {value}; it must be a whole number")
    return problems


def _contradictions(resources: Mapping[str, Any]) -> list[str]:
    given = [resources[key] for key in ("gpu", "gpus") if resources.get(key) is not None]
    if any(isinstance(value, TBDString) for value in given):
        return []
    problems = []
    if len(set(map(int, given))) > 1:
        problems.append(f"gpu and gpus differ ({given[0]} and {given[1]}); give one of them")
    if resources.get("gpu_model") and not any(map(int, given)):
        problems.append("gpu_model without gpu; add gpu=1")
    return problems


def _unknown(key: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "if it bounds the workflow, declare it with --resources"
    return f"{key} is not known; {hint}"


def _memory(resources: Mapping[str, Any], packed: int) -> dict[str, str]:
    if resources.get("mem_mb_per_cpu"):
        return {"mem_per_cpu": f"{int(resources['mem_mb_per_cpu'])}M"}
    if resources.get("mem_mb"):
        return {"mem": f"{int(resources['mem_mb']) * packed}M"}
    return {}


def _gpus(resources: Mapping[str, Any]) -> dict[str, Any]:
    number = int(resources.get("gpu") or resources.get("gpus") or 0)
    if not number:
        return {}
    if resources.get("gpu_model"):
        return {"gres": f"gpu:{resources['gpu_model']}:{number}"}
    return {"gpus_per_node": number}


def _additional(text: str) -> dict[str, Any]:
    """The options of `text`; and a job may be requeued, whatever the cluster's default, unless they forbid it."""
    options = _options(text)
    return options if "no-requeue" in options else {"requeue": True, **options}


def _options(text: str) -> dict[str, Any]:
    """`--nice=10 --exclusive` as {"nice": "10", "exclusive": True}.

    Raises:
        ValueError: what is not understood, and how to write it.
    """
    found: dict[str, Any] = {}
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ValueError(f"slurm_extra: '{text}' is not understood ({error}); close its quotes") from None
    for word in words:
        if not word.startswith("--"):
            raise ValueError(
                f"slurm_extra: '{word}' in '{text}' is not understood; write options as --name=value or --name"
            )
        name, sign, value = word.removeprefix("--").partition("=")
        found[name] = value if sign else True
    return found
