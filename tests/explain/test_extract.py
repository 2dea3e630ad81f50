"""What extraction promises whatever the explainer: alignment, frozen parameters, checked scores."""

from typing import Any

import pytest
import torch
from torch import Tensor
from toys import Product, rows_of, split

from recursive_roar.data.batches import Batch, Split
from recursive_roar.devices import usual_pass_tokens
from recursive_roar.explain.budget import find_pass_tokens
from recursive_roar.explain.extract import ExplainerError, extract_importance, prepare
from recursive_roar.explain.gradient import InputXGradient
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier

CPU = torch.device("cpu")
ROWS = [[1, 3, 4, 5, 2], [1, 6, 2], [1, 7, 8, 2]]


class TokenIds(Explainer):
    """Scores that name their own token, so a misplaced one shows."""

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:
        return batch.example_ids[:, None] * 100.0 + batch.input_ids.double()


class Spoiled(Explainer):
    """One score that is not finite, at the given id."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:
        return torch.zeros(batch.input_ids.shape).masked_fill(batch.input_ids == self.at, float("inf"))


class Watching(Explainer):
    """Notes the state in which the model arrives; fails if asked to."""

    def __init__(self, fails: bool = False) -> None:
        self.fails = fails
        self.seen: list[tuple[bool, bool]] = []

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:
        self.seen.append((model.training, any(p.requires_grad for p in model.parameters())))
        if self.fails:
            raise RuntimeError("broken explainer")
        return torch.zeros(batch.input_ids.shape)


class Recurrent(Product):
    """An LSTM with dropout between its layers that, as cuDNN does, refuses gradients in evaluation mode."""

    def __init__(self) -> None:
        super().__init__(torch.randn(9, 4), torch.ones(2, 2))
        self.layers = torch.nn.LSTM(4, 3, num_layers=2, batch_first=True, dropout=0.9)
        self.refuses = True

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
        embeddings = self.embed(batch.input_ids) if embeddings is None else embeddings
        if embeddings.requires_grad and self.refuses and not self.layers.training:
            raise RuntimeError("cudnn RNN backward can only be called in training mode")
        return (self.layers(embeddings)[0] * batch.present[..., None]).sum(1)


class TooNarrow(Explainer):
    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:
        return torch.zeros(len(batch.labels))


def extract(explainer: Explainer, model: Classifier | None = None, pass_tokens: int = 8, **data: Any) -> list[Tensor]:
    return rows_of(extract_importance(explainer, model, split(ROWS, **data), "gold", pass_tokens, CPU))


def product() -> Product:
    return Product(torch.ones(9, 2), torch.ones(2, 2))


@pytest.mark.parametrize("pass_tokens", [1, 8, 100])
def test_scores_lie_where_their_tokens_lie(pass_tokens: int) -> None:
    found = extract(TokenIds(), pass_tokens=pass_tokens, first_id=4)
    assert [row.tolist() for row in found] == [
        [401, 403, 404, 405, 402],
        [501, 506, 502],
        [601, 607, 608, 602],
    ]
    assert found[0].dtype == torch.float32


def test_an_explainer_sees_a_frozen_model_in_evaluation_mode() -> None:
    watching = Watching()
    extract(watching, product().train())
    assert watching.seen == [(False, False)] * 2


def test_recurrent_layers_can_be_differentiated_and_drop_nothing_out() -> None:
    model, data = Recurrent().eval(), split(ROWS)
    model.refuses = False
    batch = data.batch(torch.arange(3))
    expected = InputXGradient()(model, batch, batch.labels)
    model.refuses = True
    found = extract_importance(InputXGradient(), model, data, "gold", 100, CPU)
    assert torch.equal(found.padded(torch.arange(3)), expected * batch.present)
    assert find_pass_tokens(model, data, CPU, lambda _: 10**9) == usual_pass_tokens(CPU)


@pytest.mark.parametrize("training", [True, False])
def test_each_layer_is_left_in_the_mode_it_was_in(training: bool) -> None:
    model = Recurrent().train()
    model.layers.train(training)
    extract(Watching(), model)
    assert (model.training, model.layers.training, model.layers.dropout) == (True, training, 0.9)


class Labels(Explainer):
    """Scores that are the labels it is shown."""

    def prepare(self, model: Classifier, train: Split) -> None:
        self.prepared = train.labels.tolist()

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:
        return batch.labels[:, None].expand_as(batch.input_ids)


class DeclaredLabels(Labels):
    uses_labels = True


def test_gold_labels_are_hidden_where_the_predicted_class_is_explained() -> None:
    data = split([[3], [4]], labels=[1, 1])
    model = Product(torch.ones(9, 2), torch.tensor([[2.0, 2], [1, 1]]))  # predicts class 0
    seen = [rows_of(extract_importance(Labels(), model, data, target, 8, CPU)) for target in ("gold", "predicted")]
    assert [row.item() for row in seen[0]] == [1, 1]
    assert [row.item() for row in seen[1]] == [0, 0]
    blind = extract_importance(Labels(), None, data, "predicted", 8, CPU)
    assert blind.values.tolist() == [-1, -1]


def test_the_training_split_comes_with_labels_for_those_that_declare_them() -> None:
    data = split([[3], [4]], labels=[1, 1])
    plain, declared = Labels(), DeclaredLabels()
    for explainer in (plain, declared):
        prepare(explainer, None, data, 16)
        assert explainer.pass_tokens == 16
    assert (plain.prepared, declared.prepared) == ([-1, -1], [1, 1])


def test_a_failing_explainer_leaves_the_model_as_it_was() -> None:
    model = product().train()
    model.weight.requires_grad_(False)
    with pytest.raises(RuntimeError, match="broken explainer"):
        extract(Watching(fails=True), model)
    assert model.training
    assert model.matrix.requires_grad and not model.weight.requires_grad


def test_a_score_that_is_not_finite_is_blamed_on_its_own_example() -> None:
    with pytest.raises(ExplainerError, match="explainer Spoiled .* in example 12$"):
        extract(Spoiled(at=8), first_id=10)


def test_a_score_that_is_ignored_may_be_anything() -> None:
    assert extract(Spoiled(at=1))[0].tolist() == [float("inf"), 0, 0, 0, 0]


def test_a_wrong_shape_names_shapes_and_an_example() -> None:
    with pytest.raises(ExplainerError, match=r"TooNarrow .* \[2\]; .* \[2, 4\], .* begins with example 11$"):
        extract(TooNarrow(), first_id=10)
