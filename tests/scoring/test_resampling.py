import numpy as np
import pytest
import torch

from recursive_roar.metrics import measure
from recursive_roar.scoring.resampling import majority_value, resample_counts, resampled


def test_counts_are_a_bootstrap_of_the_examples() -> None:
    counts = resample_counts(50, 2000)
    assert (counts.sum(axis=1) == 50).all()
    assert counts.var() == pytest.approx(1 - 1 / 50, rel=0.02)
    assert np.array_equal(counts, resample_counts(50, 2000))


@pytest.mark.parametrize("metric", ["accuracy", "macro-f1"])
def test_a_measure_of_a_resample_is_that_of_its_examples(metric) -> None:
    random = np.random.default_rng(0)
    labels, predicted = random.integers(0, 4, 30), random.integers(0, 3, (2, 30))
    counts = resample_counts(30, 5)
    values = resampled(metric, predicted, labels, counts)
    for resample, row in enumerate(counts.astype(int)):
        examples = np.repeat(np.arange(30), row)
        for run in range(2):
            logits = torch.tensor(np.eye(4)[predicted[run][examples]])
            assert values[resample, run] == pytest.approx(measure(metric, logits, torch.tensor(labels[examples])))


def test_the_majority_by_hand() -> None:
    # 3 of 4 are right; F1 of the class is 2 * 3 / (3 + 4), that of the other 0.
    assert majority_value("accuracy", np.array([1, 0, 1, 1])) == 0.75
    assert majority_value("macro-f1", np.array([1, 0, 1, 1])) == pytest.approx(3 / 7)
