"""The executor inside a real Snakemake, in front of Slurm's commands that say what the test lets them say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FakeSlurm

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


def snakemake(folder: Path, *arguments: str, rules: str = RULES) -> str:
    (folder / "Snakefile").write_text(rules)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    command = [
        sys.executable, "-m", "snakemake", "--jobs", "5", "--latency-wait", "1", "--executor", "submitit",
        "--submitit-cluster", "slurm", "--submitit-status-seconds", "1", "--submitit-poll-seconds", "0.1",
        "--submitit-vanished-seconds", "2", "--nolock", *arguments,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    return done.stdout + done.stderr


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
    assert "To try the submission by hand: sbatch " in output


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
