"""Our scores beside the published ones."""

import pyarrow as pa
import pytest

from recursive_roar.catalog.published import published_scores
from recursive_roar.config import load_study
from recursive_roar.scoring.published import compare_with_published
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
