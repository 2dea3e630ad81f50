import numpy as np
import pyarrow as pa
import pytest

from recursive_roar.scoring.curves import RUNS_SCHEMA
from recursive_roar.scoring.racu import racu, resampled_racu
from recursive_roar.scoring.variance import components, decompose


def test_known_components_are_found() -> None:
    random, repetitions, seeds, resamples = np.random.default_rng(0), 400, 5, 200
    found = []
    for _ in range(repetitions):
        # Variance .09 by seed, .01 by the examples alone, .04 by how the examples suit the seed.
        observed = random.normal(0, 0.3, seeds) + random.normal(0, 0.1) + random.normal(0, 0.2, seeds)
        on_resamples = observed[:, None] + random.normal(0, 0.1, resamples) + random.normal(0, 0.2, (seeds, resamples))
        found.append(components(observed, on_resamples))
    assert np.mean([each.examples for each in found]) == pytest.approx(0.01, rel=0.1)
    assert np.mean([each.rest for each in found]) == pytest.approx(0.04, rel=0.05)
    # A variance of 5 values has a standard error of 1 / sqrt(2) of itself, .0046 over 400 repetitions.
    assert np.mean([each.seed for each in found]) == pytest.approx(0.09, abs=0.016)


def test_no_spread_over_seeds_is_all_examples_and_the_reverse() -> None:
    apart = np.random.default_rng(0).normal(0, 0.1, (1, 50))
    assert shares(np.zeros(3), np.repeat(apart, 3, axis=0)) == pytest.approx([0, 1, 0])
    assert shares(np.arange(3.0), np.repeat(np.arange(3.0)[:, None], 50, axis=1)) == [1, 0, 0]
    assert shares(np.zeros(3), np.zeros((3, 50))) == [None, None, None]


def test_what_more_seeds_average_out_is_no_part_of_the_examples() -> None:
    # Each resample helps one seed and hurts the other: variance .04 / 3 over resamples, .02 over seeds, times 4 / 3.
    signs = np.array([1, -1, 1, -1])
    on_resamples = 0.1 * np.array([signs, -signs])
    found = components(np.array([0.1, -0.1]), on_resamples)
    assert found.rest == pytest.approx(0.02 * 4 / 3)
    assert (found.seed, found.examples) == (0, 0)
    assert list(found.shares.values()) == [0, 0, 1]


def shares(observed: np.ndarray, on_resamples: np.ndarray) -> list[float | None]:
    return list(components(observed, on_resamples).shares.values())


def test_one_seed_and_undefined_resamples() -> None:
    assert components(np.zeros(1), np.zeros((1, 50))) is None
    on_resamples = np.array([[0.1, np.nan, 0.3, 0.2], [0.4, 0.5, 0.4, np.nan]])
    assert components(np.array([0.2, 0.4]), on_resamples) == components(np.array([0.2, 0.4]), on_resamples[:, [0, 2]])


def test_many_scores_at_once_are_each_the_score() -> None:
    random = np.random.default_rng(0).uniform(0.2, 1, (20, 5))
    measure, shares = random * np.random.default_rng(1).uniform(0, 1.2, (20, 5)), [0, 0.25, 0.5, 0.75, 1]
    random[0] = 0.5
    for row, value in enumerate(resampled_racu(shares, measure, random)):
        expected = racu(shares, measure[row], random[row]).racu
        assert np.isnan(value) if expected is None else value == pytest.approx(expected)


class Coins:
    """200 examples of two classes; a run is right on a known share of them."""

    def __init__(self, of_other_seeds=None):
        self.values = {"random": [1.0, 0.75, 0.5], "a": [1.0, 0.6, 0.5]}
        self.of_other_seeds = {**self.values, **(of_other_seeds or {})}

    def labels(self, dataset, model):
        return np.arange(200) % 2

    def metric(self, dataset):
        return "accuracy"

    def predicted(self, cell):
        values = self.of_other_seeds if cell["seed"] else self.values
        right = [round(200 * value) for value in values[cell["explainer"]]]
        labels = self.labels("d", "m")
        return np.array([np.where(np.arange(200) < each, labels, 1 - labels) for each in right])


def curves_of(coins: Coins) -> list[dict]:
    return [
        {"ladder": "relative", "dataset": "d", "explainer": explainer, "seed": seed, "round": number, "status": "done",
         "masked_share_asked": number / 2, "value": value}
        for seed, curves in enumerate((coins.values, coins.of_other_seeds))
        for explainer, values in curves.items() for number, value in enumerate(values)
    ]  # fmt: skip


def test_each_seed_is_scored_against_random_masking_of_its_own() -> None:
    coins = Coins({"random": [1.0, 0.6, 0.5]})  # of seed 1, in which the explainer is no better
    (row,) = decompose(pa.Table.from_pylist(curves_of(coins), schema=RUNS_SCHEMA), coins).to_pylist()
    assert row["share_seed"] > 0.9


def test_runs_that_do_not_differ_by_seed_vary_by_examples_alone() -> None:
    rows = curves_of(Coins())
    (row,) = decompose(pa.Table.from_pylist(rows, schema=RUNS_SCHEMA), Coins()).to_pylist()
    assert (row["explainer"], row["n"]) == ("a", 2)
    assert (row["share_seed"], row["share_examples"], row["share_rest"]) == (0, 1, 0)
    missing = pa.Table.from_pylist([{**row, "status": "missing"} for row in rows], schema=RUNS_SCHEMA)
    assert decompose(missing, Coins()).num_rows == 0
