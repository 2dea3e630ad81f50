"""The order of masking that lets the logit fall fastest, by beam search."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.explain.interface import Explainer
from recursive_roar.explain.masked_copies import masked_logits, replaceable, target_logits
from recursive_roar.models.interface import Classifier

Falls = Callable[[Sequence[frozenset[int]]], list[float]]


class BeamSearch(Explainer):
    """Ranks tokens by an order of masking with a large area between f(x) and the logits along it (Zhou & Shah 2023).

    The first masked token gets n, the last 1, for n words not masked yet. Signed: what speaks against the class comes
    last. `size` orders are kept at each step. Cost: at most `size` n (n + 1) / 2 + 1 forward passes, so not for long
    texts. Deterministic.
    """

    signed = True

    def __init__(self, size: int = 10) -> None:
        self.size = size

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        before = target_logits(model, batch, target)
        scores = torch.zeros(batch.input_ids.shape)
        for row, places in enumerate(replaceable(model, batch)):
            alone = batch.take(torch.tensor([row], device=target.device))
            falls = partial(self._falls, model, alone, target[row, None], before[row])
            order = best_order(places.nonzero()[:, 0].tolist(), self.size, falls)
            scores[row, order] = torch.arange(len(order), 0, -1, dtype=scores.dtype)
        return scores.to(target.device)

    def _falls(
        self, model: Classifier, alone: Batch, target: Tensor, before: Tensor, hidden: Sequence[frozenset[int]]
    ) -> list[float]:
        """How far the logit of one example falls from `before` with each set of places hidden."""
        flags = torch.zeros(len(hidden), alone.input_ids.shape[1], dtype=torch.bool)
        for row, places in zip(flags, hidden, strict=True):
            row[list(places)] = True
        rows = torch.zeros(len(hidden), dtype=torch.int64, device=target.device)
        after = masked_logits(model, alone, target, rows, flags.to(target.device), self.pass_tokens)
        falls: list[float] = (before - after).tolist()
        return falls


def best_order(places: Sequence[int], size: int, falls: Falls) -> list[int]:
    """An order of `places` for which the sum of `falls` of its beginnings is large; the largest if `size` is large.

    Of two orders that hide the same places, the one from the better beginning is kept.
    """
    beam: list[tuple[list[int], float]] = [([], 0.0)]
    for _ in places:
        candidates: dict[frozenset[int], tuple[list[int], float]] = {}
        for order, score in beam:
            for place in places:
                if place not in order:
                    candidates.setdefault(frozenset([*order, place]), ([*order, place], score))
        found = zip(candidates.values(), falls(list(candidates)), strict=True)
        beam = sorted(((order, score + fall) for (order, score), fall in found), key=lambda item: -item[1])[:size]
    return beam[0][0]
