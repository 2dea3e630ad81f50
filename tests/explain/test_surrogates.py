"""LIME and KernelSHAP beside brute force, scikit-learn and what regression promises."""

from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from toys import Product, rows_of, split

from recursive_roar.explain.extract import extract_importance
from recursive_roar.explain.kernel_shap import KernelShap
from recursive_roar.explain.lime import Lime

CPU = torch.device("cpu")


def product() -> Product:
    """The square of a sum: words interact. The mask token counts 0.5."""
    return Product(torch.tensor([0.0, 0, 0, 0.5, 3, 1, -5, 2, 1.5])[:, None], torch.ones(1, 1))


class Cube(Product):
    """The sum to the power of three: three words interact, so that the weights of coalitions matter."""

    def logits(self, batch, embeddings=None):
        embeddings = self.embed(batch.input_ids) if embeddings is None else embeddings
        return (embeddings * batch.present[..., None]).sum(1) ** 3


def scores(explainer, row, model=None):
    (found,) = rows_of(extract_importance(explainer, model or product(), split([row]), "gold", 50, CPU))
    return found


def shapley(row: list[int], power: int = 2) -> list[float]:
    """Mean marginal effect over every order in which the words appear."""
    values = product().matrix[:, 0].tolist()

    def logit(kept) -> float:
        return sum(values[word if place in kept else 3] for place, word in enumerate(row)) ** power

    orders = list(permutations(range(len(row))))
    return [
        np.mean([logit({*order[: order.index(place) + 1]}) - logit({*order[: order.index(place)]}) for order in orders])
        for place in range(len(row))
    ]


@pytest.mark.parametrize("row", [[4, 5, 6, 7, 8], [4, 6], [5]])
def test_kernel_shap_is_exact_where_all_coalitions_fit(row) -> None:
    assert scores(KernelShap(seed=0, signed=True), row).tolist() == pytest.approx(shapley(row), abs=1e-4)
    assert scores(KernelShap(seed=0), row).tolist() == pytest.approx(np.abs(shapley(row)), abs=1e-4)


def test_kernel_shap_is_exact_where_three_words_interact() -> None:
    row = [4, 5, 6, 7, 8]
    cube = Cube(product().matrix.detach(), torch.ones(1, 1))
    assert scores(KernelShap(seed=0, signed=True), row, cube).tolist() == pytest.approx(shapley(row, 3), abs=1e-3)


def test_drawn_coalitions_come_near_and_keep_the_sum() -> None:
    row = [4, 5, 6, 7, 8, 5, 4]  # 126 coalitions between none and all
    found = scores(KernelShap(seed=0, samples=100, signed=True), row)
    assert found.tolist() == pytest.approx(shapley(row), abs=4)  # the ridge takes 1 of 20 off the way from the mean
    assert found.sum().item() == pytest.approx(sum(shapley(row)), abs=1e-3)


@pytest.mark.parametrize(("words", "samples"), [(12, 60), (40, 20)])
def test_drawn_values_minimise_errors_and_ridge_among_those_that_keep_the_sum(words, samples) -> None:
    generator = np.random.default_rng(0)
    explainer = KernelShap(seed=0, samples=samples)
    kept = explainer.draw(words, generator)
    logits = generator.normal(size=len(kept))
    found = explainer.fit(kept, logits)
    slope = kept[2:].T @ (kept[2:] @ found - (logits[2:] - logits[1])) + found
    assert slope - slope.mean() == pytest.approx(np.zeros(words), abs=1e-9)
    assert found.sum() == pytest.approx(logits[0] - logits[1])


@pytest.mark.parametrize(("words", "samples", "correlation"), [(101, 200, 0.7), (11, 2000, 0.98)])
def test_drawn_coalitions_rank_words_as_their_shapley_values_do(words, samples, correlation) -> None:
    """Also where there is an independent equation for each word and none more."""
    generator = np.random.default_rng(0)
    alone, together = generator.normal(size=words), generator.normal(size=3 * words)
    triples = np.stack([generator.permutation(words)[:3] for _ in together])
    shares = np.bincount(triples.ravel(), together.repeat(3) / 3)  # the three gain from it alike
    explainer = KernelShap(seed=0, samples=samples)
    kept = explainer.draw(words, generator)
    found = explainer.fit(kept, kept @ alone + kept[:, triples].all(2) @ together)
    assert spearmanr(found, alone + shares).statistic > correlation
    assert found.sum() == pytest.approx(alone.sum() + together.sum())
    assert np.abs(found).max() < 1.2 * np.abs(alone + shares).max()


def test_coalitions_come_in_proportion_to_the_kernel_and_in_pairs() -> None:
    kept = KernelShap(seed=0, samples=20_000).draw(15, np.random.default_rng(0))[2:]
    assert (kept[::2] != kept[1::2]).all()
    sizes = np.arange(1, 15)
    expected = 1 / (sizes * (15 - sizes))
    shares = np.bincount(kept.sum(1), minlength=16)[1:15] / len(kept)
    assert shares == pytest.approx(expected / expected.sum(), abs=0.01)
    assert kept.mean(0) == pytest.approx(np.full(15, 0.5), abs=0.02)


@pytest.mark.parametrize("words", [9, 60, 61, 400])
def test_lime_is_the_weighted_ridge_regression(words) -> None:
    explainer = Lime(seed=0, samples=60, kernel_width=30, ridge=0.7)
    kept = explainer.draw(words, np.random.default_rng(1))
    logits = np.random.default_rng(2).normal(size=60)
    cosine = kept.sum(1) / np.maximum(np.sqrt(words * kept.sum(1)), 1e-12)
    weights = np.sqrt(np.exp(-((100 * (1 - cosine)) ** 2) / 30**2))
    expected = Ridge(alpha=0.7).fit(kept, logits, sample_weight=weights).coef_
    assert explainer.fit(kept, logits) == pytest.approx(expected)


@pytest.mark.parametrize("words", [9, 400])
def test_lime_solves_for_no_more_unknowns_than_words_or_copies(words, monkeypatch) -> None:
    solve, sizes = np.linalg.solve, []
    monkeypatch.setattr(np.linalg, "solve", lambda *given: sizes.append(len(given[0])) or solve(*given))
    explainer = Lime(seed=0, samples=60)
    explainer.fit(explainer.draw(words, np.random.default_rng(1)), np.random.default_rng(2).normal(size=60))
    assert sizes == [min(words, 60)]


def test_copies_of_lime_hide_any_number_of_words_and_any_of_them() -> None:
    kept = Lime(seed=0, samples=20_000).draw(4, np.random.default_rng(0))
    assert kept[0].all()
    shares = np.bincount((~kept[1:]).sum(1), minlength=5) / (len(kept) - 1)
    assert shares == pytest.approx([0, 0.25, 0.25, 0.25, 0.25], abs=0.02)
    assert (~kept).mean(0) == pytest.approx(np.full(4, 0.625), abs=0.02)


def test_lime_sees_the_direction() -> None:
    row = [4, 5, 6, 7, 8]
    signed = scores(Lime(seed=0, samples=500, ridge=0.01, signed=True), row)
    assert torch.equal(scores(Lime(seed=0, samples=500, ridge=0.01), row), signed.abs())
    assert signed[2] < 0 < signed[0]  # the sum is 2.5; without -5 it is 8, without 3 it is 0
    assert scores(Lime(seed=1, samples=500), row).tolist() != signed.tolist()


@pytest.mark.parametrize("kind", [Lime, KernelShap])
def test_masked_words_and_ends_are_no_features(kind) -> None:
    found = scores(kind(seed=0, signed=True), [1, 3, 4, 3, 2])
    assert found[[0, 1, 3, 4]].tolist() == [0, 0, 0, 0]
    assert found[2] > 0
