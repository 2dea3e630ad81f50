"""Points, styles, pictures and counts behind the page."""

import pytest

from recursive_roar.report.checks import concentration, convergence, leakage, sparsity_points
from recursive_roar.report.picture import picture, scale_of
from recursive_roar.report.score_table import ceilings
from recursive_roar.report.series import masked_shares, points, table
from recursive_roar.report.style import styles


def run(explainer: str, seed: int, number: int, value: float | None) -> dict[str, object]:
    share = {"masked_share_asked": number / 2, "masked_tokens_asked": None}
    return {"explainer": explainer, "seed": seed, "round": number, "value": value, **share}


RUNS = [
    run("random", 0, 1, 0.6),
    run("random", 1, 1, 0.8),
    run("a", 0, 1, 0.3),
    run("a", 1, 1, 0.3),
    run("a", 0, 2, None),
]


def test_points_are_means_over_seeds_in_percent() -> None:
    first, second, missing = points(RUNS, "performance", {}, "student-t", 0.95)
    assert first["mean"] == pytest.approx(70)
    assert first["low"] == pytest.approx(70 - 12.706 * 10, rel=1e-3)  # t of one degree of freedom, error of 10
    assert (second["explainer"], second["masked"], second["mean"], second["seeds"]) == ("a", 50, pytest.approx(30), 2)
    assert (missing["mean"], missing["seeds"]) == (None, 0)


def test_points_count_the_trainings_that_predict_one_class_before_everything_is_masked() -> None:
    done = [(0, 0.5, False), (1, 0.5, True), (2, 0.5, False), (3, 0.5, None)]
    rows = [{**run("a", seed, 1, 0.3), "masked_share": share, "converged": well} for seed, share, well in done]
    rows.append({**run("a", 0, 2, 0.3), "masked_share": 1.0, "converged": False})
    half, everything = points(rows, "performance", {}, "student-t", 0.95)
    assert (half["collapsed"], everything["collapsed"]) == (2, 0)


def test_the_difference_from_random_is_paired_by_seed() -> None:
    random, below, _ = points(RUNS, "below-random", {}, "student-t", 0.95)
    assert (random["mean"], random["low"]) == (0, 0)
    assert below["mean"] == pytest.approx(40)


def test_what_no_training_measured_has_no_points() -> None:
    assert {point["mean"] for point in points(RUNS, "validation", {"a": "b"}, "student-t", 0.95)} == {None}


def test_a_table_has_the_same_numbers() -> None:
    amounts, means = table(points(RUNS, "performance", {}, "student-t", 0.95))
    assert amounts == [50, 100]
    assert means == {"random": [pytest.approx(70), None], "a": [pytest.approx(30), None]}


def test_what_is_masked_is_less_than_asked_and_nothing_where_unknown() -> None:
    shares = [(1, 0.48), (1, 0.46), (0, 0.0), (2, None)]
    rows = [{**run("a", 0, number, 0.5), "masked_share": share} for number, share in shares]
    assert masked_shares(rows) == {0: 0, 50: pytest.approx(47), 100: None}


def test_a_ceiling_is_of_each_seed_in_which_random_masking_is_whole() -> None:
    curves = {0: [0.9, 0.6, 0.2], 1: [0.9, None, 0.2], 2: [0.2, 0.2, 0.2]}
    rows = [
        {**run("random", seed, number, value), "status": "missing" if value is None else "done"}
        for seed, values in curves.items()
        for number, value in enumerate(values)
    ]
    assert ceilings([*rows, {**run("a", 0, 1, 0.1), "status": "done"}]) == [pytest.approx(0.2 / 0.375)]


def test_styles_differ_and_a_control_looks_like_its_explainer() -> None:
    control_of = {f"explainer{number}-{kind}": f"explainer{number}" for number in (0, 6) for kind in ("a", "b")}
    names = ["random", *(f"explainer{number}" for number in range(18)), *control_of]
    looks = styles(names, control_of)
    assert len(set(looks.values())) == len(names)
    assert all(looks[control].colour == looks[name].colour for control, name in control_of.items())
    assert (looks["random"].colour, looks["random"].ink) == ("currentColor", "black")


def test_a_picture_places_what_it_shows() -> None:
    svg = picture(0.5, 0.0, 1.0, (0.0, 1.0), {"seed 0": 0.5, "seed 1": None})
    assert 'class="zero" x1="6.0"' in svg
    assert 'class="interval" x1="6.0" x2="144.0"' in svg
    assert 'class="mean" x1="75.0"' in svg
    assert svg.count("<circle") == 1
    assert 'aria-label="seed 0: 50.0"' in svg
    assert "interval" not in picture(0.5, None, None, (0.0, 1.0))


def test_a_picture_without_seeds_is_for_the_eye_alone() -> None:
    assert 'aria-hidden="true"' in picture(0.5, 0.4, 0.6, (0.0, 1.0))
    assert 'aria-label="no seed has a score"' in picture(None, None, None, (0.0, 1.0), {"seed 0": None})


def test_a_scale_holds_zero_and_cuts_limits_of_two_seeds() -> None:
    assert scale_of([{"racu": 0.3, "low": -9.0, "high": None}], "racu", "low", "high") == (-2.0, 0.3)
    assert scale_of([{"racu": 0.3}], "racu", "low") == (0.0, 0.3)


def test_leakage_is_counted_and_the_round_shown_that_is_highest_above_guessing() -> None:
    rows = [
        {
            "explainer": "a",
            "round": number,
            "accuracy": accuracy,
            "majority": 0.5,
            "random": random,
            "leaks": number == 2,
        }
        for number, accuracy, random in ((1, 0.9, 0.85), (2, 0.7, 0.4), (3, 0.6, None))
    ]
    (row,) = leakage([*rows, {**rows[0], "explainer": "random"}])
    assert (row["explainer"], row["leaks"], row["probes"], row["worst"]["round"]) == ("a", 1, 3, 2)


def test_sparsity_is_of_unmasked_data_and_tokens() -> None:
    row = {"explainer": "a", "round": 0, "unit": "tokens", "amount": 1, "share": 0.2}
    others = [{**row, "share": 0.4}, {**row, "round": 1, "share": 0.9}, {**row, "unit": "percent", "share": 0.9}]
    (point,) = sparsity_points([row, *others])
    assert point == {"explainer": "a", "masked": 1, "mean": pytest.approx(30), "seeds": 2}


def test_concentration_is_shown_first_and_last() -> None:
    rows = [{"explainer": "a", "round": number, "entropy": 3.0 - number, "gini": 0.5} for number in (0, 2)]
    (row,) = concentration(rows)
    assert (row["entropy_first"], row["entropy_last"], row["last"]) == (3.0, 1.0, 2)


def test_convergence_leaves_out_what_is_fully_masked() -> None:
    done = {"explainer": "a", "seed": 0, "round": 1, "status": "done", "masked_share": 0.5, "value": 0.2}
    rows = [
        {**done, "converged": False, "majority": 0.2, "finite": True, "best_epoch": 3, "epochs": 3},
        {**done, "round": 2, "masked_share": 1.0, "converged": False},
    ]
    (row,) = convergence(rows)
    assert (row["trainings"], row["one_class"], row["majority"], row["not_finite"], row["last_epoch"]) == (
        1,
        1,
        1,
        0,
        1,
    )
    assert row["where"] == ["seed 0, round 1"]
