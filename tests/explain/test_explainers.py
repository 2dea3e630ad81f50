from dataclasses import replace

import pytest
import torch
from toys import Product, rows_of, split

from recursive_roar.catalog.explainers import EXPLAINERS
from recursive_roar.catalog.own_explainer import CAPABILITIES, describe
from recursive_roar.data.batches import Ragged
from recursive_roar.explain import gradient
from recursive_roar.explain.extract import ExplainerError, extract_importance, prepare
from recursive_roar.explain.gradient import Gradient, InputXGradient, embedding_gradient
from recursive_roar.explain.integrated_gradient import IntegratedGradient
from recursive_roar.explain.interface import Explainer
from recursive_roar.explain.load import load_explainer
from recursive_roar.explain.random import Random
from recursive_roar.models.build import build_classifier
from recursive_roar.models.vectors import initial_vectors

CPU = torch.device("cpu")
ROWS = [[1, 3, 4, 2], [1, 5, 2], [1, 6, 3, 5, 4, 6, 2], [1, 4, 4, 4, 2]]
PAIRS = [[1, 6, 2], [1, 3, 4, 2], [1, 5, 2], [1, 5, 6, 3, 2]]


def by_hand() -> tuple[Product, torch.Tensor]:
    """Tokens 3 = (1, 2) and 4 = (0, -1); class weights (1, 1) and (2, 0)."""
    matrix = torch.tensor([[0.0, 0], [0, 0], [0, 0], [1, 2], [0, -1]])
    return Product(matrix, torch.tensor([[1.0, 1], [2, 0]])), matrix


def lstm(paired: bool = True, double: bool = False):
    vectors = initial_vectors("normal", [str(number) for number in range(7)], 5, seed=0)
    model = build_classifier("bilstm-attention", paired=paired, vectors=vectors, hidden_width=4, classes=3, seed=0)
    return model.double() if double else model


def scores(explainer: Explainer, model, data, target="gold", pass_tokens=200, train=None):
    prepare(explainer, model, train or data, pass_tokens)
    return rows_of(extract_importance(explainer, model, data, target, pass_tokens, CPU))


# The sum of tokens 3 and 4 is (1, 1): logits are (1 + 1)^2 = 4 and 2^2 = 4; the gradient of logit 0 is 2 * 2 * (1, 1).


def test_gradient_by_hand() -> None:
    model, matrix = by_hand()
    expected = (matrix @ torch.tensor([4.0, 4.0])).norm()  # over the vocabulary
    found = scores(Gradient(), model, split([[3, 4]]))[0]
    assert torch.allclose(found, expected.expand(2))


def test_input_x_gradient_by_hand() -> None:
    found = scores(InputXGradient(), by_hand()[0], split([[3, 4]]))[0]
    assert found.tolist() == pytest.approx([12, 4])  # |(1, 2) . (4, 4)| and |(0, -1) . (4, 4)|


def test_signed_scores_keep_their_sign() -> None:
    data = split([[3, 4]])  # (1, 2) . (4, 4) and (0, -1) . (4, 4)
    assert scores(InputXGradient(signed=True), by_hand()[0], data)[0].tolist() == pytest.approx([12, -4])
    integrated = IntegratedGradient(steps=2, signed=True)
    assert scores(integrated, by_hand()[0], data)[0].tolist() == pytest.approx([9, -3])


def test_the_target_is_the_gold_or_the_predicted_class() -> None:
    model, _ = by_hand()
    data = split([[3]], labels=[1])  # logits 9 and 4, so class 0 is predicted; gradients (6, 6) and (8, 0)
    assert scores(InputXGradient(), model, data)[0].item() == pytest.approx(8)
    assert scores(InputXGradient(), model, data, target="predicted")[0].item() == pytest.approx(18)


def test_integrated_gradient_by_hand() -> None:
    # The gradient at share s of the input is s (4, 4), so two steps average .75, and weighted by .5 and 1 average .625.
    model, _ = by_hand()
    assert scores(IntegratedGradient(steps=2), model, split([[3, 4]]))[0].tolist() == pytest.approx([9, 3])
    paper = IntegratedGradient(steps=2, form="paper")
    assert scores(paper, model, split([[3, 4]]))[0].tolist() == pytest.approx([7.5, 2.5])


@pytest.mark.parametrize(
    ("steps", "form", "expected"), [(1, "paper", 2), (2, "paper", 1.25), (2, "standard", 1.5), (1, "midpoint", 1)]
)
def test_the_forms_on_one_square(steps, form, expected) -> None:
    """f(z) = z^2 at z = 1; step i at z = i/steps has the gradient 2i/steps, at the midpoint (2i - 1)/steps."""
    model = Product(torch.tensor([[0.0], [0], [0], [1]]), torch.tensor([[1.0]]))
    found = scores(IntegratedGradient(steps, form=form), model, split([[3]]))[0]
    assert found.item() == pytest.approx(expected)


def test_a_baseline_by_hand() -> None:
    """(z1 + z2)^2 at the values 3 and 0, from the mask token's 1 for both."""
    model = Product(torch.tensor([[0.0], [0], [0], [1], [3]]), torch.tensor([[1.0]]))
    found = scores(IntegratedGradient(1, baseline="mask", signed=True), model, split([[4, 0]]))[0]
    assert found.tolist() == pytest.approx([2 * 6, -1 * 6])  # gradient 2 (3 + 0) times e - b
    paper = scores(IntegratedGradient(1, form="paper", baseline="mask", signed=True), model, split([[4, 0]]))[0]
    assert paper.tolist() == pytest.approx([3 * 6, 0])  # times e


@pytest.mark.parametrize(
    ("paired", "baseline"), [(True, "zero"), (False, "zero"), (False, "pad"), (True, "mask"), (False, "average")]
)
def test_integrated_gradient_is_complete(paired, baseline) -> None:
    model = lstm(paired, double=True).eval()
    batch = split(ROWS, PAIRS if paired else None).batch(torch.arange(4))
    target = torch.tensor([0, 1, 2, 0])
    explainer = IntegratedGradient(steps=400, baseline=baseline, signed=True)
    found = explainer(model, batch, target).sum(1)
    embeddings = model.embed(batch.input_ids)
    matrix = model.embedding_matrix
    absent = {"zero": torch.zeros(5), "pad": matrix[0], "mask": matrix[3], "average": matrix.mean(0)}
    change = model.logits(batch) - model.logits(batch, absent[baseline].to(embeddings).expand_as(embeddings))
    change = change.gather(1, target[:, None])[:, 0]
    assert torch.allclose(found, change, atol=5e-3)
    assert torch.allclose(explainer.expected_sum(model, batch, target), change)


@pytest.mark.parametrize("paired", [True, False])
def test_gradients_agree_with_finite_differences(paired) -> None:
    model = lstm(paired, double=True).eval()
    batch = split(ROWS[:1], PAIRS[:1] if paired else None).batch(torch.tensor([0]))
    embeddings = model.embed(batch.input_ids).detach()
    found = embedding_gradient(model, batch, torch.tensor([1]), embeddings)
    for token in range(4):
        for width in range(5):
            step = torch.zeros_like(embeddings)
            step[0, token, width] = 1e-5
            slope = (model.logits(batch, embeddings + step) - model.logits(batch, embeddings - step))[0, 1] / 2e-5
            assert found[0, token, width].item() == pytest.approx(slope.item(), abs=1e-8)


@pytest.mark.parametrize("chunk", [1, 40, 2**22])
def test_both_norms_equal_those_of_the_gradient_of_the_one_hot_input(chunk, monkeypatch) -> None:
    monkeypatch.setattr(gradient, "CHUNK_VALUES", chunk)
    model = lstm()
    batch = split(ROWS, PAIRS).batch(torch.arange(4))
    one_hot = torch.nn.functional.one_hot(batch.input_ids, 7).float().requires_grad_()
    model.logits(batch, one_hot @ model.embedding_matrix)[:, 0].sum().backward()
    for norm, order in (("l2", 2), ("l1", 1)):
        explainer = Gradient(norm)
        prepare(explainer, model, split(ROWS, PAIRS), 100)
        found = explainer(model, batch, torch.zeros(4, dtype=torch.long))
        assert torch.allclose(found, one_hot.grad.norm(p=order, dim=-1), atol=1e-6)


@pytest.mark.parametrize("name", EXPLAINERS)
def test_the_catalog_agrees_with_the_class(name) -> None:
    known = EXPLAINERS[name]
    seed = {"seed": 5} if known.stochastic else {}
    made = load_explainer(known.path, {**known.parameters().model_dump(), **seed})
    assert {capability: getattr(made, capability) for capability in CAPABILITIES} == {
        capability: getattr(known, capability) for capability in CAPABILITIES
    }


@pytest.mark.parametrize("name", EXPLAINERS)
def test_the_catalog_agrees_with_what_the_source_says(name) -> None:
    known, read = EXPLAINERS[name], describe(EXPLAINERS[name].path)
    assert replace(read, parameters=known.parameters, source=None, may_read_words=False) == known
    assert read.parameters().model_dump() == known.parameters().model_dump()


def test_random_hangs_on_seed_and_example() -> None:
    data = split(ROWS)
    first = torch.cat(scores(Random(0), None, data))
    assert torch.equal(first, torch.cat(scores(Random(0), None, data)))
    assert not torch.equal(first, torch.cat(scores(Random(1), None, data)))
    assert not torch.equal(first, torch.cat(scores(Random(0), None, split(ROWS, first_id=9))))
    assert (first >= 0).all()
    assert (first < 1).all()


def test_random_is_drawn_anew_for_other_tokens_where_asked() -> None:
    data = split(ROWS)
    masked = data.masked(Ragged(torch.arange(len(data.input_ids.values)) % 2, data.input_ids.offsets), mask_id=3)
    for redraw in (False, True):
        first, again, later = (torch.cat(scores(Random(0, redraw), None, each)) for each in (data, data, masked))
        assert torch.equal(first, again)
        assert torch.equal(first, later) != redraw


def test_explaining_leaves_the_model_as_it_was() -> None:
    model = lstm().train()
    scores(Gradient(), model, split(ROWS, PAIRS))
    assert model.training
    assert all(parameter.requires_grad and parameter.grad is None for parameter in model.parameters())


class Broken(Explainer):
    def __init__(self, value: float, extra: int = 0) -> None:
        self.value, self.extra = value, extra

    def __call__(self, model, batch, target):
        return torch.full((len(batch.labels), batch.input_ids.shape[1] + self.extra), self.value)


def test_scores_of_a_wrong_shape_or_not_finite_are_refused() -> None:
    with pytest.raises(ExplainerError, match=r"Broken.*\[4, 8\].*\[4, 7\]"):
        scores(Broken(0.0, extra=1), None, split(ROWS))
    with pytest.raises(ExplainerError, match="Broken.*not finite.*example 0"):
        scores(Broken(float("nan")), None, split(ROWS[:1]))
