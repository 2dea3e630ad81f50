"""The executor inside a real Snakemake, in front of Slurm's commands that say what the test lets them say."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import FakeSlurm
from snakemake.common.tbdstring import TBDString
from submitit.core.utils import DelayedSubmission

from snakemake_executor_plugin_submitit.allocation import Allocation
from snakemake_executor_plugin_submitit.folder import read_result
from snakemake_executor_plugin_submitit.ledger import Ledger
from snakemake_executor_plugin_submitit.request import work_of

REPOSITORY = Path(__file__).parents[2]
RULES = """
rule all:
    input: "one.txt"
rule one:
    output: "one.txt"
    resources: runtime=lambda wildcards, attempt: 10 * attempt, mem_mb=lambda wildcards, attempt: 500 * attempt
    shell: "touch {output}"
"""

CHAINS = """
rule all:
    input: expand("chain{number}/three.txt", number=range(4))
rule one:
    output: "{chain}/one.txt"
    shell: "touch {output}"
rule two:
    input: "{chain}/one.txt"
    output: "{chain}/two.txt"
    shell: "touch {output}"
rule three:
    input: "{chain}/two.txt"
    output: "{chain}/three.txt"
    shell: "touch {output}"
"""


LATE = """
rule all:
    input: "small.txt", "large.txt"
localrules: size
rule size:
    output: "{name}.size"
    shell: "echo {wildcards.name} > {output}"
def memory(wildcards, input):
    return 100 if open(input[0]).read().strip() == "small" else -100
rule one:
    input: "{name}.size"
    output: "{name}.txt"
    resources: mem_mb=memory
    shell: "touch {output}"
"""


def start(folder: Path, *arguments: str, rules: str = RULES) -> subprocess.Popen[str]:
    (folder / "Snakefile").write_text(rules)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    command = [
        sys.executable, "-m", "snakemake", "--jobs", "5", "--latency-wait", "1", "--executor", "submitit",
        "--submitit-cluster", "slurm", "--submitit-status-seconds", "1", "--submitit-poll-seconds", "0.1",
        "--submitit-vanished-seconds", "2", "--nolock", *arguments,
    ]  # fmt: skip
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def snakemake(folder: Path, *arguments: str, rules: str = RULES, status: int = 1) -> str:
    process = start(folder, *arguments, rules=rules)
    try:
        output, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == status, output
    return output


def scripts(folder: Path) -> list[str]:
    return [path.read_text() for path in sorted(folder.glob(".snakemake/submitit/submitit/*/*_submission.sh"))]


def submitted(fake_slurm: FakeSlurm, *states: str) -> None:
    """Each attempt is job 1, 2, ..., of which sacct says the next of `states`."""
    fake_slurm.answers("sbatch", *({"out": f"Submitted batch job {job}\n"} for job in range(1, len(states) + 1)))
    # Asked twice of each: an ended job has until --latency-wait for its result.
    answers = [{"out": f"{job}|{state}|gpu{job}\n"} for job, state in enumerate(states, 1) for _ in range(2)]
    fake_slurm.answers("sacct", *answers)


def test_a_retry_asks_for_more_and_avoids_the_node_that_failed(fake_slurm, tmp_path) -> None:
    submitted(fake_slurm, "BOOT_FAIL", "FAILED")
    output = snakemake(tmp_path, "--retries", "1")
    first, second = scripts(tmp_path)
    assert "--time=10\n" in first
    assert "--mem=500M" in first
    assert "--exclude" not in first
    assert "--time=20\n" in second
    assert "--mem=1000M" in second
    assert "--exclude=gpu1\n" in second
    assert "Job 1 failed: state BOOT_FAIL; node gpu1." in output
    assert "The script that was submitted: " in output


def test_nodes_that_a_rule_avoids_are_named_to_slurm_as_the_rule_names_them(fake_slurm, tmp_path) -> None:
    submitted(fake_slurm, "BOOT_FAIL", "FAILED")
    snakemake(tmp_path, "--retries", "1", "--default-resources", "exclude='node[01,03]'")
    first, second = scripts(tmp_path)
    assert "--exclude='node[01,03]'\n" in first
    assert "--exclude='node[01,03],gpu1'\n" in second


@pytest.mark.parametrize("state", ["COMPLETED", "OUT_OF_MEMORY", "CANCELLED by 0", "NODE_FAIL", "ODD"])
def test_every_end_without_a_result_is_named(fake_slurm, tmp_path, state) -> None:
    fake_slurm.answers("sbatch", {"out": "Submitted batch job 1\n"})
    fake_slurm.answers("sacct", *[{"out": f"1|{state}|gpu1\n"}] * 9)
    output = snakemake(tmp_path)
    assert f"Job 1 failed: state {state.split()[0]}; node gpu1." in output
    assert len(fake_slurm.calls("sbatch")) == 1


def test_a_job_that_vanished_is_cancelled_and_named(fake_slurm, tmp_path) -> None:
    fake_slurm.answers("sbatch", {"out": "Submitted batch job 1\n"})
    output = snakemake(tmp_path)
    assert "Job 1 failed: the scheduler no longer knows the job" in output
    assert ["1"] in fake_slurm.calls("scancel")


def test_four_chains_of_three_rounds_are_one_call_of_sbatch(fake_slurm, tmp_path) -> None:
    fake_slurm.answers("sbatch", {"out": "Submitted batch job 1\n"})
    snakemake(tmp_path, "--keep-going", "--groups", "one=c", "two=c", "three=c", "--cores", "1", rules=CHAINS)
    assert len(fake_slurm.calls("sbatch")) == 1
    (script,) = scripts(tmp_path)
    assert "--array=0-3" in script


def test_a_refused_group_says_why(fake_slurm, tmp_path) -> None:
    fake_slurm.answers("sbatch", {"error": "sbatch: error: invalid partition specified: gpux", "status": 1})
    output = snakemake(tmp_path, "--groups", "one=c")
    assert "The submission was refused: sbatch: error: invalid partition specified: gpux" in output


def test_resources_that_turn_out_wrong_fail_their_job_alone(fake_slurm, tmp_path) -> None:
    fake_slurm.answers("sbatch", {"out": "Submitted batch job 1\n"})
    fake_slurm.answers("sacct", *[{"out": "1|FAILED|gpu1\n"}] * 9)
    output = snakemake(tmp_path, "--keep-going", rules=LATE)
    assert "mem_mb is -100; it must be at least 1" in output
    assert "Job 1 failed: state FAILED" in output
    assert "#SBATCH --mem=100M\n" in scripts(tmp_path)[0]


def killed(
    fake_slurm: FakeSlurm, folder: Path, *arguments: str, rules: str = RULES, by: int = signal.SIGKILL
) -> Allocation:
    """What a workflow submitted before it was killed; it is job 1, and runs."""
    fake_slurm.answers("sbatch", {"out": "Submitted batch job 1\n"})
    fake_slurm.answers("sacct", *[{"out": "1|RUNNING|gpu1\n"}] * 99)
    process = start(folder, *arguments, rules=rules)
    pickled = folder / ".snakemake/submitit/submitit/1/1_submitted.pkl"
    deadline = time.monotonic() + 60
    while not pickled.exists() or not list((folder / ".snakemake/incomplete").glob("*")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(by)
    process.communicate()
    return DelayedSubmission.load(pickled).function


def perform(allocation: Allocation) -> None:
    """Run an allocation here, which has a handler of its own for SIGTERM."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        allocation()
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_chain_is_taken_up_after_its_first_round(fake_slurm, tmp_path) -> None:
    rules = CHAINS.replace("range(4)", "range(1)")
    arguments = ("--groups", "one=c", "two=c", "three=c")
    allocation = killed(fake_slurm, tmp_path, *arguments, rules=rules)
    allocation.steps = allocation.steps[:1]
    perform(allocation)
    fake_slurm.answers("sacct", *[{"out": "1|RUNNING|gpu1\n"}] * 2, *[{"out": "1|FAILED|gpu1\n"}] * 9)
    output = snakemake(tmp_path, *arguments, rules=rules)
    assert "again: job 1 of an earlier run" in output
    assert "Job 1 failed: state FAILED" in output
    assert (len(fake_slurm.calls("sbatch")), fake_slurm.calls("scancel")) == (1, [])


@pytest.mark.parametrize("inputs", [1, 40])
def test_a_job_that_is_left_may_start_when_the_workflow_has_ended(fake_slurm, tmp_path, inputs) -> None:
    names = [f"in{number}.txt" for number in range(inputs)]
    for name in names:
        (tmp_path / name).touch()
    rules = RULES.replace('output: "one.txt"', f'input: {names}\n    output: "one.txt"')
    allocation = killed(fake_slurm, tmp_path, "--submitit-keep-running", rules=rules, by=signal.SIGINT)
    perform(allocation)
    assert (tmp_path / "one.txt").exists()


def test_an_input_that_the_node_does_not_see_fails_the_job_and_its_log_says_so(fake_slurm, tmp_path) -> None:
    (tmp_path / "in.txt").touch()
    rules = RULES.replace('output: "one.txt"', 'input: "in.txt"\n    output: "one.txt"')
    allocation = killed(fake_slurm, tmp_path, rules=rules)
    (tmp_path / "in.txt").unlink()
    perform(allocation)
    (result,) = (tmp_path / ".snakemake/submitit/results").glob("*.json")
    assert read_result(result)["reason"] == "it ended well, but did not make one.txt"
    (log,) = (tmp_path / ".snakemake/submitit/logs").glob("*.log")
    assert "in.txt" in log.read_text()


def test_what_depends_on_a_file_that_is_still_to_be_made_is_not_compared_later() -> None:
    job = SimpleNamespace(params={"size": 3}, input=["a"], output=["b"], shellcmd="make b")
    assert work_of(job).complete
    job.params["size"] = TBDString()
    assert not work_of(job).complete


@pytest.fixture
def finished_alone(fake_slurm: FakeSlurm, tmp_path: Path) -> Path:
    """A folder whose job finished after the workflow was killed."""
    perform(killed(fake_slurm, tmp_path))
    assert (tmp_path / "one.txt").exists()
    return tmp_path


def test_a_job_that_finished_without_a_workflow_is_recorded(finished_alone) -> None:
    assert "Nothing to be done" in snakemake(finished_alone, status=0)
    assert Ledger(finished_alone / ".snakemake/submitit/ledger.jsonl").open_entries() == {}
    output = snakemake(finished_alone, "--dry-run", rules=RULES.replace("touch {output}", "date > {output}"), status=0)
    assert "Params have changed" in output or "Code has changed" in output, output


def test_a_job_that_finished_without_a_workflow_is_not_taken_for_another(finished_alone) -> None:
    other = RULES.replace("touch {output}", "date > {output}")
    output = snakemake(finished_alone, rules=other)
    assert "have changed since then:\n- one.txt\nTo have them made anew, delete them" in output
    snakemake(finished_alone, "--touch", "--forcerun", "one.txt", rules=other, status=0)
    assert "Nothing to be done" in snakemake(finished_alone, rules=other, status=0)
