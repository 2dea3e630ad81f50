"""The values that Captum, an independent implementation, finds where definitions agree."""

import numpy as np
import pytest
import torch
from captum._utils.models.linear_model import SkLearnLinearRegression
from captum.attr import FeatureAblation, GradientShap, InputXGradient, IntegratedGradients, KernelShap, Lime, Occlusion
from toys import split

from recursive_roar.explain import gradient, gradient_shap, integrated_gradient, kernel_shap, lime, occlusion
from recursive_roar.explain.baseline import baseline_embedding
from recursive_roar.explain.planted import Planted, planted_split
from recursive_roar.models.build import build_classifier
from recursive_roar.models.vectors import initial_vectors

BATCH = split([[1, 5, 6, 7, 8, 2], [1, 9, 4, 5, 9, 2]]).batch(torch.arange(2))
TARGET = torch.tensor([2, 0])


@pytest.fixture(scope="module")
def model():
    vectors = initial_vectors("normal", [str(number) for number in range(10)], 6, seed=0)
    made = build_classifier("bilstm-attention", paired=False, vectors=vectors, hidden_width=5, classes=3, seed=0)
    return made.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def embeddings(model):
    return model.embed(BATCH.input_ids)


def of_embeddings(model):
    """A function of embeddings for Captum, which may stack several copies of the batch."""
    return lambda values: model.logits(BATCH.take(torch.arange(len(values)) % 2), values)


def of_ids(model):
    return lambda ids: model.logits(batch_with(ids))


def batch_with(ids):
    copies = BATCH.take(torch.arange(len(ids)) % 2)
    return type(BATCH)(**{**vars(copies), "input_ids": ids})


def test_input_x_gradient(model, embeddings) -> None:
    expected = (
        InputXGradient(of_embeddings(model)).attribute(embeddings.clone().requires_grad_(), target=TARGET).sum(-1)
    )
    assert torch.allclose(gradient.InputXGradient(signed=True)(model, BATCH, TARGET), expected, atol=1e-6)


@pytest.mark.parametrize(("form", "method"), [("standard", "riemann_right"), ("midpoint", "riemann_middle")])
@pytest.mark.parametrize("baseline", ["zero", "pad", "mask", "average"])
def test_integrated_gradient(model, embeddings, baseline, form, method) -> None:
    absent = baseline_embedding(model, baseline).expand_as(embeddings)
    arguments = {"target": TARGET, "n_steps": 9, "method": method}
    expected = IntegratedGradients(of_embeddings(model)).attribute(embeddings, absent, **arguments).sum(-1)
    ours = integrated_gradient.IntegratedGradient(steps=9, form=form, baseline=baseline, signed=True)
    assert torch.allclose(ours(model, BATCH, TARGET), expected, atol=1e-6)


def test_leave_one_out(model) -> None:
    expected = FeatureAblation(of_ids(model)).attribute(BATCH.input_ids, baselines=model.mask_id, target=TARGET)
    found = occlusion.LeaveOneOut(signed=True)(model, BATCH, TARGET)
    assert torch.allclose(found[BATCH.maskable], expected[BATCH.maskable].float(), atol=1e-6)


def test_occlusion_away_from_the_ends(model) -> None:
    arguments = {"baselines": model.mask_id, "target": TARGET, "sliding_window_shapes": (2,)}
    expected = Occlusion(of_ids(model)).attribute(BATCH.input_ids, **arguments)
    found = occlusion.Occlusion(window=2, signed=True)(model, BATCH, TARGET)
    assert torch.allclose(found[:, 2:4], expected[:, 2:4].float(), atol=1e-6)


def test_gradient_shap_in_expectation(model, embeddings) -> None:
    """All tokens of the training split are one word, so that both have the same one baseline."""
    words = torch.full_like(BATCH.input_ids, 6)
    torch.manual_seed(0)
    np.random.seed(0)  # which Captum draws from
    arguments = {"n_samples": 2000, "target": TARGET, "stdevs": 0.0}
    expected = GradientShap(of_embeddings_repeated(model, 2000)).attribute(embeddings, model.embed(words), **arguments)
    ours = gradient_shap.GradientShap(seed=0, samples=2000, signed=True)
    ours.prepare(model, split([[1, 6, 2]]))
    assert torch.allclose(ours(model, BATCH, TARGET), expected.sum(-1), atol=0.05 * float(expected.sum(-1).abs().max()))


def of_embeddings_repeated(model, times):
    """Captum repeats each example `times` in a row for this method."""
    return lambda values: model.logits(BATCH.take(torch.arange(2).repeat_interleave(times)), values)


def test_kernel_shap_near_captums_estimate(model) -> None:
    """Ours takes all 14 coalitions of four words, Captum draws."""
    torch.manual_seed(0)
    found = kernel_shap.KernelShap(seed=0, signed=True)(model, BATCH, TARGET)
    for row in range(2):
        ids = BATCH.input_ids[row : row + 1]
        words = (torch.arange(6)[None] - 1).clamp(min=0, max=4)
        words[0, [0, 5]] = 4  # the ends as one feature, which the baseline leaves as it is
        baseline = ids.masked_fill(BATCH.maskable[row : row + 1], model.mask_id)
        alone = BATCH.take(torch.tensor([row]))
        explained = KernelShap(
            lambda some, alone=alone: model.logits(type(BATCH)(**{**vars(alone), "input_ids": some}))
        )
        arguments = {"target": int(TARGET[row]), "feature_mask": words, "n_samples": 500}
        expected = explained.attribute(ids, baseline, **arguments)[0, 1:5]
        assert torch.allclose(found[row, 1:5], expected.float(), atol=0.05 * float(expected.abs().max()))


def test_lime_where_the_truth_is_linear() -> None:
    """Whatever is drawn and however it is weighted, both find the linear function."""
    torch.manual_seed(0)
    model, batch = Planted(), planted_split(2).batch(torch.tensor([1]))

    def logits(ids):
        return model.logits(type(batch)(**{**vars(batch.take(torch.zeros(len(ids)).long())), "input_ids": ids}))

    explained = Lime(logits, SkLearnLinearRegression(), similarity_func=lambda *_, **__: 1.0)
    expected = explained.attribute(batch.input_ids, baselines=model.mask_id, target=1, n_samples=100)
    with torch.no_grad():
        found = lime.Lime(seed=0, ridge=1e-6, signed=True)(model, batch, torch.tensor([1]))
    assert torch.allclose(found, expected.float(), atol=1e-3)
    assert found.max() == pytest.approx(9, abs=1e-3)
