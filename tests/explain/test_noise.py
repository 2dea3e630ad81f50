"""Averages over noise: SmoothGrad, SmoothGrad-squared, GradientSHAP."""

import pytest
import torch
from toys import Product, rows_of, split

from recursive_roar.explain.draws import draw_per_example
from recursive_roar.explain.extract import extract_importance, prepare
from recursive_roar.explain.gradient import Gradient
from recursive_roar.explain.gradient_shap import GradientShap
from recursive_roar.explain.smoothgrad import SmoothGrad, SmoothGradSquared

CPU = torch.device("cpu")


def product() -> Product:
    """f = (sum of embeddings)^2 with width 1: the gradient is 2 sum at each token, and E'E = 14."""
    return Product(torch.tensor([[0.0], [0], [0], [1], [2], [-3]]), torch.ones(1, 1))


def scores(explainer, model, data, train=None):
    prepare(explainer, model, train or data, 100)
    return torch.stack(rows_of(extract_importance(explainer, model, data, "gold", 100, CPU)))


def test_without_noise_both_are_the_gradient() -> None:
    data = split([[4, 3]])
    plain = scores(Gradient(), product(), data)
    assert torch.allclose(scores(SmoothGrad(seed=0, samples=3, noise=1e-9), product(), data), plain)
    assert torch.allclose(scores(SmoothGradSquared(seed=0, samples=3, noise=1e-9), product(), data), plain**2)


def test_the_noise_is_a_share_of_the_range() -> None:
    """With deviation d = .5 (2 - (-3)) at both tokens, the mean square of 2 sum is 4 (sum^2 + 2 d^2)."""
    data = split([[4, 5]] * 300)
    deviation = 0.5 * 5
    squared = scores(SmoothGradSquared(seed=0, samples=20, noise=0.5), product(), data).mean()
    assert squared.item() == pytest.approx(14 * 4 * ((-1) ** 2 + 2 * deviation**2), rel=0.05)
    averaged = scores(SmoothGrad(seed=0, samples=200, noise=0.1), product(), split([[4, 5]] * 30)).mean()
    assert averaged.item() == pytest.approx(14**0.5 * 2, rel=0.05)


def test_padding_is_no_part_of_the_range() -> None:
    model = Product(torch.tensor([[100.0], [0], [0], [1], [2], [-3]]), torch.ones(1, 1))
    explainer = SmoothGrad(seed=0, samples=5)
    prepare(explainer, model, split([[4, 5]]), 100)
    alone, padded = (
        rows_of(extract_importance(explainer, model, split(rows), "gold", 100, CPU))[0]
        for rows in ([[4, 5]], [[4, 5], [4, 5, 3, 3]])
    )
    assert torch.allclose(alone, padded)


def test_gradient_shap_adds_up_in_expectation() -> None:
    """Sum over tokens: f(x) less the mean of f over baselines, here words 3 and 5 with equal chance (1 and -3)."""
    data, train = split([[4, 3]] * 100), split([[1, 3, 5, 2]])
    found = scores(GradientShap(seed=0, samples=100, signed=True), product(), data, train).sum(1).mean()
    expected = 9 - (4 + 4 + 4 + 36) / 4
    assert found.item() == pytest.approx(expected, abs=0.5)


def test_gradient_shap_by_hand_with_one_possible_baseline() -> None:
    data, train = split([[4, 3], [5, 5]]), split([[1, 3, 2]])
    # From (1, 1) to (2, 1) the gradient is 2 (2 + u), times (1, 0); absolute at the end.
    found = scores(GradientShap(seed=0, samples=200, signed=True), product(), data, train)
    assert found[0].tolist() == pytest.approx([5, 0], abs=0.2)
    # From (1, 1) to (-3, -3): gradient 2 (2 - 8 u), times -4 each.
    assert found[1].tolist() == pytest.approx([16, 16], abs=6)
    away = scores(GradientShap(seed=0, samples=200, signed=True), product(), split([[3, 4]]), split([[1, 4, 2]]))
    assert away[0].tolist() == pytest.approx([-7, 0], abs=0.3)  # 2 (4 - u) times -1
    absolute = scores(GradientShap(seed=0, samples=200), product(), split([[3, 4]]), split([[1, 4, 2]]))
    assert torch.equal(absolute, away.abs())


def test_draws_hang_on_seed_example_and_stream() -> None:
    batch = split([[3, 4, 5], [3]]).batch(torch.arange(2))

    def drawn(*stream):
        return draw_per_example(batch, lambda generator, n: generator.random(n), *stream)

    assert torch.equal(drawn(0), drawn(0))
    assert drawn(0)[1, 1:].tolist() == [0, 0]
    assert len({drawn(*stream)[0, 0].item() for stream in [(0,), (1,), (0, 0, 1), (0, 1, 0)]}) == 4
