"""Attention weights as importance."""

from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier


class Attention(Explainer):
    """The weight that the model's attention gives to each token (Bahdanau et al. 2015).

    Of a transformer, the mean over layers, heads and the tokens that attend (Vaswani et al. 2017). Unsigned. Cost: one
    forward pass. Deterministic.
    """

    needs_attention = True

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        return model.attention(batch)
