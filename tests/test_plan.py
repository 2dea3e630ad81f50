"""Which files a study consists of, written out for a small one."""

import re
from pathlib import Path

import pytest

from recursive_roar import plan
from recursive_roar.config import load_study
from recursive_roar.splits import SPLITS, split_files

LADDERS = [{"name": "relative", "step": 25}, {"name": "absolute", "last": 2}]


@pytest.fixture
def study():
    return load_study(
        {
            "results": "made",
            "datasets": ["babi-1"],
            "seeds": [3],
            "protocols": ["roar", "recursive-roar"],
            "ladders": LADDERS,
            "explainers": ["random", "attention"],
        }
    )


def cell(protocol: str, explainer: str = "attention", ladder: str = "relative") -> plan.Cell:
    return plan.Cell(protocol, ladder, "babi-1", "bilstm-attention", explainer, 3)


OWN = """
from recursive_roar.explain.interface import Explainer

class Mine(Explainer):
    needs_model = False

    def __call__(self, model, batch, target):
        return batch.input_ids.float()
"""


@pytest.mark.parametrize("controls", [[], ["permuted"]])
def test_ones_own_explainer_sees_each_mask_even_without_a_model(tmp_path, controls) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    entry = {"name": "mine", "class": f"{tmp_path / 'mine.py'}:Mine"}
    study = load_study({"datasets": ["babi-1"], "seeds": [3], "explainers": ["random", entry], "controls": controls})
    for explainer in study.explainers[1:]:
        assert plan.trained_under(study, cell("recursive-roar", explainer.name)) == "recursive-roar"
    assert plan.trained_under(study, cell("recursive-roar", "random")) == "roar"


def test_a_curve_runs_from_the_baseline_to_what_is_fully_masked(study) -> None:
    runs = list(plan.runs(study, cell("recursive-roar")))
    folder = "made/recursive-roar/relative/babi-1/bilstm-attention/attention/seed3"
    assert [str(run.metrics) for run in runs] == [
        "made/baseline/babi-1/bilstm-attention/seed3/metrics.json",
        *(f"{folder}/round{number}/metrics.json" for number in (1, 2, 3)),
        "made/fully-masked/babi-1/bilstm-attention/seed3/metrics.json",
    ]
    assert [run.amount.value for run in runs] == [0, 25, 50, 75, 100]


def test_a_ladder_of_tokens_has_no_fully_masked_end(study) -> None:
    runs = list(plan.runs(study, cell("recursive-roar", ladder="absolute")))
    assert [(run.round, run.amount.value) for run in runs] == [(0, 0), (1, 1), (2, 2)]


def test_random_masks_are_trained_once_for_both_protocols(study) -> None:
    assert plan.chain(study, cell("recursive-roar", "random")) == plan.chain(study, cell("roar", "random"))
    assert plan.chain(study, cell("recursive-roar")) != plan.chain(study, cell("roar"))


@pytest.mark.parametrize(
    ("protocol", "explainer", "explained"),
    [("roar", "attention", [0]), ("recursive-roar", "attention", [0, 1, 2]), ("recursive-roar", "random", [0])],
)
def test_what_is_explained_is_what_a_later_round_builds_on(study, protocol, explainer, explained) -> None:
    chosen = cell(protocol, explainer)
    assert plan.explained_numbers(study, chosen) == explained
    made = {
        str(plan.importance(study, chosen, number) / f"{split}.parquet") for number in explained for split in SPLITS
    }
    trained_as = cell(plan.trained_under(study, chosen), explainer)
    asked = {file for number in (1, 2, 3) for file in plan.round_inputs(study, trained_as, number)["importance"]}
    assert asked == made


def test_a_recursive_round_adds_to_the_masks_of_the_one_before(study) -> None:
    recursive = cell("recursive-roar")
    before = plan.chain(study, recursive) / "round2/masked_at"
    assert plan.round_inputs(study, recursive, 3)["masked_at"] == split_files(before)
    assert "masked_at" not in plan.round_inputs(study, recursive, 1)
    assert "masked_at" not in plan.round_inputs(study, cell("roar"), 3)


def test_every_round_fits_one_of_the_two_rules(study) -> None:
    ending = "/babi-1/bilstm-attention/attention/seed3/round{}/metrics.json"
    for protocol in study.protocols:
        for ladder in study.ladders:
            chosen = cell(protocol, ladder=ladder.name)
            for number in ladder.amounts():
                path = f"{protocol}/{ladder.name}{ending.format(number)}"
                fits = [
                    re.match(rule, path) is not None
                    for rule in (plan.explained_rounds(study), plan.final_rounds(study))
                ]
                is_explained = number in plan.explained_numbers(study, chosen)
                assert fits == [is_explained, not is_explained], path


def test_trainings_that_cells_share_are_named_once(study) -> None:
    named = plan.metrics_files(study)
    # baseline, fully masked, and 3 and 2 rounds of: random, attention under each protocol
    assert len(named) == len(set(named)) == 2 + 3 * (3 + 2)
    assert len(plan.predictions_files(study)) == len(named)


def test_only_a_study_without_rounds_asks_for_importance(study) -> None:
    assert plan.importance_files(study) == []
    alone = study.model_copy(update={"protocols": ()})
    folder = Path("made/baseline/babi-1/bilstm-attention/seed3/importance")
    assert plan.importance_files(alone) == [*split_files(folder / "random"), *split_files(folder / "attention")]
