"""Every table of the scores, from results that are written by hand."""

from pathlib import Path

import pyarrow as pa
import pytest

from recursive_roar import identity, plan
from recursive_roar.artifacts import read_table, write_json, write_table
from recursive_roar.config import load_study
from recursive_roar.steps.score import score_study

LABELS = [0, 1, 1, 1]
RIGHT = {"random": [4, 2, 1], "attention": [4, 1, 1], "gradient": [4, 1, 1]}  # of 4 examples, by round


@pytest.fixture
def study(tmp_path):
    return finished(tmp_path)


def finished(folder, **changes):
    content = {
        "results": str(folder),
        "datasets": [{"name": "babi-1", "metric": "accuracy"}],
        "explainers": ["random", "attention"],
        "seeds": [0, 1],
        "ladders": [{"name": "relative", "step": 50}],
    }
    study = load_study({**content, **changes})
    write_table(Path(plan.test_tokens(study, "babi-1", "bilstm-attention")), pa.table({"label": LABELS}))
    for cell in plan.cells(study):
        for run in plan.runs(study, cell):
            finish(run, RIGHT[cell.explainer.removesuffix("-negated")][run.round])
    return study


def finish(run, right):
    predicted = [label if place < right else 1 - label for place, label in enumerate(LABELS)]
    logits = [[float(each == 0), float(each == 1)] for each in predicted]
    if (run.cell.explainer, run.cell.seed, run.round) == ("attention", 1, 1):
        logits[0][0] = float("nan")
    column = pa.array(logits, pa.list_(pa.float32()))
    write_table(run.predictions, pa.table({"example_id": [0, 1, 2, 3], "logits": column}))
    values = {"test": {"accuracy": right / 4, "macro-f1": 0.7}, "validation": {"accuracy": 0.5, "macro-f1": 0.6}}
    content = {"values": values, "masked_share": run.round / 2, "converged": True, "best_epoch": 2}
    write_json(
        run.metrics, {**content, "epochs": [{"seconds": 1}] * 3, "device": "cpu", "peak_memory_bytes": 1, "seconds": {}}
    )


def test_every_table_is_written(study, tmp_path) -> None:
    score_study(study, tmp_path / "scores")
    rows = {path.stem: read_table(path).to_pylist() for path in (tmp_path / "scores").iterdir()}
    counts = {name: len(content) for name, content in rows.items()}
    published = {"published": 1, "published_performance": 2}
    single = dict.fromkeys(["summary", "variance", "aggregate"], 1)
    assert counts == {"runs": 12, "scores": 2, "comparisons": 0, "improvement": 0, **single, **published}
    run = rows["runs"][0]
    assert (run["best_epoch"], run["epochs"], run["validation"], run["majority"]) == (2, 3, 0.5, 0.75)
    assert [run[name] for name in ("value", "accuracy", "auroc", "macro-f1")] == [1.0] * 4
    assert run["metric"] == "accuracy"
    assert all(run["value"] == run["accuracy"] for run in rows["runs"] if run["finite"])
    (broken,) = [run for run in rows["runs"] if not run["finite"]]
    assert (broken["explainer"], broken["seed"], broken["round"]) == ("attention", 1, 1)
    assert (broken["value"], broken["accuracy"]) == (0.25, None)
    assert rows["summary"][0]["racu"] == pytest.approx(0.4)  # area .125 of .3125
    assert rows["aggregate"][0]["iqm"] == pytest.approx(0.4)


def test_another_metric_needs_no_other_trainings(study, tmp_path) -> None:
    datasets = (study.datasets[0].model_copy(update={"metric": "macro-f1"}),)
    score_study(study.model_copy(update={"datasets": datasets}), tmp_path / "scores")
    (found,) = {
        (row["metric"], row["value"], row["validation"])
        for row in read_table(tmp_path / "scores/runs.parquet").to_pylist()
    }
    assert found == ("macro-f1", 0.7, 0.6)


def test_controls_are_scored_but_not_among_the_comparisons(tmp_path) -> None:
    study = finished(tmp_path, explainers=list(RIGHT), controls=["negated"])
    assert identity.score_settings(study)["controls"] == {
        "attention-negated": "attention",
        "gradient-negated": "gradient",
    }
    score_study(study, tmp_path / "scores")
    assert read_table(tmp_path / "scores/summary.parquet").num_rows == 4
    for name in ("comparisons", "improvement"):
        (row,) = read_table(tmp_path / f"scores/{name}.parquet").to_pylist()
        assert (row["explainer"], row["other"]) == ("attention", "gradient")


def test_a_missing_run_is_a_row_and_no_more(study, tmp_path) -> None:
    run = list(plan.runs(study, list(plan.cells(study))[-1]))[1]
    run.metrics.unlink()
    run.predictions.unlink()
    score_study(study, tmp_path / "scores")
    row = read_table(tmp_path / "scores/runs.parquet").to_pylist()[-2]
    assert (row["status"], row["value"], row["majority"], row["finite"]) == ("missing", None, None, None)
    assert read_table(tmp_path / "scores/summary.parquet")["n"].to_pylist() == [1]
