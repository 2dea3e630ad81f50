"""Adaptive seeds on results that are written by hand."""

import pytest

from recursive_roar import plan
from recursive_roar.artifacts import write_json
from recursive_roar.config import load_study
from recursive_roar.report.contents import Contents
from recursive_roar.report.warnings import warnings
from recursive_roar.seeds import advice, agreed_seeds, keep_seeds, planned_seeds


@pytest.fixture
def study(tmp_path):
    def of(seeds=(0, 1), **statistics):
        return load_study(
            {
                "results": str(tmp_path),
                "datasets": ["babi-1"],
                "explainers": ["random", "attention"],
                "seeds": list(seeds),
                "ladders": [{"name": "relative", "step": 50}],
                "statistics": {"precision": 0.05, "max_seeds": 6, **statistics},
            }
        )

    return of


def finish(study, middle):
    """Curves of .9, .6, .2 under random masking, and with a middle of its own for each seed under attention."""
    for cell in plan.cells(study):
        for run in plan.runs(study, cell):
            value = [0.9, 0.6 if cell.explainer == "random" else middle[cell.seed], 0.2][run.round]
            values = {split: {"accuracy": value} for split in ("test", "validation")}
            content = {"values": values, "masked_share": run.round / 2}
            write_json(run.metrics, {**content, "converged": True, "best_epoch": 1, "epochs": [{}]})


def test_seeds_are_added_only_when_every_run_is_there(study) -> None:
    assert planned_seeds(study()) == [0, 1]
    finish(study(), middle=[0.3, 0.5])
    assert planned_seeds(study()) == [0, 1, 2]
    next(plan.runs(study(), next(plan.cells(study())))).metrics.unlink()
    assert planned_seeds(study()) == [0, 1]
    assert advice(study()) == ""


def test_precise_scores_and_studies_without_precision_stay(study) -> None:
    finish(study(), middle=[0.3, 0.3])
    assert planned_seeds(study()) == [0, 1]
    assert "known to 5 points with 2 seeds" in advice(study())
    finish(study(), middle=[0.3, 0.5])
    assert planned_seeds(study(precision=None)) == [0, 1]
    assert advice(study(precision=None)) == ""


def test_the_rule_is_replayed_up_to_the_limit(study) -> None:
    finish(study(range(6)), middle=[0.1, 0.5, 0.1, 0.5, 0.1, 0.5])
    assert planned_seeds(study()) == [0, 1, 2, 3, 4, 5]
    assert planned_seeds(study(precision=0.9)) == [0, 1, 2]
    assert "as many as statistics.max_seeds allows" in advice(study(range(6)))
    assert "Run the same command again: it adds the seeds 2." in advice(study())


def test_jobs_agree_with_the_run_that_they_are_part_of(study) -> None:
    assert agreed_seeds(study()) == [0, 1]
    keep_seeds(study())
    finish(study(), middle=[0.3, 0.5])
    assert agreed_seeds(study()) == [0, 1] != planned_seeds(study())


def test_the_page_says_whether_to_run_again(study) -> None:
    finish(study(), middle=[0.3, 0.5])
    assert advice(study()).endswith("it adds the seeds 2.")
    assert advice(study()) in warnings(study(), Contents({}))
