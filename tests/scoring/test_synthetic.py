"""The known-answer check of Madsen et al. (2022): only 4 of 16 correlated features carry the label."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from recursive_roar.config.ladder import Amount
from recursive_roar.data.batches import Ragged
from recursive_roar.masking import mask_most_important
from recursive_roar.scoring.racu import racu

FEATURES, INFORMATIVE = 16, 4


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    a, d = random.standard_normal(INFORMATIVE), random.standard_normal(FEATURES)
    a = np.concatenate([a, np.zeros(FEATURES - INFORMATIVE)])
    parts = []
    for size in (20_000, 5_000):
        z, eta, eps = random.standard_normal((3, size, 1))
        parts.append((a * z / 10 + d * eta + eps / 10, (z[:, 0] > 0).astype(int)))
    return parts


def fit(data, visible):
    (train_x, train_y), (test_x, test_y) = data
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000)
    if not visible.any():
        return np.zeros(FEATURES), max(test_y.mean(), 1 - test_y.mean())
    scale = train_x.std()
    model.fit(train_x * visible / scale, train_y)
    return np.abs(model.coef_[0]), model.score(test_x * visible / scale, test_y)


def curve(data, recursive: bool, known: np.ndarray | None = None) -> list[float]:
    """Accuracy after each feature masked, by the model's importance or a known one."""
    offsets, maskable = torch.tensor([0, FEATURES]), torch.ones(FEATURES, dtype=torch.bool)
    masked_at = None
    importance, accuracy = fit(data, np.ones(FEATURES, bool))
    importance = importance if known is None else known
    values = [accuracy]
    for number in range(1, FEATURES + 1):
        masked_at = mask_most_important(
            Ragged(torch.tensor(importance, dtype=torch.float32), offsets),
            Ragged(maskable, offsets),
            masked_at,
            Amount("absolute", number),
            number,
        )
        fresh, accuracy = fit(data, masked_at.values.numpy() == 0)
        importance = fresh if recursive else importance
        values.append(accuracy)
    return values


def test_recursive_roar_finds_the_four_features_and_classic_roar_is_misled(data) -> None:
    recursive, classic = curve(data, recursive=True), curve(data, recursive=False)
    assert min(recursive[:INFORMATIVE]) > 0.99
    assert max(recursive[INFORMATIVE:]) < 0.55
    assert min(classic[:10]) > 0.99  # the published run: misled until 9 features are gone
    assert max(classic[10:]) < 0.55
    shares = np.linspace(0, 1, FEATURES + 1).tolist()
    truth = curve(data, recursive=False, known=(np.arange(FEATURES) < INFORMATIVE).astype(float))
    assert min(truth[:INFORMATIVE]) > 0.99
    assert max(truth[INFORMATIVE:]) < 0.55
    linear = np.linspace(1, 0.5, FEATURES + 1).tolist()
    assert racu(shares, recursive, linear).racu == pytest.approx(racu(shares, truth, linear).racu, abs=0.05)
    assert racu(shares, classic, linear).racu < racu(shares, recursive, linear).racu - 0.3
