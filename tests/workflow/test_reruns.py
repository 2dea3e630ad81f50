"""What runs again after a change, and nothing else."""

import shutil

import pytest
from conftest import STUDY

from recursive_roar.artifacts import read_json, read_table

CHAIN = "results/recursive-roar/relative/babi-1/bilstm-attention/attention/seed0"
SCORING = {"score": 1, "collect_diagnostics": 1, "draw_figures": 1, "write_report": 1, "export": 1}
DIAGNOSIS = {"diagnose": 1, **SCORING}  # of the one seed whose masks changed
AGGREGATION = {"collect_heatmaps": 1, **DIAGNOSIS}  # heatmaps are of the first seed


def test_the_whole_study(finished) -> None:
    folder = finished.folder / "results"
    summary = read_table(folder / "scores/summary.parquet").to_pylist()
    assert [(row["explainer"], row["seeds"]) for row in summary] == [("attention", 1)]
    runs = read_table(folder / "scores/runs.parquet").to_pylist()
    assert [row["round"] for row in runs] == [0, 1, 2, 3, 4] * 2
    assert {row["status"] for row in runs} == {"done"}
    shares = [row["masked_share"] for row in runs[:5]]
    assert shares == sorted(shares)
    assert shares[4] == 1
    page = (folder / "report.html").read_text()
    assert "<svg" in page
    assert "attention" in page
    assert not list((folder / ".unfinished").glob("*"))


def test_a_dry_run_names_every_round_as_its_own_job(empty) -> None:
    assert empty.planned() == {
        "prepare_dataset": 1,
        "tokenize_dataset": 1,
        "train_baseline": 1,
        "train_fully_masked": 1,
        "explain_baseline": 2,
        "retrain_and_explain_round": 2,
        "retrain_round": 4,
        **AGGREGATION,
    }


def test_running_twice_runs_nothing(finished) -> None:
    assert finished.planned() == {}


def test_a_lost_round_is_made_again_with_its_successors(project) -> None:
    before = read_json(project.folder / CHAIN / "round3/metrics.json")["values"]
    shutil.rmtree(project.folder / CHAIN / "round2")
    assert project.planned() == {"retrain_and_explain_round": 1, "retrain_round": 1, **AGGREGATION}
    project.snakemake()
    assert read_json(project.folder / CHAIN / "round3/metrics.json")["values"] == before
    assert project.planned() == {}


def test_another_seed_runs_its_cells_alone(project) -> None:
    project.configure(seeds=[0, 1])
    expected = {"train_baseline": 1, "train_fully_masked": 1, "explain_baseline": 2}
    assert project.planned() == {**expected, "retrain_and_explain_round": 2, "retrain_round": 4, **DIAGNOSIS}


def test_another_explainer_runs_its_cells_alone(project) -> None:
    project.configure(explainers=["random", "attention", "gradient"])
    rounds = {"explain_baseline": 1, "retrain_and_explain_round": 2, "retrain_round": 1}
    assert project.planned() == {**rounds, **AGGREGATION}


def test_controls_are_cells_like_any_other(project) -> None:
    project.configure(controls=["negated", "position-prior"])
    rounds = {"explain_baseline": 2, "retrain_and_explain_round": 4, "retrain_round": 2}
    assert project.planned() == {**rounds, **AGGREGATION}


def test_a_changed_control_runs_again_and_its_explainer_does_not(empty) -> None:
    empty.configure(controls=["negated"], ladders=[{"name": "relative", "step": 50}])
    empty.snakemake()
    assert empty.planned() == {}
    controls = read_table(empty.folder / "results/scores/controls.parquet").to_pylist()
    assert [(row["explainer"], row["control"]) for row in controls] == [("attention", "attention-negated")]
    leakage = read_table(empty.folder / "results/scores/leakage.parquet").to_pylist()
    assert [(row["explainer"], row["round"]) for row in leakage] == [
        ("random", 1), ("attention", 1), ("attention-negated", 1),
    ]  # fmt: skip
    empty.change("src/recursive_roar/explain/controls.py", "return -self.scores", "return -2 * self.scores")
    assert empty.planned() == {"explain_baseline": 1, "retrain_round": 1, **AGGREGATION}


def test_a_lost_table_of_diagnostics_is_collected_again(project) -> None:
    (project.folder / "results/scores/sparsity.parquet").unlink()
    assert project.planned() == {"collect_diagnostics": 1, "write_report": 1, "export": 1}


def test_the_other_protocol_shares_baseline_random_and_fully_masked(project) -> None:
    project.configure(protocols=["recursive-roar", "roar"])
    assert project.planned() == {"retrain_round": 3, **AGGREGATION}


def test_another_template_writes_the_report_again(project) -> None:
    project.change("src/recursive_roar/report/page.html", "</body>", "<p>More.</p></body>")
    assert project.planned() == {"write_report": 1}


@pytest.mark.parametrize("module", ["training", "masking", "steps/round", "explain/attention", "scoring/racu"])
def test_changed_code_reruns_what_hangs_on_it(project, module) -> None:
    with (project.folder / f"src/recursive_roar/{module}.py").open("a") as file:
        file.write("\nCHANGED = True\n")
    rounds = {"retrain_and_explain_round": 2, "retrain_round": 4}
    training = {"train_baseline": 1, "train_fully_masked": 1, "explain_baseline": 2}
    expected = {
        "training": {**training, **rounds, **AGGREGATION},
        "masking": {"train_fully_masked": 1, **rounds, **AGGREGATION},
        "steps/round": {**rounds, **AGGREGATION},
        "explain/attention": {"explain_baseline": 1, "retrain_and_explain_round": 2, "retrain_round": 1, **AGGREGATION},
        "scoring/racu": SCORING,
    }
    assert project.planned() == expected[module]


@pytest.mark.parametrize("change", [{"metric": "macro-f1"}, {"published": {"train": 17}}], ids=str)
def test_what_finished_runs_are_measured_by_and_compared_with_trains_nothing(project, change) -> None:
    (dataset,) = STUDY["datasets"]
    project.configure(datasets=[{**dataset, **change}])
    assert project.planned() == SCORING


def test_another_recipe_trains_again(project) -> None:
    (dataset,) = STUDY["datasets"]
    recipe = {"bilstm-attention": {"recipe": {"epochs": 3, "learning_rate": 0.01}}}
    project.configure(datasets=[{**dataset, "models": recipe}])
    planned = project.planned()
    assert "prepare_dataset" not in planned
    assert "tokenize_dataset" not in planned
    assert (planned["train_baseline"], planned["train_fully_masked"], planned["explain_baseline"]) == (1, 1, 2)
    assert planned["retrain_round"] == 4


def test_importance_of_some_splits_without_rounds(empty) -> None:
    empty.configure(protocols=[], explain_splits=["test"], explainers=["random"])
    empty.snakemake()
    folder = empty.folder / "results/baseline/babi-1/bilstm-attention/seed0"
    assert [file.name for file in (folder / "importance/random").iterdir()] == ["test.parquet"]
    assert empty.planned() == {}
    rounds = {"train_fully_masked": 1, "explain_baseline": 1, "retrain_round": 3}
    empty.configure(explainers=["random"])
    assert empty.planned() == {**rounds, **AGGREGATION}


def test_how_to_compute_reruns_nothing(project) -> None:
    project.configure(compute={"device": "cpu", "explain_pass_tokens": 70, "checkpoint_seconds": 99})
    assert project.planned("--cores", "1") == {}


def test_a_file_laid_over_the_configuration(empty) -> None:
    (empty.folder / "mine.yaml").write_text("seeds: [3, 4]\ncompute: {explain_pass_tokens: 90}\n")
    planned = empty.planned("--configfile", "mine.yaml")
    assert planned["train_baseline"] == 2
    assert planned["explain_baseline"] == 2 * len(STUDY["explainers"])


def test_a_dataset_of_the_hub_without_network_says_what_to_do(empty, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub = {"name": "sst", "hub": {"id": "SetFit/sst2", "revision": "0" * 40}}
    empty.configure(datasets=[hub])
    assert empty.planned("fetch") == {"fetch": 1, "fetch_dataset": 1}
    output = empty.snakemake("fetch", succeeds=False)
    assert "SetFit/sst2" in output
    assert "network" in output


def test_configuration_on_the_command_line(empty) -> None:
    assert empty.planned("--config", "seeds=[0,1,2]", "results=./mine/")["train_baseline"] == 3
    output = empty.snakemake("--dry-run", "--config", "explainers=[random,atention]", succeeds=False)
    assert "unknown explainer 'atention'" in output
    assert "Did you mean 'attention'?" in output
