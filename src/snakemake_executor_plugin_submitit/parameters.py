"""From the resources of a rule to the parameters of a submission."""

import difflib
import shlex
import sys
from collections.abc import Collection, Mapping
from typing import Any

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
        "setup": [settings.setup.replace("{python}", sys.executable)] if settings.setup else None,
        "signal_delay_s": signal_delay(resources, settings),
        "array_parallelism": settings.array_parallelism,
        **_memory(resources, packed),
        **_gpus(resources),
        "additional_parameters": _options(str(resources.get("slurm_extra") or "")) or None,
    }
    if found["nodes"] * found["ntasks_per_node"] > 1:
        found["use_srun"] = False  # one process on the first node; the job's own command starts its tasks
    return {key: value for key, value in found.items() if value is not None}


def runtime(resources: Mapping[str, Any], settings: ExecutorSettings) -> int:
    """Minutes; never submitit's five."""
    return int(resources.get("runtime") or settings.runtime)


def signal_delay(resources: Mapping[str, Any], settings: ExecutorSettings) -> int:
    """Seconds before the limit at which a job is told to save, at most a third of a short job's time."""
    return min(settings.signal_delay, runtime(resources, settings) * 20)


def check_resources(name: str, resources: Mapping[str, Any], declared: Collection[str]) -> None:
    """Refuse resources that would silently do nothing, and such as contradict each other.

    `declared` are the resources that the user bounds for the whole workflow; they are Snakemake's business.

    Raises:
        WorkflowError: naming rule, resource and what is known.
    """
    known = {*RESOURCES, *IGNORED, *declared}
    problems = [_unknown(key, known) for key in resources if key not in known]
    gpus = {int(resources[key]) for key in ("gpu", "gpus") if resources.get(key) is not None}
    if len(gpus) > 1:
        problems.append(f"gpu and gpus differ ({resources['gpu']} and {resources['gpus']}); give one of them")
    if resources.get("gpu_model") and not any(gpus):
        problems.append("gpu_model without gpu; add gpu=1")
    for key in ("runtime", "nodes", "tasks", "cpus_per_task", "pack", "mem_mb", "mem_mb_per_cpu"):
        value = resources.get(key)
        if value is not None and int(value) < 1:
            problems.append(f"{key} is {value}; it must be at least 1")
    if problems:
        known_text = "\n".join(f"  {key}: {text}" for key, text in RESOURCES.items())
        raise WorkflowError(
            f"Resources of {name}:\n- " + "\n- ".join(problems) + f"\nKnown to the submitit executor:\n{known_text}"
        )


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


def _options(text: str) -> dict[str, Any]:
    """`--nice=10 --exclusive` as {"nice": "10", "exclusive": True}."""
    found: dict[str, Any] = {}
    words = shlex.split(text)
    for word in words:
        if not word.startswith("--"):
            raise WorkflowError(
                f"slurm_extra: '{word}' in '{text}' is not understood; write options as --name=value or --name"
            )
        name, sign, value = word.removeprefix("--").partition("=")
        found[name] = value if sign else True
    return found
