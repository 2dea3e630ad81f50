"""What Slurm's commands say, and what is made of it when they say nothing."""

import pytest

from snakemake_executor_plugin_submitit import slurm
from snakemake_executor_plugin_submitit.slurm import CommandError, NoAccountingError, State


def test_states_of_all_jobs_come_from_one_call(fake_slurm) -> None:
    fake_slurm.answers(
        "sacct",
        {
            "out": "7_0|COMPLETED|gpu1\n7_1|CANCELLED by 0|gpu2\n7_[2-4,6%2]|PENDING|None assigned\n"
            "9|OUT_OF_MEMORY|gpu3\n10|RUNNING|gpu[1-2]\n"
        },
    )
    states = slurm.accounted_states(["7_0", "7_1", "7_2", "9", "10"])
    (call,) = fake_slurm.calls("sacct")
    assert call[call.index("-j") + 1] == "10,7,9"
    assert states["7_1"] == State("CANCELLED", "gpu2")
    assert {states[f"7_{index}"] for index in (2, 3, 4, 6)} == {State("PENDING")}
    assert "7_5" not in states
    assert (states["9"].name, states["10"].node) == ("OUT_OF_MEMORY", "gpu[1-2]")


def test_what_is_cut_off_is_not_guessed(fake_slurm) -> None:
    fake_slurm.answers("sacct", {"out": "7_[1,3-4,15-1...]|PENDING|None assigned\n"})
    assert set(slurm.accounted_states(["7_1"])) == {"7_1", "7_3", "7_4"}


def test_arrays_are_listed_whole(fake_slurm, monkeypatch) -> None:
    monkeypatch.setenv("SLURM_BITSTR_LEN", "64")
    assert slurm.run(["bash", "-c", "echo $SLURM_BITSTR_LEN"]) == "0\n"


def test_a_job_runs_where_the_controller_says_so(fake_slurm) -> None:
    fake_slurm.answers("squeue", {"out": "RUNNING\n"}, {"out": "COMPLETING\n"}, {"out": ""}, {"status": 1})
    assert [slurm.is_running("7") for _ in range(4)] == [True, False, False, False]


def test_many_arrays_are_asked_for_in_few_calls(fake_slurm) -> None:
    slurm.accounted_states([f"{array}_{task}" for array in range(2500) for task in (0, 1)])
    assert len(fake_slurm.calls("sacct")) == 3


def test_figures_of_many_jobs_come_from_few_calls(fake_slurm) -> None:
    fake_slurm.answers("sacct", *({"out": f"{call}|COMPLETED\n"} for call in range(3)))
    assert slurm.account([str(job) for job in range(2500)], "JobID,State").splitlines() == [
        f"{call}|COMPLETED" for call in range(3)
    ]


def test_a_cluster_without_accounts_is_told_from_a_failing_one(fake_slurm) -> None:
    fake_slurm.answers(
        "sacct",
        {"error": "Slurm accounting storage is disabled\n", "status": 1},
        {"error": "sacct: error: slurm_persist_conn_open: Unable to connect\n", "status": 1},
    )
    with pytest.raises(NoAccountingError):
        slurm.accounted_states(["7"])
    with pytest.raises(CommandError, match="Unable to connect") as failed:
        slurm.accounted_states(["7"])
    assert not isinstance(failed.value, NoAccountingError)


def test_garbled_and_empty_answers_name_no_job(fake_slurm) -> None:
    fake_slurm.answers("sacct", {"out": ""}, {"out": "???\n7|\n"})
    assert slurm.accounted_states(["7"]) == {}
    assert slurm.accounted_states(["7"]) == {}


def test_a_command_that_hangs_or_is_absent_is_an_error(fake_slurm) -> None:
    fake_slurm.answers("squeue", {"seconds": 5})
    with pytest.raises(CommandError, match="timed out"):
        slurm.run(["squeue"], seconds=0.2)
    with pytest.raises(CommandError, match="No such file"):
        slurm.run(["no-such-command"])


def test_cancelling_is_tried_again_and_says_so_when_it_fails(fake_slurm, caplog, monkeypatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    busy = {"error": "Unable to contact slurm controller", "status": 1}
    fake_slurm.answers("scancel", busy)
    slurm.cancel(["7", "8"])
    assert (fake_slurm.calls("scancel"), caplog.text) == ([["7", "8"]] * 2, "")
    fake_slurm.answers("scancel", busy, busy, busy)
    slurm.cancel(["7"])
    assert "Jobs may still run, cancelling failed: scancel: Unable to contact" in caplog.text


def test_cancelling_what_is_gone_is_no_failure(fake_slurm, caplog) -> None:
    fake_slurm.answers("scancel", {"error": "Kill job error on job id 7: Invalid job id specified", "status": 1})
    slurm.cancel(["7", "8"])
    assert (fake_slurm.calls("scancel"), caplog.text) == ([["7", "8"]], "")


def test_the_size_of_arrays_is_the_site_s(fake_slurm) -> None:
    fake_slurm.answers("scontrol", {"out": "MaxArraySize            = 1001\n"}, {"status": 1})
    assert slurm.max_array_size() == 1001
    assert slurm.max_array_size() is None


@pytest.mark.parametrize(
    "message",
    [
        "sbatch: error: invalid partition specified: gpux",
        "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified",
        "sbatch: error: Batch job submission failed: Requested node configuration is not available",
        "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy",
    ],
)
def test_some_refusals_are_for_good(message: str) -> None:
    assert slurm.rejected_for_good(message)


@pytest.mark.parametrize(
    "message",
    [
        "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
        "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)",
        "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying",
        "sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: "
        "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
        "sbatch: error: QOSGrpSubmitJobsLimit\nsbatch: error: Job violates accounting/QOS policy",
        "sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Job violates accounting/QOS policy",
        "sbatch: error: Batch job submission failed: Required partition not available (inactive or drain)",
    ],
)
def test_others_are_not(message: str) -> None:
    assert not slurm.rejected_for_good(message)
