"""Importance from one gradient with respect to the input."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch, Split
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier

CHUNK_VALUES = 2**22  # products with parts of the vocabulary held at a time: 16 MB


def embedding_gradient(model: Classifier, batch: Batch, target: Tensor, embeddings: Tensor) -> Tensor:
    """Gradient of each example's target logit with respect to `embeddings`, [batch, tokens, width]."""
    return gradient_at(embeddings, target, lambda point: model.logits(batch, point))


def gradient_at(point: Tensor, target: Tensor, logits: Callable[[Tensor], Tensor]) -> Tensor:
    """Gradient of each example's target logit with respect to what `logits` takes, of the shape of `point`."""
    with torch.enable_grad():
        point = point.detach().requires_grad_()
        chosen = logits(point).gather(1, target[:, None]).sum()
        (gradient,) = torch.autograd.grad(chosen, point)
    return gradient


def gram_matrix(model: Classifier) -> Tensor:
    """E'E of the embedding matrix E, [width, width]."""
    matrix = model.embedding_matrix.detach()
    return matrix.T @ matrix


def squared_l2_over_vocabulary(gradient: Tensor, gram: Tensor) -> Tensor:
    """Squared L2 norm of E g for each g of `gradient` [batch, tokens, width], [batch, tokens].

    It is g' E'E g, so products with `gram` [width, width] replace batch x tokens x vocabulary ones.
    """
    return ((gradient @ gram) * gradient).sum(-1).clamp(min=0)


def l1_over_vocabulary(gradient: Tensor, matrix: Tensor) -> Tensor:
    """L1 norm of E g, [batch, tokens]; the vocabulary passes in parts, so memory does not grow with it."""
    words = max(1, CHUNK_VALUES // gradient.shape[:2].numel())
    total = gradient.new_zeros(gradient.shape[:2])
    for part in matrix.split(words):
        total += (gradient @ part.T).abs_().sum(-1)
    return total


class Gradient(Explainer):
    """Norm of the gradient with respect to the one-hot input (Madsen et al. 2022, section 4), `norm` L2 or L1.

    That gradient is E g for embedding matrix E and embedding gradient g. Unsigned. Cost: one forward and one backward
    pass. Deterministic.
    """

    def __init__(self, norm: Literal["l1", "l2"] = "l2") -> None:
        self.norm = norm

    def prepare(self, model: Classifier, train: Split) -> None:  # noqa: D102
        self._gram = gram_matrix(model)

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        gradient = embedding_gradient(model, batch, target, model.embed(batch.input_ids))
        if self.norm == "l1":
            return l1_over_vocabulary(gradient, model.embedding_matrix.detach())
        return squared_l2_over_vocabulary(gradient, self._gram).sqrt()


class InputXGradient(Explainer):
    """Embedding times gradient, e . g (Denil et al. 2014); its absolute value unless `signed`.

    Cost: one forward and one backward pass. Deterministic.
    """

    def __init__(self, signed: bool = False) -> None:
        self.signed = signed

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        embeddings = model.embed(batch.input_ids).detach()
        scores = (embeddings * embedding_gradient(model, batch, target, embeddings)).sum(-1)
        return scores if self.signed else scores.abs()
