"""Importance from one gradient with respect to the input."""

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier


def embedding_gradient(model: Classifier, batch: Batch, target: Tensor, embeddings: Tensor) -> Tensor:
    """Gradient of each example's target logit with respect to `embeddings`, [batch, tokens, width]."""
    with torch.enable_grad():
        point = embeddings.detach().requires_grad_()
        chosen = model.logits(batch, point).gather(1, target[:, None]).sum()
        (gradient,) = torch.autograd.grad(chosen, point)
    return gradient


class Gradient(Explainer):
    """L2 norm of the gradient with respect to the one-hot input (Madsen et al. 2022, section 4).

    That gradient is E g for embedding matrix E and embedding gradient g; its norm is sqrt(g' E'E g), so a width x width
    product replaces a batch x tokens x vocabulary one.
    """

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        gradient = embedding_gradient(model, batch, target, model.embed(batch.input_ids))
        matrix = model.embedding_matrix.detach()
        gram = matrix.T @ matrix  # [width, width]
        return ((gradient @ gram) * gradient).sum(-1).clamp(min=0).sqrt()


class InputXGradient(Explainer):
    """Absolute value of embedding times gradient, |e . g|, for each token."""

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        embeddings = model.embed(batch.input_ids).detach()
        return (embeddings * embedding_gradient(model, batch, target, embeddings)).sum(-1).abs()
