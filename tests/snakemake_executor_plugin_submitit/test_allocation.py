"""What runs on a node, run here."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from snakemake_executor_plugin_submitit.allocation import Allocation, Step
from snakemake_executor_plugin_submitit.folder import read_result

CATCHES = "trap 'echo saved > {name}; exit 75' USR2; touch {name}.listens; for i in $(seq 100); do sleep 0.1; done"


def allocation(folder: Path, *steps: Step, **settings) -> Allocation:
    values = {"grace": 5.0, "limit": 3600.0, "max_timeouts": 1, **settings}
    return Allocation(steps, folder, folder, **values)


def results(folder: Path) -> dict[str, tuple[object, object]]:
    found = {path.stem: read_result(path) for path in (folder / "results").glob("*.json")}
    return {key: (result["returncode"], result["reason"]) for key, result in found.items()}


def test_each_step_has_its_own_end_and_log(tmp_path) -> None:
    allocation(tmp_path, Step("a", "echo fine"), Step("b", "echo bad; exit 3"))()
    assert results(tmp_path) == {"a": (0, "exit status 0"), "b": (3, "exit status 3")}
    assert (tmp_path / "logs/b.log").read_text() == "bad\n"


@pytest.mark.parametrize(("gpus", "seen"), [(None, "5"), ("", ""), ("GPU-8e0b", "GPU-8e0b")])
def test_steps_see_the_gpus_of_their_allocation(tmp_path, monkeypatch, gpus, seen) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    allocation(tmp_path, Step("a", "echo $CUDA_VISIBLE_DEVICES"), gpus=gpus)()
    assert (tmp_path / "logs/a.log").read_text() == f"{seen}\n"
    assert read_result(tmp_path / "results/a.json")["gpus"] == seen


def test_steps_run_side_by_side_and_in_order(tmp_path) -> None:
    wait = "touch {own}; for i in $(seq 50); do [ -e {other} ] && exit 0; sleep 0.1; done; exit 1"
    steps = [
        Step("a", wait.format(own="a", other="b")),
        Step("b", wait.format(own="b", other="a")),
        Step("c", "[ -e a ] && exit 4", after=("a", "b")),
        Step("d", "true", after=("c",)),
    ]
    allocation(tmp_path, *steps)()
    assert results(tmp_path) == {
        "a": (0, "exit status 0"),
        "b": (0, "exit status 0"),
        "c": (4, "exit status 4"),
        "d": (None, "a step before it failed"),
    }


def test_a_step_without_its_outputs_did_not_succeed(tmp_path) -> None:
    steps = (Step("a", "touch one", outputs=("one", "two")), Step("b", "touch three", ("a",), ("three",)))
    allocation(tmp_path, *steps)()
    assert results(tmp_path) == {
        "a": (1, "it ended well, but did not make two"),
        "b": (None, "a step before it failed"),
    }
    allocation(tmp_path, Step("c", "touch two; rm one; touch one", outputs=("one", "two")))()
    assert results(tmp_path)["c"] == (0, "exit status 0")
    allocation(tmp_path, Step("d", "true", outputs=("one",)))()  # what is there is of an earlier run
    assert results(tmp_path)["d"] == (1, "it ended well, but did not make one")


@pytest.mark.parametrize(("states", "asked"), [(["RUNNING", "RUNNING", "COMPLETING"], 3), (["COMPLETING"], 1)])
def test_a_preempted_job_does_not_end_by_itself(fake_slurm, tmp_path, monkeypatch, states, asked) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setattr("snakemake_executor_plugin_submitit.allocation.GRACE_POLL_SECONDS", 0.0)
    fake_slurm.answers("squeue", *({"out": f"{state}\n"} for state in states))
    work = allocation(tmp_path, Step("a", "sleep 60"), grace=0.1)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    before = signal.getsignal(signal.SIGTERM)
    try:
        work()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert len(fake_slurm.calls("squeue")) == asked
    assert results(tmp_path) == {}


def test_what_has_a_result_is_not_run_again(tmp_path) -> None:
    steps = (Step("a", "echo >> runs"), Step("b", "echo >> runs"))
    allocation(tmp_path, steps[0])()
    allocation(tmp_path, *steps)()
    assert (tmp_path / "runs").read_text() == "\n\n"


def interrupted(work: Allocation, act, ready: Path | None = None) -> None:
    """Run `act` in the main thread while the allocation works in it, as a signal handler does."""

    def on_alarm(number: int, frame: object) -> None:
        if ready and not ready.exists():
            signal.setitimer(signal.ITIMER_REAL, 0.1)
        else:
            act()

    previous = signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.7)
    try:
        with pytest.raises(SystemExit):
            work()
    finally:
        signal.signal(signal.SIGALRM, previous)


def checkpointed(work: Allocation, ready: Path | None = None) -> object:
    found = []

    def act() -> None:
        found.append(work.checkpoint())
        raise SystemExit

    interrupted(work, act, ready)
    return found[0]


def test_a_checkpoint_lets_commands_save_and_goes_on_with_the_rest(tmp_path) -> None:
    work = allocation(tmp_path, Step("quick", "true"), Step("slow", CATCHES.format(name="slow")))
    work = pickle.loads(pickle.dumps(work))
    start = time.monotonic()
    delayed = checkpointed(work, ready=tmp_path / "slow.listens")
    assert time.monotonic() - start < 4
    assert (tmp_path / "slow").read_text() == "saved\n"
    assert results(tmp_path) == {"quick": (0, "exit status 0")}
    assert pickle.loads(pickle.dumps(delayed.function)).steps == work.steps


def test_a_command_that_succeeds_in_the_time_to_save_has_its_result(tmp_path) -> None:
    work = allocation(tmp_path, Step("a", "sleep 1.2"), limit=1.0, max_timeouts=0)
    checkpointed(work)
    assert results(tmp_path) == {"a": (0, "exit status 0")}


def test_a_command_that_does_not_listen_is_ended(tmp_path) -> None:
    work = allocation(tmp_path, Step("deaf", "sleep 60"), grace=0.3)
    start = time.monotonic()
    assert checkpointed(work) is not None
    assert time.monotonic() - start < 5
    assert results(tmp_path) == {}


def test_time_outs_are_counted_and_preemptions_are_not(tmp_path) -> None:
    preempted = checkpointed(allocation(tmp_path, Step("a", "sleep 60"), grace=0.1, max_timeouts=0, gpus="3"))
    assert (preempted.function.timeouts, preempted.function.gpus) == (0, "3")
    assert checkpointed(allocation(tmp_path, Step("a", "sleep 60"), grace=0.1, limit=1.0, max_timeouts=0)) is None
    assert results(tmp_path) == {"a": (None, "reached its time limit 1 times")}


@pytest.mark.parametrize(("command", "grace"), [("sleep 60", 30), ("trap '' TERM; sleep 60 & wait", 0.5)])
def test_a_terminated_allocation_ends_its_steps_and_blames_none(tmp_path, command, grace) -> None:
    start = time.monotonic()
    work = allocation(tmp_path, Step("a", command), grace=grace)
    before = signal.getsignal(signal.SIGTERM)

    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    try:
        work()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert time.monotonic() - start < 15
    assert results(tmp_path) == {}


def test_a_node_loads_the_side_of_the_node_alone() -> None:
    program = "import sys, snakemake_executor_plugin_submitit.allocation; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"snakemake", "pyarrow", "snakemake_executor_plugin_submitit.executor"} & set(loaded)
