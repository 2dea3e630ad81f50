"""Which cluster is used, and what becomes of a submission that fails."""

import itertools
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_submitit.allocation import Allocation, Step
from snakemake_executor_plugin_submitit.cluster import LocalCluster, SlurmCluster, SubmissionError, cluster_named
from snakemake_executor_plugin_submitit.ledger import Work
from snakemake_executor_plugin_submitit.request import Command, Request
from snakemake_executor_plugin_submitit.settings import ExecutorSettings
from snakemake_executor_plugin_submitit.submission import Submission, submissions

SETTINGS = ExecutorSettings()
BUSY = {"error": "busy", "status": 1}


def submission(folder: Path, tasks: int) -> Submission:
    requests = [
        Request(None, "train", (Command(f"make {task}"),), {}, 1, (Work((str(task),), "c"),)) for task in range(tasks)
    ]
    (found,) = submissions(requests, SETTINGS, 100)
    found.allocations = [Allocation((Step(str(task), "true"),), folder, folder, 1, 60, 1) for task in range(tasks)]
    return found


def test_slurm_is_used_where_it_is(fake_slurm, tmp_path, monkeypatch) -> None:
    assert cluster_named(SETTINGS, tmp_path).kind == "slurm"
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert cluster_named(SETTINGS, tmp_path).kind == "local"
    with pytest.raises(WorkflowError, match="no sbatch on PATH"):
        cluster_named(ExecutorSettings(cluster="slurm"), tmp_path)


def test_arrays_keep_to_the_site_s_limit(fake_slurm, tmp_path) -> None:
    fake_slurm.answers("scontrol", {"out": "MaxArraySize = 301\n"})
    assert SlurmCluster(SETTINGS, tmp_path).largest_array == 300
    assert SlurmCluster(SETTINGS, tmp_path).largest_array == SETTINGS.max_array


def test_many_allocations_are_one_call_of_sbatch(fake_slurm, tmp_path) -> None:
    fake_slurm.answers("sbatch", {"out": "Submitted batch job 77\n"})
    found = submission(tmp_path, 3)
    assert SlurmCluster(SETTINGS, tmp_path).submit(found) == ["77_0", "77_1", "77_2"]
    ((script,),) = fake_slurm.calls("sbatch")
    text = (tmp_path / "submitit/77/77_submission.sh").read_text()
    assert script.endswith(".sh")
    for line in ("--array=0-2%3", f"--job-name={found.name}", "--time=60", "--signal=USR2@90"):
        assert f"#SBATCH {line}" in text


@pytest.mark.parametrize(
    ("error", "for_good"), [("Invalid qos specification", True), ("Socket timed out on send/recv operation", False)]
)
def test_a_failed_submission_leaves_nothing_behind(fake_slurm, tmp_path, error, for_good) -> None:
    found = submission(tmp_path, 1)
    fake_slurm.answers("sbatch", {"error": f"sbatch: error: {error}\n", "status": 1})
    fake_slurm.answers("squeue", {"out": "91_0\n91_1\n"})
    with pytest.raises(SubmissionError, match=error) as failed:
        SlurmCluster(SETTINGS, tmp_path).submit(found)
    assert failed.value.for_good is for_good
    assert found.name in fake_slurm.calls("squeue")[0]
    assert fake_slurm.calls("scancel") == [["91"]]


@pytest.mark.parametrize("in_a_job", [False, True])
def test_sbatch_is_told_by_options_alone(fake_slurm, tmp_path, monkeypatch, in_a_job) -> None:
    told = tmp_path / "told"
    sbatch = fake_slurm.folder / "sbatch"
    sbatch.write_text(f"#!/bin/bash\nenv | grep -E '^(SLURM|SBATCH)_' > {told}\necho Submitted batch job 7\n")
    given = {"SBATCH_TIMELIMIT": "1", "SBATCH_ACCOUNT": "mine", "SLURM_CONF": "/c", "SLURM_MEM_PER_NODE": "4"}
    for name, value in {**given, **({"SLURM_JOB_ID": "3"} if in_a_job else {})}.items():
        monkeypatch.setenv(name, value)
    SlurmCluster(SETTINGS, tmp_path).submit(submission(tmp_path, 1))
    kept = {"SBATCH_ACCOUNT=mine", "SLURM_CONF=/c"} | (set() if in_a_job else {"SLURM_MEM_PER_NODE=4"})
    assert set(told.read_text().split()) == kept
    assert os.environ["SBATCH_TIMELIMIT"] == "1"


def test_states_come_from_squeue_where_sacct_does_not_answer(fake_slurm, tmp_path) -> None:
    fake_slurm.answers("sacct", {"error": "Unable to connect", "status": 1}, {"out": "7|COMPLETED|gpu1\n"})
    fake_slurm.answers("squeue", {"out": "7|RUNNING|gpu1\n"})
    cluster = SlurmCluster(SETTINGS, tmp_path)
    assert [cluster.states(["7"])["7"].name for _ in range(2)] == ["RUNNING", "COMPLETED"]


def test_giving_up_a_job_waits_until_it_is_gone(fake_slurm, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    others = "91_[0-2]|PENDING|\n92|RUNNING|gpu1\n"
    fake_slurm.answers(
        "squeue", {"out": others + "91_3|RUNNING|gpu1\n"}, BUSY, {"out": others + "91_3|CANCELLED|gpu1\n"}
    )
    SlurmCluster(SETTINGS, tmp_path).cancel_and_wait(["91_3"])
    assert len(fake_slurm.calls("squeue")) == 3
    assert fake_slurm.calls("scancel") == [["91_3"]] * 2


def test_a_job_without_a_known_id_is_given_up_by_the_name_of_its_submission(fake_slurm, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    fake_slurm.answers("squeue", BUSY, {"out": "91_0\n91_1\n"}, {"out": ""})
    SlurmCluster(SETTINGS, tmp_path).cancel_and_wait([], ["train-abc"])
    assert [call[-1] for call in fake_slurm.calls("squeue")] == ["train-abc"] * 3
    assert fake_slurm.calls("scancel") == [["91"]]


@pytest.mark.parametrize(
    ("wanted", "allowed", "seen"),
    [
        ({"gpus_per_node": 2}, None, "0,1"),
        ({"gres": "gpu:a100:1"}, None, "0"),
        ({}, "0,1", ""),
        ({"gpus_per_node": 1}, "3,5", "3"),
        ({"gpus_per_node": 2}, "3", "3"),
        ({"gpus_per_node": 1}, "", ""),
        ({"gpus_per_node": 1}, "GPU-8e0b, GPU-91fa", "GPU-8e0b"),
    ],
)
def test_a_job_of_this_machine_sees_the_gpus_that_it_asked_for(tmp_path, monkeypatch, wanted, allowed, seen) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if allowed is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", allowed)
    monkeypatch.setattr("submitit.local.local.start_controller", lambda **given: Ended())
    assert shown(LocalCluster(SETTINGS, tmp_path), tmp_path, **wanted) == seen


def test_jobs_of_this_machine_go_where_the_fewest_run(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    started = []
    monkeypatch.setattr(
        "submitit.local.local.start_controller", lambda **given: started.append(Running()) or started[-1]
    )
    cluster = LocalCluster(SETTINGS, tmp_path)
    assert [shown(cluster, tmp_path, gpus_per_node=number) for number in (1, 1, 2, 1)] == ["0", "1", "2,0", "1"]
    started[2].ended = True
    assert [shown(cluster, tmp_path, gpus_per_node=1) for _ in range(2)] == ["2", "0"]


def shown(cluster: LocalCluster, folder: Path, **wanted: object) -> str | None:
    """The GPUs that a job is given."""
    found = submission(folder, 1)
    found.parameters |= wanted
    cluster.submit(found)
    return found.allocations[0].gpus


class Running:
    """A process without end until it is told."""

    pids = itertools.count(7)

    def __init__(self) -> None:
        self.pid = next(self.pids)
        self.ended = False

    def poll(self) -> int | None:
        return 0 if self.ended else None


class Ended:
    pid = 7

    def poll(self) -> int:
        return 0


def test_a_cancelled_job_of_this_machine_ends_its_commands_and_does_not_hear_interrupts(tmp_path) -> None:
    cluster = LocalCluster(SETTINGS, tmp_path)
    found = submission(tmp_path, 1)
    work = Step("0", "echo $$ > started; trap '' TERM; sleep 60")
    found.allocations = [Allocation((work,), tmp_path, tmp_path, 1, 60, 1)]
    (job,) = cluster.submit(found)
    started = tmp_path / "started"
    until(lambda: started.exists() and started.read_text())
    os.kill(int(job), signal.SIGINT)
    time.sleep(1.5)
    assert cluster.states([job])[job].name == "RUNNING"
    cluster.cancel([job])
    until(lambda: cluster.states([job])[job].name == "COMPLETED")
    with pytest.raises(ProcessLookupError):
        os.killpg(int(started.read_text()), 0)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)
