"""Faults in the middle of the project's own workflow: it ends with the scores of an undisturbed local run."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from conftest import kill_group, until
from study import ON_SLURM, SCORES, Study, configuration
from test_faults import keepers, members, scancel

from recursive_roar.artifacts import read_tensors

CONTENT = configuration([0], step=50, epochs=150)  # trainings that outlast what happens to them
STATE = ".unfinished/*baseline*.safetensors"
Fault = Callable[[Study, subprocess.Popen[str]], subprocess.Popen[str]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = Study.create(tmp_path_factory.mktemp("local") / "project", CONTENT)
    study.run("--cores", "2", SCORES)
    return study


def running(rule: str) -> list[tuple[str, str]]:
    """Job id and node of each running job of a rule."""
    lines = subprocess.run(["squeue", "-h", "-t", "running", "-o", "%j %i %N"], capture_output=True, text=True).stdout
    return [tuple(line.split()[1:]) for line in lines.splitlines() if line.startswith(f"{rule}-")]


def wait_for(study: Study, pattern: str) -> None:
    until(lambda: any((study.folder / "results").glob(pattern)), 300, pattern)


def a_training_is_cancelled(study: Study, process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    wait_for(study, STATE)
    ((job, _),) = running("train_baseline")
    scancel(job)
    return process


def a_round_is_requeued_while_it_writes(study: Study, process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    wait_for(study, "**/round1/masked_at/train.parquet")
    for job, _ in running("retrain_round"):
        subprocess.run(["scontrol", "requeue", job], check=True)
    until(lambda: any(result["requeued"] for result in study.results("retrain_round")), 300, "a requeued round's end")
    return process


def a_training_is_preempted(study: Study, process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    wait_for(study, STATE)
    assert running("train_baseline")
    command = ["sbatch", "-W", "-p", "high", "--exclusive", "-N3", "-t1", "-o", "/dev/null", "--wrap", "sleep 3"]
    subprocess.run(command, check=True)
    until(lambda: study.results("train_baseline"), 300, "the training's end")
    assert all(result["requeued"] for result in study.results("train_baseline"))
    return process


def the_workflow_is_killed(study: Study, process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    wait_for(study, "**/round1/masked_at/train.parquet")
    kill_group(process)
    return study.start(*ON_SLURM, SCORES)


def a_node_dies(study: Study, process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    wait_for(study, STATE)
    ((job, node),) = running("train_baseline")
    base = Path(os.environ.get("SLURM_DEV_DIR", "/var/tmp/slurm-dev"))
    daemon = int((base / f"run/slurmd-{node}.pid").read_text())
    for pid in [daemon, *keepers(job), *members(job)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    try:
        until(lambda: study.results("train_baseline"), 300, "the training's end elsewhere")
    finally:
        subprocess.run(["slurmd", "-N", node], check=True)
    assert all(result["requeued"] and result["node"] != node for result in study.results("train_baseline"))
    return process


@pytest.mark.parametrize(
    "faults",
    [
        (a_training_is_cancelled, a_round_is_requeued_while_it_writes),
        (a_training_is_preempted, the_workflow_is_killed),
        (a_node_dies,),
    ],
    ids=lambda faults: ", ".join(fault.__name__ for fault in faults).replace("_", " "),
)
def test_the_scores_are_those_of_an_undisturbed_run(slurm, undisturbed, tmp_path, faults: tuple[Fault, ...]) -> None:
    study = Study.create(tmp_path / "project", CONTENT)
    process = study.start(*ON_SLURM, SCORES)
    for fault in faults:
        with killed_on_failure(process):
            process = fault(study, process)
    output = study.finish(process)
    assert study.same_scores_as(undisturbed)
    assert attempts(study, "train_baseline") == ({1, 2} if a_training_is_cancelled in faults else {1})
    assert ("Took up retrain_round again: job" in output) == (the_workflow_is_killed in faults)


@contextlib.contextmanager
def killed_on_failure(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        kill_group(process)
        raise


def attempts(study: Study, rule: str) -> set[int]:
    return {job["attempt"] for job in study.jobs() if job["rule"] == rule}


def test_a_retry_after_too_much_memory_gives_the_same_scores(slurm, undisturbed, tmp_path) -> None:
    study = Study.create(tmp_path / "project", CONTENT)
    # Everything before the rounds is there already.
    for part in ("results/datasets", "results/tokens", "results/baseline", "results/fully-masked"):
        shutil.copytree(undisturbed.folder / part, study.folder / part)
    mtimes = ("--rerun-triggers", "mtime")
    output = study.run(
        *ON_SLURM, SCORES, *mtimes, "--set-resources", "retrain_round:mem_mb=100 if attempt == 1 else 4000"
    )
    assert "exceeded memory limit" in output
    assert attempts(study, "retrain_round") == {1, 2}
    assert study.same_scores_as(undisturbed)


def test_a_training_over_its_time_limit_ends_with_the_same_bits(slurm, tmp_path) -> None:
    local, cluster = (Study.create(tmp_path / name, CONTENT) for name in ("local", "cluster"))
    target = "results/baseline/babi-1/bilstm-attention/seed0/model.safetensors"
    beside = local.start("--cores", "1", target)
    process = cluster.start(*ON_SLURM, target, "--set-resources", "train_baseline:runtime=1")
    with killed_on_failure(process):
        hold_until_warned(cluster, "train_baseline")
    cluster.finish(process)
    local.finish(beside)
    (result,) = cluster.results("train_baseline")
    assert result["requeued"] >= 1
    weights, same = (read_tensors(study.folder / target)[0] for study in (local, cluster))
    assert weights.keys() == same.keys()
    assert all(torch.equal(weights[name], same[name]) for name in weights)


def hold_until_warned(study: Study, rule: str) -> None:
    """Make a step that has begun as slow as it takes for its time limit to come, however fast the machine is."""
    wait_for(study, STATE)
    ((job, _),) = running(rule)
    held = [pid for pid in members(job) if b"jobs.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        (log,) = study.folder.glob(f".snakemake/submitit/submitit/{job}/*.err")
        until(lambda: "Caught signal SIGUSR2" in log.read_text(), 120, "the warning before the time limit")
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)
