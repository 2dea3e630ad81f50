"""From resources to sbatch."""

import pytest
from snakemake.common.tbdstring import TBDString
from snakemake_interface_common.exceptions import WorkflowError
from submitit.slurm.slurm import _make_sbatch_string

from snakemake_executor_plugin_submitit.parameters import check_resources, parameters
from snakemake_executor_plugin_submitit.settings import ExecutorSettings, check

SETTINGS = ExecutorSettings()


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({"runtime": 30}, {"time": 30, "signal_delay_s": 90}),
        ({}, {"time": 60}),
        ({"runtime": 2}, {"signal_delay_s": 40}),
        ({"mem_mb": 500}, {"mem": "500M"}),
        ({"mem_mb": 500, "mem_mb_per_cpu": 200}, {"mem_per_cpu": "200M"}),
        ({"cpus_per_task": 4}, {"cpus_per_task": 4, "srun_args": ["--cpus-per-task=4"]}),
        ({"gpu": 2}, {"gpus_per_node": 2}),
        ({"gpus": 1, "gpu_model": "a100"}, {"gres": "gpu:a100:1"}),
        ({"slurm_partition": "p", "slurm_account": "a", "qos": "q"}, {"partition": "p", "account": "a", "qos": "q"}),
        ({"constraint": "v100|a100", "exclude": "n1,n2"}, {"constraint": "v100|a100", "exclude": "n1,n2"}),
        (
            {"slurm_extra": "--nice=10 --exclusive"},
            {"additional_parameters": {"requeue": True, "nice": "10", "exclusive": True}},
        ),
        ({"slurm_extra": "--no-requeue"}, {"additional_parameters": {"no-requeue": True}}),
        ({"dependency": "afterany:7"}, {"dependency": "afterany:7"}),
        ({"nodes": 2, "tasks": 3}, {"nodes": 2, "ntasks_per_node": 3, "use_srun": False}),
    ],
)
def test_resources_become_parameters(resources, expected) -> None:
    assert parameters(resources, 1, SETTINGS).items() >= expected.items()


def test_a_resource_wins_over_a_setting() -> None:
    settings = ExecutorSettings(partition="default", account="mine")
    found = parameters({"slurm_partition": "gpu"}, 3, settings)
    assert (found["partition"], found["account"], found["cpus_per_task"]) == ("gpu", "mine", 3)


def test_packed_jobs_add_up_but_share_gpu_and_time() -> None:
    found = parameters({"mem_mb": 500, "gpu": 1, "runtime": 30}, 2, SETTINGS, packed=3)
    assert (found["mem"], found["cpus_per_task"], found["gpus_per_node"], found["time"]) == ("1500M", 6, 1, 30)


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"runtim": 5}, "runtim is not known; did you mean runtime?"),
        ({"weka": 1}, "weka is not known; if it bounds the workflow, declare it with --resources"),
        ({"gpu": 1, "gpus": 2}, "gpu and gpus differ"),
        ({"gpu_model": "a100"}, "gpu_model without gpu"),
        ({"runtime": 0}, "runtime is 0; it must be at least 1"),
        ({"mem_mb": -5}, "mem_mb is -5"),
        ({"gpu": "two"}, "gpu is two; it must be a whole number"),
        ({"slurm_extra": "-p gpu"}, "slurm_extra: '-p' in '-p gpu' is not understood"),
        ({"slurm_extra": "--nice 100"}, "slurm_extra: '100' in '--nice 100' is not understood"),
        ({"slurm_extra": "--comment='a"}, "close its quotes"),
        ({"dependency": "afterok:5"}, "dependency is not known"),
    ],
)
def test_resources_that_cannot_be_are_refused_with_those_that_can(resources, message) -> None:
    with pytest.raises(WorkflowError) as refused:
        check_resources("rule train", resources, ())
    assert "Resources of rule train" in str(refused.value)
    assert message in str(refused.value)
    assert "gpu_model: model of the GPUs" in str(refused.value)


def test_snakemake_s_own_and_declared_resources_pass() -> None:
    check_resources("rule train", {"_cores": 1, "tmpdir": "/tmp", "disk_mb": 5, "weka": 1, "runtime": 5}, {"weka"})


@pytest.mark.parametrize("key", ["mem_mb", "gpu", "slurm_extra", "gpu_model"])
def test_what_depends_on_files_that_are_still_to_be_made_passes(key: str) -> None:
    check_resources("rule train", {key: TBDString()}, ())
    check_resources("rule train", {"gpu_model": "a100", "gpu": TBDString()}, ())


def test_a_job_may_be_requeued_whatever_the_cluster_s_default() -> None:
    assert "#SBATCH --requeue\n" in _make_sbatch_string("work", "folder", **parameters({}, 1, SETTINGS))


def test_settings_that_cannot_be_are_refused_together() -> None:
    with pytest.raises(WorkflowError) as refused:
        check(ExecutorSettings(cluster="slrum", pack=0, status_seconds=200))
    for part in ("cluster is 'slrum', allowed are slurm, local, debug", "pack is 0", "max-status-seconds"):
        assert part in str(refused.value)
    check(ExecutorSettings())
