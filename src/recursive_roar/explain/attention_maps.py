"""Attention through all layers of a transformer, from the classification head back to the input."""

from collections.abc import Sequence

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier


class AttentionRollout(Explainer):
    """Product over the layers of (A + I) / 2, A the mean of the heads, as the head reads it (Abnar & Zuidema 2020).

    I stands for the residual connection. Unsigned. Cost: one forward pass. Deterministic.
    """

    needs_attention_maps = True

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        maps = model.attention_maps(batch, model.embed(batch.input_ids))
        halves: Tensor = maps.readout / 2 ** len(maps.layers)
        return backwards(halves, [layer.mean(1) for layer in maps.layers])


class GradientWeightedAttention(Explainer):
    """Product over the layers of I + A', A' the mean of the heads' positive A x gradient (Chefer et al. 2021).

    The gradient is that of the target logit with respect to A, so that attention that speaks for the class counts.
    Of their two methods of that year the one for any attention (ICCV), which needs no relevance propagation. Unsigned.
    Cost: one forward and one backward pass. Deterministic.
    """

    needs_attention_maps = True

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        with torch.enable_grad():
            maps = model.attention_maps(batch, model.embed(batch.input_ids).detach().requires_grad_())
            gradients = torch.autograd.grad(maps.logits.gather(1, target[:, None]).sum(), maps.layers)
        weighted = [(layer.detach() * slope).clamp(min=0) for layer, slope in zip(maps.layers, gradients, strict=True)]
        return backwards(maps.readout, [layer.mean(1) for layer in weighted])


def backwards(readout: Tensor, layers: Sequence[Tensor]) -> Tensor:
    """The rows `readout` [batch, tokens] times I + A of the last layer, and so on to the first, [batch, tokens].

    Each A is [batch, tokens, tokens]. No product of two of them is needed, so the cost is that of reading them.
    """
    reached = readout
    for layer in reversed(layers):
        reached = reached + torch.bmm(reached[:, None], layer).squeeze(1)
    return reached
