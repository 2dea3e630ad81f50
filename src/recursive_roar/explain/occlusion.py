"""How far the logit falls when tokens are hidden."""

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.explain.interface import Explainer
from recursive_roar.explain.masked_copies import masked_logits, replaceable, target_logits
from recursive_roar.models.interface import Classifier


class Occlusion(Explainer):
    """Mean fall of the logit over every window of `window` words that contains the token (Zeiler & Fergus 2014).

    A window slides by one over the words not masked yet; a shorter text is one window. Absolute unless `signed`.
    Cost: n - window + 2 forward passes for n words. Deterministic.
    """

    def __init__(self, window: int = 3, signed: bool = False) -> None:
        self.window = window
        self.signed = signed

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        rows, hidden = windows(replaceable(model, batch), self.window)
        before = target_logits(model, batch, target)
        fall = before[rows] - masked_logits(model, batch, target, rows, hidden, self.pass_tokens)
        nothing = torch.zeros(batch.input_ids.shape, dtype=fall.dtype, device=fall.device)
        total = nothing.index_add(0, rows, hidden * fall[:, None])
        mean = total / nothing.index_add(0, rows, hidden.to(fall)).clamp(min=1)
        return mean if self.signed else mean.abs()


class LeaveOneOut(Occlusion):
    """f(x) - f(x with the token replaced by the mask token) (Li et al. 2016); absolute unless `signed`.

    Cost: n + 1 forward passes for n words. Deterministic.
    """

    def __init__(self, signed: bool = False) -> None:
        super().__init__(window=1, signed=signed)


def windows(features: Tensor, window: int) -> tuple[Tensor, Tensor]:
    """Each window over the true places of `features` [batch, tokens]: its row, its places [windows, tokens]."""
    number = features.sum(1)
    per_row = (number - window + 1).clamp(min=1) * (number > 0)
    rows = torch.arange(len(features), device=features.device).repeat_interleave(per_row)
    start = torch.arange(len(rows), device=features.device) - (per_row.cumsum(0) - per_row)[rows]
    rank = (features.cumsum(1) - 1)[rows]  # of a place among the true ones of its row
    return rows, features[rows] & (rank >= start[:, None]) & (rank < start[:, None] + window)
