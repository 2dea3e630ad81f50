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

    empty.configure(seeds=[0], statistics={"precision": 0.0001, "max_seeds": 2})
    planned = empty.planned()  # tables and pages that show the configuration, and no training
    assert not {"train_baseline", "train_fully_masked", "retrain_round", "retrain_and_explain_round"} & planned.keys()
    assert "as many as statistics.max_seeds allows" in empty.snakemake()
    assert empty.planned() == {}


def test_a_job_sees_the_seeds_that_its_run_began_with(project) -> None:
    # Every run of seed 0 is there, so a new run would add a seed; a job in a process of its own must not.
    project.configure(statistics={"precision": 0.0001, "max_seeds": 3})
    assert project.planned()["train_baseline"] == 1
    write_json(project.folder / "results/seeds.json", {"seeds": [0]})
    before = (project.folder / "results/scores/scores.parquet").stat().st_mtime_ns
    project.snakemake("--mode", "subprocess", "--no-hooks", "--force", "results/scores/scores.parquet")
    assert (project.folder / "results/scores/scores.parquet").stat().st_mtime_ns > before
    assert len(read_table(project.folder / "results/scores/scores.parquet")) == 1
