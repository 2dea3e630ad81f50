"""How often a 95 % interval holds the true mean, by simulation; tolerances are four binomial standard errors."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import ndtr, ndtri, stdtrit

from recursive_roar.scoring.aggregate import aggregate
from recursive_roar.scoring.intervals import mean_interval

REPETITIONS, BCA_REPETITIONS = 100_000, 2_000
RESAMPLES = 1_999


def student_t(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Intervals of many samples [repetitions, n] at once."""
    n = samples.shape[1]
    half = stdtrit(n - 1, 0.975) * samples.std(axis=1, ddof=1) / np.sqrt(n)
    return samples.mean(axis=1) - half, samples.mean(axis=1) + half


def bca(samples: np.ndarray, resamples: int = RESAMPLES) -> tuple[np.ndarray, np.ndarray]:
    """BCa intervals (Efron 1987) of many samples at once, from the resamples that scipy draws for seed 0."""
    n = samples.shape[1]
    rows = np.random.default_rng(0).integers(0, n, (resamples, n))
    means = np.sort(samples[:, rows].mean(axis=2), axis=1)
    mean = samples.mean(axis=1, keepdims=True)
    bias = ndtri(((means < mean).mean(axis=1) + (means <= mean).mean(axis=1)) / 2)
    apart = mean - (n * mean - samples) / (n - 1)  # of the jackknife
    acceleration = (apart**3).sum(axis=1) / (6 * (apart**2).sum(axis=1) ** 1.5)
    limits = []
    for z in (ndtri(0.025), ndtri(0.975)):
        level = ndtr(bias + (bias + z) / (1 - acceleration * (bias + z))) * (resamples - 1)
        below = np.floor(level).astype(int)
        pair = np.take_along_axis(means, np.stack([below, np.minimum(below + 1, resamples - 1)], axis=1), axis=1)
        limits.append(pair[:, 0] + (level - below) * (pair[:, 1] - pair[:, 0]))
    return limits[0], limits[1]


def coverage(interval, samples: np.ndarray, truth: float = 0.0) -> float:
    low, high = interval(samples)
    return float(((low <= truth) & (truth <= high)).mean())


def tolerance(share: float, repetitions: int) -> float:
    return 4 * np.sqrt(share * (1 - share) / repetitions)


@pytest.mark.parametrize("n", [3, 5])
def test_intervals_in_bulk_are_those_of_the_package(n) -> None:
    samples = np.random.default_rng(1).normal(size=(3, n))
    for method, bulk in (("student-t", student_t), ("paper", lambda samples: bca(samples, 9_999))):
        expected = [mean_interval(sample, method) for sample in samples]
        low, high = bulk(samples)
        assert low == pytest.approx([interval.low for interval in expected])
        assert high == pytest.approx([interval.high for interval in expected])


@pytest.mark.parametrize("n", [3, 5])
def test_student_t_covers_95_percent_of_normal_scores(n) -> None:
    samples = np.random.default_rng(0).normal(size=(REPETITIONS, n))
    assert coverage(student_t, samples) == pytest.approx(0.95, abs=tolerance(0.95, REPETITIONS))


@pytest.mark.parametrize(("n", "least"), [(3, 0.92), (5, 0.93)])
def test_student_t_loses_little_on_scores_that_are_not_normal(n, least) -> None:
    uniform = np.random.default_rng(0).uniform(-1, 1, (REPETITIONS, n))
    assert least < coverage(student_t, uniform) < 0.95


@pytest.mark.parametrize(("n", "share"), [(3, 0.72), (5, 0.84)])
def test_the_published_bootstrap_covers_less(n, share) -> None:
    samples = np.random.default_rng(0).normal(size=(BCA_REPETITIONS, n))
    assert coverage(bca, samples) == pytest.approx(share, abs=tolerance(share, BCA_REPETITIONS))


@pytest.mark.parametrize(("n", "share"), [(2, 0.67), (3, 0.85), (5, 0.91)])
def test_percentiles_over_two_datasets_cover_less_the_fewer_the_seeds(n, share, monkeypatch) -> None:
    monkeypatch.setattr("recursive_roar.scoring.aggregate.SEEDS_FOR_LIMITS", n)
    monkeypatch.setattr("recursive_roar.scoring.aggregate.RESAMPLES", 1_000)
    random = np.random.default_rng(0)
    rows = [
        {"protocol": "", "ladder": "", "model": "", "explainer": str(number), "dataset": dataset, "seed": seed,
         "racu": random.normal()}
        for number in range(BCA_REPETITIONS) for dataset in "de" for seed in range(n)
    ]  # fmt: skip
    found = aggregate(pa.Table.from_pylist(rows), 0.95).to_pylist()
    covered = np.mean([row["low"] <= 0 <= row["high"] for row in found])
    assert covered == pytest.approx(share, abs=tolerance(share, BCA_REPETITIONS))
