"""Time limits, preemption, dead nodes, killed controllers: nothing is lost, nothing runs twice on the same outputs."""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Workflow, kill_group, until

COUNT = """
rule all:
    input: "count.txt"
rule count:
    output: "count.txt"
    log: "count.log"
    resources: runtime={runtime}, mem_mb="{memory}", nodes=1
    shell: "python3 counter.py {{output}} {count} > {{log}} 2>&1"
"""


PAIR = """
rule all:
    input: "a.txt", "b.txt"
rule count:
    output: "{name}.txt"
    params: setting=lambda wildcards: {"a": 0, "b": SETTING}[wildcards.name]
    resources: runtime=2, mem_mb=300, pack=2
    shell: "python3 counter.py {output} 16 {params.setting}"
"""


def counting(workflow: Workflow, seconds: int, runtime: int = 5, memory: int = 600) -> Workflow:
    rules = COUNT.format(runtime=runtime, memory=memory, count=4 * seconds).replace(f'"{memory}"', str(memory))
    return workflow.write(rules)


def starts(workflow: Workflow) -> list[tuple[int, str, str]]:
    """Count, job and node at each start of the counter."""
    lines = workflow.read("count.starts").splitlines()
    return [(int(count), job, node) for count, job, node in map(str.split, lines)]


def scancel(*arguments: str) -> None:
    subprocess.run(["scancel", *arguments], check=True)


def take_all_nodes() -> str:
    """Preempt what runs; the id of the job that does."""
    command = [
        "sbatch",
        "--parsable",
        "-p",
        "high",
        "--exclusive",
        "-N3",
        "-t1",
        "-o",
        "/dev/null",
        "--wrap",
        "sleep 6",
    ]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def untold(slurm: None) -> Iterator[None]:
    """Jobs that are preempted do not hear the signal that they asked for."""
    configuration = Path("/etc/slurm/slurm.conf")
    before = configuration.read_text()
    configuration.write_text(before.replace("SlurmctldParameters=preempt_send_user_signal", ""))
    subprocess.run(["scontrol", "reconfigure"], check=True)
    yield
    configuration.write_text(before)
    subprocess.run(["scontrol", "reconfigure"], check=True)


def test_a_job_that_is_preempted_without_its_signal_goes_on_from_what_it_saved(untold, workflow) -> None:
    process = counting(workflow, 25).start()
    workflow.wait_for("count.state")
    high = take_all_nodes()
    workflow.finish(process)
    (_, job, _), (second, same_job, _) = starts(workflow)
    assert second > 0
    assert job == same_job
    scancel(high)


def test_a_preempted_job_saves_and_goes_on(workflow) -> None:
    process = counting(workflow, 25).start()
    workflow.wait_for("count.starts")
    high = take_all_nodes()
    workflow.finish(process)
    (first, job, _), (second, same_job, _) = starts(workflow)
    assert (first, workflow.read("count.txt")) == (0, "100\n")
    assert second % 20 != 0 or second > 20, "the state was saved by the signal"
    assert job == same_job
    scancel(high)


def test_a_job_that_never_ends_is_given_up(workflow) -> None:
    output = counting(workflow, 400, runtime=1).run("--submitit-max-requeues", "0", succeeds=False)
    assert "reached its time limit 1 times" in output


def test_a_cancelled_job_is_reported_and_tried_again(workflow) -> None:
    process = counting(workflow, 15).start("--retries", "1")
    workflow.wait_for("count.starts")
    scancel(starts(workflow)[0][1])
    output = workflow.finish(process)
    assert "state CANCELLED" in output
    assert len(starts(workflow)) == 2
    assert workflow.read("count.txt") == "60\n"


def test_memory_beyond_the_limit_is_named_and_a_retry_gets_more(workflow) -> None:
    rules = """
rule all:
    input: "big.txt"
rule big:
    output: "big.txt"
    resources: runtime=2, mem_mb=lambda wildcards, attempt: 300 if attempt == 1 else 1500
    shell: "python3 -c 'import time; x = bytearray(600 * 2**20); time.sleep(5)' && touch {output}"
"""
    output = workflow.write(rules).run("--retries", "1")
    assert "exceeded memory limit" in output
    assert (workflow.folder / "big.txt").exists()


def test_a_dead_node_is_left_and_the_job_goes_on_elsewhere(workflow) -> None:
    process = counting(workflow, 20).start()
    workflow.wait_for("count.state", 90)
    _, job, node = starts(workflow)[0]
    base = Path(os.environ.get("SLURM_DEV_DIR", "/var/tmp/slurm-dev"))
    daemon = int((base / f"run/slurmd-{node}.pid").read_text())
    for pid in [daemon, *keepers(job), *members(job)]:  # in this order: nobody is left to tell the controller
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    try:
        workflow.finish(process)
    finally:
        subprocess.run(["slurmd", "-N", node], check=True)
    assert [count > 0 for count, _, _ in starts(workflow)] == [False, True]
    assert starts(workflow)[1][2] != node
    assert workflow.read("count.txt") == "80\n"


def keepers(job: str) -> list[int]:
    """Slurm's processes that keep a job."""
    return [pid for pid, command, _ in processes() if command.startswith(f"slurmstepd: [{job}.")]


def members(job: str) -> list[int]:
    """Processes of a job."""
    return [pid for pid, _, environment in processes() if f"SLURM_JOB_ID={job}" in environment]


def processes() -> list[tuple[int, str, list[str]]]:
    """Id, command line and environment of every process."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found.append((int(entry.name), command, (entry / "environ").read_bytes().decode().split("\0")))
    return found


@pytest.mark.parametrize("while_dead", ["still runs", "ends"])
def test_a_killed_workflow_takes_its_jobs_up_again(workflow, while_dead) -> None:
    process = counting(workflow, 12).start()
    workflow.wait_for("count.starts")
    kill_group(process)
    if while_dead == "ends":
        workflow.wait_for("count.txt")
        until(lambda: not subprocess.run(["squeue", "-h"], capture_output=True, text=True).stdout, 60, "the end")
    output = workflow.run()
    assert len(starts(workflow)) == 1
    assert workflow.read("count.txt") == "48\n"
    if while_dead == "still runs":
        assert re.search(r"Took up count again: job \d+", output)


def test_a_job_of_other_content_waits_for_what_shares_its_allocation(workflow) -> None:
    process = workflow.write(PAIR.replace("SETTING", "1")).start()
    for name in "ab":
        workflow.wait_for(f"{name}.starts")
    kill_group(process)
    output = workflow.write(PAIR.replace("SETTING", "2")).run()
    assert re.search(r"Took up count again: job \d+", output)
    assert len(workflow.read("a.starts").splitlines()) == 1
    first, second = workflow.read("b.starts").splitlines()
    assert first.split()[1] != second.split()[1]
    assert workflow.read("b.txt") == "16\n"


def test_a_job_of_other_content_is_cancelled_and_not_taken_up(workflow) -> None:
    process = counting(workflow, 60).start()
    workflow.wait_for("count.starts")
    kill_group(process)
    (workflow.folder / "count.state").unlink(missing_ok=True)
    counting(workflow, 3).run()
    assert workflow.read("count.txt") == "12\n"
    (_, first, _), (_, second, _) = starts(workflow)
    assert first != second


@pytest.mark.parametrize(
    ("number", "arguments", "left"),
    [(signal.SIGINT, (), False), (signal.SIGINT, ("--submitit-keep-running",), True), (signal.SIGTERM, (), False)],
)
def test_an_interrupted_workflow_cancels_its_jobs_or_leaves_them(workflow, number, arguments, left) -> None:
    process = counting(workflow, 60).start(*arguments)
    workflow.wait_for("count.starts")
    os.kill(process.pid, number)
    if number == signal.SIGTERM:  # Snakemake itself may hang, the jobs must go all the same
        until(lambda: not running(), 20, "the job's end")
        kill_group(process)
    else:
        workflow.finish(process, succeeds=False)
    assert bool(running()) == left


def running() -> str:
    return subprocess.run(["squeue", "-h", "-t", "running"], capture_output=True, text=True, check=True).stdout
