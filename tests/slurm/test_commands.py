"""Slurm's own commands fail in front of a real Slurm: no job is lost, doubled or falsely failed."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from conftest import job_ids, until
from test_faults import counting, running, scancel, starts

FAILS = """#!/bin/bash
# Misbehaves as often as the file beside it says, then is the real command.
left=$(cat {count})
if [ "$left" -gt 0 ]; then
    echo $((left - 1)) > {count}
    {misbehaviour}
fi
exec {real} "$@"
"""
BUSY = 'echo "sbatch: error: Batch job submission failed: Unable to contact slurm controller" >&2; exit 1'
LOSES_THE_ANSWER = '{real} "$@" > /dev/null; echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1'
BROKEN = 'echo "{command}: error: slurm_persist_conn_open: Connection refused" >&2; exit 1'
DISABLED = 'echo "Slurm accounting storage is disabled" >&2; exit 1'
EMPTY = "exit 0"


@pytest.fixture
def failing(workflow, tmp_path_factory, monkeypatch):
    """Let a command misbehave a number of times; the file returned counts down."""
    folder = tmp_path_factory.mktemp("bin")
    monkeypatch.setenv("PATH", str(folder), prepend=":")

    def fail(command: str, misbehaviour: str, times: int) -> Path:
        real = shutil.which(command, path="/usr/bin:/usr/local/bin")
        count, script = folder / f"{command}.count", folder / command
        count.write_text(str(times))
        script.write_text(
            FAILS.format(count=count, real=real, misbehaviour=misbehaviour.format(real=real, command=command))
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return count

    return fail


def test_a_busy_scheduler_is_asked_again(workflow, failing) -> None:
    failing("sbatch", BUSY, 1)
    output = counting(workflow, 1).run()
    assert "is tried again: " in output
    assert "Unable to contact slurm controller" in output
    assert len(starts(workflow)) == 1


def test_a_job_whose_submission_was_not_confirmed_does_not_run_twice(workflow, failing) -> None:
    failing("sbatch", LOSES_THE_ANSWER, 1)
    counting(workflow, 1).run()
    assert len(starts(workflow)) == 1
    queue = subprocess.run(["squeue", "-h", "-t", "pending,running"], capture_output=True, text=True, check=True)
    assert queue.stdout == ""


@pytest.mark.parametrize("misbehaviour", [BROKEN, EMPTY], ids=["broken", "empty"])
def test_a_job_is_not_failed_because_nothing_is_known_of_it(workflow, failing, misbehaviour) -> None:
    failing("sacct", misbehaviour, 5)
    counting(workflow, 12).run()
    assert len(starts(workflow)) == 1


def test_an_interrupt_during_a_slow_look_cancels_all_the_same(workflow, failing) -> None:
    looks = failing("sacct", "sleep 5", 1000)
    process = counting(workflow, 60).start()
    workflow.wait_for("count.starts")
    before = looks.read_text()
    until(lambda: looks.read_text() not in (before, ""), 30, "a look")
    os.kill(process.pid, signal.SIGINT)
    workflow.finish(process, succeeds=False)
    assert not running()


def test_without_accounts_squeue_tells(workflow, failing) -> None:
    failing("sacct", DISABLED, 1000)
    process = counting(workflow, 60).start()
    workflow.wait_for("count.starts")
    scancel(starts(workflow)[0][1])
    output = workflow.finish(process, succeeds=False)
    assert "state CANCELLED" in output


def test_a_job_without_a_trace_is_reported_in_time(workflow, failing) -> None:
    failing("sacct", EMPTY, 1000)
    process = counting(workflow, 60).start("--submitit-vanished-seconds", "8")
    output = workflow.finish(process, succeeds=False)
    assert "the scheduler no longer knows the job" in output


def test_a_refusal_is_reported_at_once(workflow) -> None:
    output = counting(workflow, 1).run("--submitit-partition", "nowhere", succeeds=False)
    assert "The submission was refused" in output
    assert "invalid partition specified: nowhere" in output
    assert not Path(workflow.folder / "count.starts").exists()


def test_unknown_resources_are_refused_before_anything_is_submitted(workflow) -> None:
    output = counting(workflow, 1).run("--set-resources", "count:runtim=5", succeeds=False)
    assert "runtim is not known; did you mean runtime?" in output
    assert job_ids(output) == []
