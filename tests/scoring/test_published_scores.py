"""Our scores beside the published ones."""

import pyarrow as pa
import pytest

from recursive_roar.catalog.published import published_performance, published_scores
from recursive_roar.config import load_study
from recursive_roar.scoring.curves import RUNS_SCHEMA
from recursive_roar.scoring.published import compare_performance, compare_with_published
from recursive_roar.scoring.summary import SUMMARY_SCHEMA

EXPLAINERS = ["random", "attention", {"name": "mine", "method": "gradient"}, "leave-one-out"]


def compared(**changes: object) -> list[dict]:
    study = load_study({"datasets": ["babi-1"], "explainers": EXPLAINERS, "seeds": [0]})
    row = {"protocol": "recursive-roar", "ladder": "relative", "dataset": "babi-1", "model": "bilstm-attention"}
    scores = {"explainer": "attention", "racu": 0.7, "low": 0.6, "high": 0.8, "method": "student-t", "n": 5, "seeds": 5}
    table = pa.Table.from_pylist([{**row, **scores, **changes}], schema=SUMMARY_SCHEMA)
    return compare_with_published(study, table).to_pylist()


def test_the_published_table_has_56_cells_with_the_mean_inside_its_interval() -> None:
    scores = published_scores()
    assert len(scores) == 56
    assert all(score.low < score.racu < score.high for score in scores.values())
    lstm, roberta = (scores["babi-3", model, "integrated-gradient"] for model in ("bilstm-attention", "roberta-base"))
    assert vars(lstm) == pytest.approx({"racu": 0.259, "low": 0.168, "high": 0.344})
    assert vars(roberta) == pytest.approx({"racu": -0.279, "low": -0.770, "high": -0.099})


def test_the_table_is_the_published_one() -> None:
    """Checked by sums, of the scores and of how far limits lie below and above."""
    scores = published_scores().values()
    assert len(scores) == 56
    assert 100 * sum(score.racu for score in scores) == pytest.approx(1954.4)
    assert 100 * sum(score.racu - score.low for score in scores) == pytest.approx(458.0)
    assert 100 * sum(score.high - score.racu for score in scores) == pytest.approx(361.3)


def test_a_score_stands_beside_the_published_one() -> None:
    (row,) = compared()  # published: 66.5 + 9.2 - 9.2
    assert (row["racu"], row["low"], row["high"], row["n"]) == (0.7, 0.6, 0.8, 5)
    found = [row[f"published_{key}"] for key in ("racu", "low", "high")]
    assert found == pytest.approx([0.665, 0.573, 0.757])
    assert row["overlap"]


@pytest.mark.parametrize(
    ("low", "high", "overlap"),
    [(0.0, 0.5, False), (0.0, 0.6, True), (0.75, 0.9, True), (0.76, 0.9, False), (0.6, 0.7, True), (None, None, None)],
)
def test_intervals_overlap_where_they_have_a_point_in_common(low, high, overlap) -> None:
    (row,) = compared(low=low, high=high)
    assert row["overlap"] is overlap


def test_an_explainer_is_found_by_its_method() -> None:
    (row,) = compared(explainer="mine")
    assert row["published_racu"] == pytest.approx(0.661)


@pytest.mark.parametrize("changes", [{"protocol": "roar"}, {"ladder": "absolute"}, {"explainer": "leave-one-out"}])
def test_what_was_not_published_has_no_row(changes) -> None:
    assert compared(**changes) == []


def ends(*runs: dict, **changes: object) -> list[dict]:
    study = load_study({"datasets": ["babi-1"], "explainers": EXPLAINERS, "seeds": [0, 1]})
    row = {"dataset": "babi-1", "model": "bilstm-attention", "explainer": "random", "status": "done", "seed": 0}
    table = pa.Table.from_pylist([{**row, **run, **changes} for run in runs], schema=RUNS_SCHEMA)
    return compare_performance(study, table).to_pylist()


def test_published_curves_begin_and_end_for_six_tasks_and_both_models() -> None:
    found = published_performance()
    assert len(found) == 24
    assert vars(found["sst", "roberta-base", 0]) == pytest.approx({"performance": 0.945, "low": 0.941, "high": 0.947})
    assert vars(found["snli", "bilstm-attention", 1]) == {"performance": 0.675, "low": None, "high": None}
    assert all(
        found[dataset, model, 0].performance > end.performance
        for (dataset, model, share), end in found.items()
        if share
    )


def test_both_ends_stand_beside_the_published_ones_each_seed_once() -> None:
    full = {"masked_share_asked": 1.0}
    runs = [{**full, "value": 0.2}, {**full, "value": 0.2, "explainer": "attention"}, {**full, "value": 0.3, "seed": 1}]
    first, last = ends({"masked_share_asked": 0.0, "value": 1.0}, {"masked_share_asked": 0.5, "value": 0.6}, *runs)
    assert (first["masked_share"], first["performance"], first["n"], first["low"]) == (0, 1, 1, None)
    assert [first[f"published_{key}"] for key in ("performance", "low", "high")] == pytest.approx([1, 0.999, 1])
    assert (last["masked_share"], last["performance"], last["n"]) == pytest.approx((1, 0.25, 2))
    assert last["low"] < 0.2 < 0.3 < last["high"]
    assert (last["published_performance"], last["published_low"]) == (0.154, None)


@pytest.mark.parametrize("changes", [{"status": "missing"}, {"dataset": "babi-2"}, {"masked_share_asked": None}])
def test_an_end_that_is_missing_or_unpublished_has_no_row(changes) -> None:
    assert ends({"masked_share_asked": 0.0, "value": 1.0}, **changes) == []
