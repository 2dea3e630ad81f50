import numpy as np
import pyarrow as pa
import pytest

from recursive_roar.scoring.aggregate import aggregate, improve, improvement, interquartile_mean
from recursive_roar.scoring.summary import SCORES_SCHEMA


def scores(content: dict[tuple[str, str], list[float]]) -> pa.Table:
    rows = [
        {"dataset": dataset, "explainer": explainer, "seed": seed, "racu": value}
        for (dataset, explainer), values in content.items()
        for seed, value in enumerate(values)
    ]
    return pa.Table.from_pylist(rows, schema=SCORES_SCHEMA)


def test_the_interquartile_mean_by_hand() -> None:
    assert interquartile_mean(np.array([9.0, 1, 2, 3, -5, 4, 0, 2])) == pytest.approx((1 + 2 + 2 + 3) / 4)
    assert interquartile_mean(np.array([1.0, 2, 6])) == 3


def test_the_probability_of_improvement_by_hand(monkeypatch) -> None:
    monkeypatch.setattr("recursive_roar.scoring.aggregate.SEEDS_FOR_LIMITS", 2)
    # Of four pairs .5 is above .4 and equal to .5, .6 is above both: 3.5 of 4.
    assert improvement(np.array([0.5, 0.6]), np.array([0.4, 0.5])).mean() == 3.5 / 4
    table = scores({("d", "a"): [0.5, 0.6], ("d", "b"): [0.4, 0.5], ("e", "a"): [0.1, 0.1], ("e", "b"): [0.2, 0.2]})
    (row,) = improve(table, [], 0.95).to_pylist()
    assert row["probability"] == pytest.approx((3.5 / 4 + 0) / 2)
    assert row["low"] == pytest.approx((3.5 / 4 + 0) / 2)  # one seed twice gives 1, as `a` is above `b` in each
    assert row["high"] == pytest.approx((1 + 0) / 2)


def test_datasets_are_aggregated_with_an_interval_that_repeats() -> None:
    five = {("d", "a"): [0.4, 0.5, 0.6, 0.7, 0.8], ("e", "a"): [0.0, 0.1, 0.2, 0.3, 0.4]}
    table = scores({**five, ("e", "b"): [0.4]})
    first, second = aggregate(table, 0.95).to_pylist()
    assert (first["explainer"], first["datasets"]) == ("a", 2)
    assert first["iqm"] == pytest.approx((0.2 + 0.3 + 0.4 + 0.4 + 0.5 + 0.6) / 6)
    assert first["low"] < first["iqm"] < first["high"]
    assert (second["datasets"], second["iqm"], second["low"]) == (1, pytest.approx(0.4), None)
    assert aggregate(table, 0.95).equals(aggregate(table, 0.95))


def test_few_seeds_of_one_dataset_give_no_limits() -> None:
    five = [0.1, 0.2, 0.3, 0.4, 0.5]
    table = scores({("d", "a"): five, ("d", "b"): five, ("e", "a"): five[:4], ("e", "b"): five})
    rows = [*aggregate(table, 0.95).to_pylist(), *improve(table, [], 0.95).to_pylist()]
    assert [row["low"] is None and row["high"] is None for row in rows] == [True, False, True]


def test_datasets_are_resampled_independently_of_each_other() -> None:
    random = np.random.default_rng(1)
    values = random.normal(0, 1, 12).tolist()
    others = random.normal(0, 1, 12).tolist()
    one = scores({("d", "a"): values, ("d", "b"): others})
    four = scores({(dataset, name): row for dataset in "defg" for name, row in (("a", values), ("b", others))})
    widths = []
    for table in (one, four):
        (row,) = improve(table, [], 0.95).to_pylist()
        widths.append(row["high"] - row["low"])
    assert widths[1] == pytest.approx(widths[0] / 2, rel=0.1)
