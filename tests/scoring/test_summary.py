import pyarrow as pa
import pytest

from recursive_roar.scoring.curves import RUNS_SCHEMA
from recursive_roar.scoring.summary import score_cells, summarise

CURVES = {"random": [0.9, 0.6, 0.2], "attention": [0.9, 0.3, 0.2]}


def runs(curves=CURVES, seeds=(0, 1), ladder="relative", missing=(), collapsed=()):
    rows = [
        {
            "protocol": "recursive-roar",
            "ladder": ladder,
            "dataset": "d",
            "model": "m",
            "explainer": explainer,
            "seed": seed,
            "round": number,
            "masked_share_asked": number / 2 if ladder == "relative" else None,
            "masked_tokens_asked": number if ladder == "absolute" else None,
            "value": None if (explainer, seed, number) in missing else value,
            "masked_share": number / 2,
            "converged": (explainer, seed, number) not in collapsed,
            "status": "missing" if (explainer, seed, number) in missing else "done",
        }
        for explainer, values in curves.items()
        for seed in seeds
        for number, value in enumerate(values)
    ]
    return pa.Table.from_pylist(rows, schema=RUNS_SCHEMA)


def test_each_cell_is_scored_against_random_of_its_seed() -> None:
    # Areas by hand: random over full masking .375, between the curves .15.
    scores = score_cells(runs()).to_pylist()
    assert [row["explainer"] for row in scores] == ["attention", "attention"]
    assert scores[0]["normaliser"] == pytest.approx(0.375)
    assert scores[0]["racu"] == pytest.approx(0.4)


@pytest.mark.parametrize("missing", [("attention", 1, 1), ("random", 1, 2)])
def test_a_missing_round_means_no_score_and_the_reason_names_it(missing) -> None:
    scores = score_cells(runs(missing=[missing]))
    row = scores.to_pylist()[1]
    assert (row["status"], row["racu"]) == ("missing", None)
    assert f"{missing[0]}, round {missing[2]}" in row["reason"]
    summary = summarise(scores, "student-t", 0.95).to_pylist()[0]
    assert (summary["n"], summary["seeds"]) == (1, 2)


def test_the_summary_by_hand() -> None:
    # RACU .4 and 0 by seed: mean .2, standard error .2, t(0.975, 1) = 12.706205. ACU .15 and 0.
    table = pa.concat_tables(
        [runs(seeds=[0]), runs({"random": [0.9, 0.6, 0.2], "attention": [0.9, 0.6, 0.2]}, seeds=[1])]
    )
    row = summarise(score_cells(table), "student-t", 0.95).to_pylist()[0]
    assert (row["racu"], row["acu"]) == (pytest.approx(0.2), pytest.approx(0.075))
    assert (row["low"], row["high"]) == (pytest.approx(0.2 - 2.541241), pytest.approx(0.2 + 2.541241))
    assert (row["method"], row["n"], row["seeds"]) == ("student-t", 2, 2)


def test_a_flat_random_curve_is_undefined() -> None:
    scores = score_cells(runs({"random": [0.5, 0.5, 0.5], "attention": [0.5, 0.4, 0.5]})).to_pylist()
    assert (scores[0]["status"], scores[0]["racu"]) == ("undefined", None)
    assert "random masking loses as much as full masking or more, or the model never learned" in scores[0]["reason"]


def test_the_absolute_ladder_has_an_area_and_no_racu() -> None:
    row = score_cells(runs(ladder="absolute")).to_pylist()[0]
    assert row["status"] == "no-racu"
    assert row["acu"] == pytest.approx(0.15)


def test_a_study_without_random_has_no_scores() -> None:
    row = score_cells(runs({"attention": [0.9, 0.3, 0.2]})).to_pylist()[0]
    assert row["status"] == "missing"
    assert "random" in row["reason"]


def test_seeds_with_a_collapsed_training_are_counted_and_left_out() -> None:
    # Collapsing is expected where everything is masked, and that of random masking is not the cell's.
    collapsed = [("attention", 1, 1), ("attention", 0, 2), ("random", 0, 1)]
    scores = score_cells(runs(collapsed=collapsed))
    assert scores["collapsed"].to_pylist() == [0, 1]
    row = summarise(scores, "student-t", 0.95).to_pylist()[0]
    assert (row["n"], row["n_without_collapsed"]) == (2, 1)
    assert row["racu_without_collapsed"] == pytest.approx(0.4)
    assert row["low_without_collapsed"] is None
    every = score_cells(runs(collapsed=[("attention", seed, 1) for seed in (0, 1)]))
    assert summarise(every, "student-t", 0.95)["racu_without_collapsed"].to_pylist() == [None]


@pytest.mark.parametrize(("method", "low"), [("student-t", None), ("paper", 1.0)])
def test_clipped_scores_have_no_interval_that_seems_exact(method, low) -> None:
    below = [
        runs({"random": [0.9, 0.6, 0.2], "attention": [0.9, end, 0.2]}, seeds=[seed])
        for seed, end in ((0, -0.3), (1, -0.5))
    ]
    scores = score_cells(pa.concat_tables(below))
    assert min(scores["racu_raw"].to_pylist()) > 1
    row = summarise(scores, method, 0.95).to_pylist()[0]
    assert (row["racu"], row["low"], row["n"]) == (1, low, 2)
