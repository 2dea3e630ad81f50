"""Integrated gradient (Sundararajan et al. 2017)."""

from typing import Literal

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.explain.gradient import embedding_gradient
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier


class IntegratedGradient(Explainer):
    """Absolute value of e . (mean gradient on the straight path from the zero embedding to e).

    A right Riemann sum, one step at a time, so memory does not grow with `steps`. Only the explained sequence is
    scaled, its partner stays as it is. `form="paper"` weights step i by i/steps, as the published code does;
    completeness then does not hold.
    """

    def __init__(self, steps: int = 50, form: Literal["standard", "paper"] = "standard") -> None:
        self.steps = steps
        self.form = form

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        return self.signed_importance(model, batch, target).abs()

    def signed_importance(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:
        """Before the absolute value, [batch, tokens]; sums to f(e) - f(0) as steps grow (completeness)."""
        embeddings = model.embed(batch.input_ids).detach()
        partner = batch.partner[..., None]  # [batch, tokens, 1]
        total = torch.zeros_like(embeddings)
        for step in range(1, self.steps + 1):
            share = step / self.steps
            weight = share if self.form == "paper" else 1.0
            point = torch.where(partner, embeddings, share * embeddings)
            total += weight * embedding_gradient(model, batch, target, point)
        return (embeddings * total).masked_fill(partner, 0).sum(-1) / self.steps
