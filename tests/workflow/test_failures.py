"""Killed, failing and damaged: nothing finished is lost, nothing wrong is used."""

import os
import signal
import time

from conftest import STUDY

from recursive_roar.artifacts import read_table


def scores(project) -> list[dict]:
    return read_table(project.folder / "results/scores/runs.parquet").to_pylist()


def test_a_killed_workflow_goes_on_and_ends_with_the_same_scores(finished, empty) -> None:
    process = empty.start()
    done = empty.folder / "results/baseline/babi-1/bilstm-attention/seed0/metrics.json"
    deadline = time.monotonic() + 240
    while not done.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert done.exists()
    assert not (empty.folder / "results/report.html").exists()
    empty.snakemake()
    assert scores(empty) == scores(finished)


def test_two_runs_on_the_same_results_do_not_mix(empty) -> None:
    first = empty.start()
    claim = empty.folder / "results/.claim"
    deadline = time.monotonic() + 240
    while not claim.exists() and first.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    output = empty.snakemake(succeeds=False)
    assert f"results is being worked on by process {first.pid} on" in output
    assert first.poll() is None
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()


def test_a_failing_cell_leaves_the_others_and_the_report_names_it(project) -> None:
    (dataset,) = STUDY["datasets"]
    diverging = {**dataset, "name": "babi-2", "generate": {"task": 2, "train": 120, "test": 40}}
    diverging["models"] = {"bilstm-attention": {"recipe": {"epochs": 1, "learning_rate": 1e38}}}
    project.configure(datasets=[dataset, diverging])
    output = project.snakemake("--keep-going", succeeds=False)
    assert "The training diverged in epoch 1" in output
    page = (project.folder / "results/partial/report.html").read_text()
    assert "This report is incomplete" in page
    assert "results/baseline/babi-2/bilstm-attention/seed0/metrics.json" in page
    partial = read_table(project.folder / "results/partial/scores/scores.parquet").to_pylist()
    status = {row["dataset"]: row["status"] for row in partial}
    assert status["babi-2"] == "missing"
    assert status["babi-1"] != "missing"
    leakage = read_table(project.folder / "results/partial/scores/leakage.parquet").to_pylist()
    assert {row["dataset"] for row in leakage} == {"babi-1"}
    assert page.count("<li>attention, seed 0: missing</li>") == 1


def test_a_damaged_file_is_named_with_what_to_do(project) -> None:
    path = "results/baseline/babi-1/bilstm-attention/seed0/model.safetensors"
    data = bytearray((project.folder / path).read_bytes())
    data[-1] ^= 1
    (project.folder / path).write_bytes(data)
    project.configure(explainers=["random", "attention", "gradient"])
    output = project.snakemake(succeeds=False)
    assert f"{path}: the content does not match its checksum" in output
    assert "Delete this file" in output
    (project.folder / path).unlink()
    project.snakemake()
    assert {row["status"] for row in scores(project)} == {"done"}
