"""Arrays, packing and groups on a real Slurm."""

import pyarrow.parquet as pq
from conftest import job_ids

SINGLE = """
rule all:
    input: expand("{name}.txt", name=list("abcde"))
rule one:
    output: "{name}.txt"
    resources: runtime=2, mem_mb=200, gpu=1
    shell: "echo ${{SLURM_ARRAY_TASK_ID:-}} $CUDA_VISIBLE_DEVICES > {output}"
"""

PACKED = """
rule all:
    input: expand("{name}.txt", name=list("abcde"))
rule one:
    output: "{name}.txt"
    resources: runtime=2, mem_mb=300, gpu=1, pack=3
    shell: "echo $SLURM_JOB_ID $SLURM_CPUS_PER_TASK $CUDA_VISIBLE_DEVICES > {output}; [ {wildcards.name} != b ]"
"""

CHAINS = """
rule all:
    input: expand("{chain}/3.txt", chain=["x", "y"])
rule first:
    output: "{chain}/1.txt"
    group: "chain"
    resources: runtime=2, mem_mb=600
    shell: "echo $SLURM_JOB_ID ${{SLURM_ARRAY_TASK_ID:-}} > {output}; echo >> {wildcards.chain}.firsts"
rule second:
    input: "{chain}/1.txt"
    output: "{chain}/2.txt"
    group: "chain"
    resources: runtime=2, mem_mb=600
    shell: "cp {input} {output}"
rule third:
    input: "{chain}/2.txt"
    output: "{chain}/3.txt"
    group: "chain"
    resources: runtime=2, mem_mb=600
    shell: "python3 counter.py {wildcards.chain}/count 40 && cp {input} {output}"
"""


def test_ready_jobs_are_one_array_and_each_has_its_gpu(workflow) -> None:
    output = workflow.write(SINGLE).run()
    assert len(job_ids(output)) == 1
    lines = [workflow.read(f"{name}.txt").split() for name in "abcde"]
    assert sorted(task for task, _ in lines) == list("01234")
    assert {gpu for _, gpu in lines} <= {"0", "1"}
    table = pq.read_table(workflow.folder / ".snakemake/submitit/efficiency.parquet").to_pylist()
    assert {(row["rule"], row["state"], row["gpus"], row["failed"]) for row in table} == {
        ("one", "COMPLETED", 1, False)
    }
    assert all(row["gpu_hours"] > 0 and row["memory_requested_mb"] == 200 for row in table)


def test_packed_jobs_share_a_gpu_and_not_their_failures(workflow) -> None:
    output = workflow.write(PACKED).run("--keep-going", succeeds=False)
    assert "exit status 1; node gpu" in output
    lines = {name: workflow.read(f"{name}.txt").split() for name in "acde"}
    assert len({job for job, _, _ in lines.values()}) == 2
    assert {cpus for _, cpus, _ in lines.values()} == {"3", "2"}
    assert all(gpu in {"0", "1"} for _, _, gpu in lines.values())
    assert not (workflow.folder / "b.txt").exists()
    failed = pq.read_table(workflow.folder / ".snakemake/submitit/efficiency.parquet").column("failed").to_pylist()
    assert sorted(failed) == [False] * 4 + [True]
    assert len(list((workflow.folder / ".snakemake/submitit/logs").iterdir())) == 1


def test_a_chain_is_one_allocation(workflow) -> None:
    output = workflow.write(CHAINS).run()
    assert len(job_ids(output)) == 1
    assert sorted(workflow.read(f"{chain}/3.txt").split()[1] for chain in "xy") == ["0", "1"]


def test_packed_chains_share_an_allocation(workflow) -> None:
    output = workflow.write(CHAINS).run("--submitit-pack", "2")
    assert len(job_ids(output)) == 1
    assert len({workflow.read(f"{chain}/3.txt") for chain in "xy"}) == 1


def test_arrays_are_split(workflow) -> None:
    output = workflow.write(SINGLE).run("--submitit-max-array", "2")
    assert len(job_ids(output)) == 3
