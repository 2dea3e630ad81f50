"""The forecast and the comparison with the published table through the real Snakefile."""

import pytest

from recursive_roar.artifacts import read_json, read_table


def test_the_forecast_counts_the_jobs_that_snakemake_plans(empty) -> None:
    planned = empty.planned()
    output = empty.snakemake("forecast")
    found = read_json(empty.folder / "results/forecast.json")
    assert found["jobs_by_rule"] == planned
    assert (found["trainings"], found["longest_chain"], found["cpu_hours"]) == (8, 4, None)
    assert "unknown" in output
    assert empty.planned() == planned


def test_a_finished_study_says_what_it_took_and_stands_beside_the_published_one(finished) -> None:
    results = finished.folder / "results"
    real = {row["what"]: row["real"] for row in read_table(results / "cost.parquet").to_pylist()}
    assert real["trainings"] == 8
    assert real["computing on a CPU"] > 0
    seconds = read_table(results / "seconds.parquet").to_pylist()
    assert sum(row["training"] is not None for row in seconds) == 8
    assert {row["explainer"] for row in seconds if row["explaining"]} == {"random", "attention"}
    assert sum((row["training"] or 0) + (row["explaining"] or 0) for row in seconds) == pytest.approx(
        3600 * real["computing on a CPU"]
    )
    (row,) = read_table(results / "scores/published.parquet").to_pylist()
    assert (row["explainer"], row["overlap"]) == ("attention", None)  # one seed has no interval
    ends = read_table(results / "scores/published_performance.parquet").to_pylist()
    assert [(row["masked_share"], row["published_performance"]) for row in ends] == [(0, 1), (1, 0.154)]
    deviations = read_json(results / "deviations.json")["deviations"]
    assert "dataset 'babi-1': 102 examples in train, published are 8500." in deviations
    output = finished.snakemake("forecast")
    assert "measured on cpu" in output
    assert not (results / "forecast.json").exists()  # nothing is left to forecast
    assert finished.planned() == {}
