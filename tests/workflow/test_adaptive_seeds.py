"""Seeds that are added one invocation at a time, through the real Snakefile."""

from recursive_roar.artifacts import read_json, read_table, write_json


def test_each_run_adds_a_step_until_no_more_are_allowed(empty) -> None:
    empty.configure(seeds=[0], statistics={"precision": 0.0001, "max_seeds": 3})
    assert empty.planned()["train_baseline"] == 1
    output = empty.snakemake()
    assert "Run the same command again: it adds the seeds 1." in output
    assert read_json(empty.folder / "results/seeds.json") == {"seeds": [0]}
    first = (empty.folder / "results/baseline/babi-1/bilstm-attention/seed0/metrics.json").read_bytes()

    planned = empty.planned()
    assert (planned["train_baseline"], planned["retrain_round"], planned["score"]) == (1, 4, 1)
    empty.snakemake()
    assert read_json(empty.folder / "results/seeds.json") == {"seeds": [0, 1]}
    assert first == (empty.folder / "results/baseline/babi-1/bilstm-attention/seed0/metrics.json").read_bytes()
    (row,) = read_table(empty.folder / "results/scores/summary.parquet").to_pylist()
    assert row["seeds"] == 2

    enough = {"precision": (row["high"] - row["low"]) / 2 + 1e-9, "max_seeds": 3}
    empty.configure(seeds=[0], statistics=enough)
    planned = empty.planned()
    assert "train_baseline" not in planned
    output = empty.snakemake()
    assert "Every RACU is known to" in output
    assert empty.planned() == {}


def test_a_job_sees_the_seeds_that_its_run_began_with(project) -> None:
    # Every run of seed 0 is there, so a new run would add a seed; a job in a process of its own must not.
    project.configure(statistics={"precision": 0.0001, "max_seeds": 3})
    assert project.planned()["train_baseline"] == 1
    write_json(project.folder / "results/seeds.json", {"seeds": [0]})
    output = project.snakemake("--mode", "subprocess", "--force", "results/scores/summary.parquet")
    assert "1 of 1 steps" in output
    assert len(read_table(project.folder / "results/scores/scores.parquet")) == 1
