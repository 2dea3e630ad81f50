import numpy as np
import pyarrow as pa
import pytest

from recursive_roar.scoring.comparisons import compare, holm, sign_flip, smallest_p
from recursive_roar.scoring.summary import SCORES_SCHEMA


def scores(**by_explainer: list[float | None]) -> pa.Table:
    rows = [
        {"dataset": "d", "explainer": explainer.replace("_", "-"), "seed": seed, "racu": value}
        for explainer, values in by_explainer.items()
        for seed, value in enumerate(values)
    ]
    return pa.Table.from_pylist(rows, schema=SCORES_SCHEMA)


def test_the_sign_flip_test_by_hand() -> None:
    # Sums of +-1 +-2 +-3 are +-6, +-4, +-2, 0, 0: two of eight are as far from zero as 6, four as far as 4.
    assert sign_flip([1, 2, 3]) == 2 / 8
    assert sign_flip([-1, 2, 3]) == 4 / 8
    assert sign_flip([1, 2, -3]) == 1


def test_sums_that_differ_in_their_last_bits_count_as_equal() -> None:
    assert sign_flip([0.1, 0.2, 0.3]) == sign_flip([1, 2, 3])
    assert sign_flip([0.1] * 5) == 2 / 32 == smallest_p(5)
    assert sign_flip([0.0, 0.0]) == 1


def test_drawn_flips_agree_with_exact_ones() -> None:
    differences = np.random.default_rng(0).normal(0.3, 1, 20)
    drawn = sign_flip([*differences, 0.0])  # one more, which changes no sum
    assert drawn == pytest.approx(sign_flip(differences), abs=5 * np.sqrt(0.25 / 100_000))
    assert drawn == sign_flip([*differences, 0.0])
    assert sign_flip(np.ones(30)) == smallest_p(30)


def test_holm_by_hand() -> None:
    # Ascending .01, .02, .04 times 3, 2, 1 are .03, .04, .04; never below the one before, never above 1.
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []


def test_a_comparison_is_paired_by_the_seeds_of_both() -> None:
    # Differences .1, .2, .3: mean .2, standard error .1 / sqrt(3), t(0.975, 2) = 4.302653.
    (row,) = compare(scores(a=[0.5, 0.9, 0.8, 0.1], b=[0.4, 0.7, 0.5, None]), [], "student-t", 0.95).to_pylist()
    assert (row["explainer"], row["other"], row["n"]) == ("a", "b", 3)
    assert row["difference"] == pytest.approx(0.2)
    assert row["low"] == pytest.approx(0.2 - 4.302653 * 0.1 / np.sqrt(3))
    assert (row["p"], row["p_holm"], row["smallest_p"]) == (0.25, 0.25, 0.25)


def test_clipped_scores_have_no_difference_that_seems_exact() -> None:
    (row,) = compare(scores(a=[1.0] * 3, b=[-1.0] * 3), [], "student-t", 0.95).to_pylist()
    assert (row["difference"], row["low"], row["high"], row["p"]) == (2, None, None, 0.25)


def test_controls_take_no_part_in_the_correction() -> None:
    explainers = {"a": [0.5, 0.6, 0.9], "b": [0.4, 0.1, 0.7], "c": [0.3, 0.9, 0.2]}
    every = scores(
        a=explainers["a"], a_permuted=[0, 0.1, 0], b=explainers["b"], b_permuted=[0, 0.2, 0.1], c=explainers["c"]
    )
    rows = compare(every, ["a-permuted", "b-permuted"], "student-t", 0.95).to_pylist()
    assert [(row["explainer"], row["other"]) for row in rows] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert rows == compare(scores(**explainers), [], "student-t", 0.95).to_pylist()
    assert rows[0]["p_holm"] == 3 * rows[0]["p"] == 0.75


def test_the_least_p_is_corrected_like_any_other() -> None:
    # Six pairs of four explainers; with six seeds 2 / 2^6 each, of which Holm makes six times as much.
    every = compare(scores(**{name: [0.1 * seed for seed in range(6)] for name in "abcd"}), [], "student-t", 0.95)
    assert {(row["smallest_p"], row["smallest_p_holm"]) for row in every.to_pylist()} == {(2 / 64, 6 * 2 / 64)}
    # Seeds 5, 2 and 2 in common: 0.0625 times 3, then 0.5 times 2 for both others.
    uneven = compare(scores(a=[0.1] * 5, b=[0.2] * 5, c=[0.3, 0.4, None, None, None]), [], "student-t", 0.95)
    assert [(row["n"], row["smallest_p_holm"]) for row in uneven.to_pylist()] == [(5, 0.1875), (2, 1), (2, 1)]


def test_nothing_in_common_is_no_row() -> None:
    assert compare(scores(a=[0.5, None], b=[None, 0.1]), [], "student-t", 0.95).num_rows == 0
