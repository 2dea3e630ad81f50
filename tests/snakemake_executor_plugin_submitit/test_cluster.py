"""Which cluster is used, and what becomes of a submission that fails."""

from pathlib import Path

import pytest
from snakemake_interface_common.exceptions import WorkflowError

from snakemake_executor_plugin_submitit.allocation import Allocation, Step
from snakemake_executor_plugin_submitit.cluster import SlurmCluster, SubmissionError, cluster_named
from snakemake_executor_plugin_submitit.settings import ExecutorSettings
from snakemake_executor_plugin_submitit.submission import Request, Submission, submissions

SETTINGS = ExecutorSettings()


def submission(folder: Path, tasks: int) -> Submission:
    requests = [Request(None, "train", ((f"make {task}", ()),), {}, 1, str(task), "c") for task in range(tasks)]
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


def test_giving_up_a_job_waits_until_it_is_gone(fake_slurm, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    fake_slurm.answers("squeue", {"out": "91\n"}, {"error": "busy", "status": 1}, {"out": ""})
    SlurmCluster(SETTINGS, tmp_path).cancel_and_wait(["91"], "train-abc")
    assert len(fake_slurm.calls("squeue")) == 3
    assert set(map(tuple, fake_slurm.calls("scancel"))) == {("91",)}
