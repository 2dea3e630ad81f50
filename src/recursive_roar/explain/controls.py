"""Controls: an explainer's scores changed so that a part of what they say is lost (see docs/controls.md)."""

import numpy as np
import torch
from torch import Tensor

from recursive_roar.data.batches import Batch, Ragged, Split
from recursive_roar.explain.draws import draw_per_example
from recursive_roar.explain.extract import extract_importance
from recursive_roar.explain.interface import Explainer
from recursive_roar.explain.masked_copies import replaceable
from recursive_roar.models.interface import Classifier

PERMUTATION = 1  # a stream of draws of its own, so that a permuted mask is no copy of the random one


class Control(Explainer):
    """A copy of the explainer `base` that changes its scores; it sees what `base` may see."""

    def __init__(self, base: Explainer) -> None:
        self.base = base
        self.uses_labels = base.uses_labels

    def prepare(self, model: Classifier, train: Split) -> None:
        """Prepare the explainer that is copied."""
        self.base.pass_tokens = self.pass_tokens
        self.base.prepare(model, train)

    def scores(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:
        """Scores of the explainer that is copied, [batch, tokens], where the batch is: some compute on the CPU."""
        self.base.pass_tokens = self.pass_tokens
        return self.base(model, batch, target).to(target.device)


class Negated(Control):
    """Minus the score: what should matter least comes first. Cost: that of `base`."""

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        return -self.scores(model, batch, target)


class Permuted(Control):
    """The scores of each text in random order among its tokens not masked yet, drawn from seed, example and tokens.

    Without the tokens each round would repeat the order of the one before, less what is masked: the highest score,
    whose word stays visible, would move to the neighbour of the word masked last, and masks would grow in lumps.

    Cost: that of `base`. Deterministic given the seed.
    """

    stochastic = True

    def __init__(self, base: Explainer, seed: int) -> None:
        super().__init__(base)
        self.seed = seed

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        scores, visible = self.scores(model, batch, target), replaceable(model, batch)
        drawn = draw_per_example(batch, np.random.Generator.random, self.seed, PERMUTATION, by_tokens=True)
        shuffled = drawn.masked_fill(~visible, torch.inf).argsort(dim=1, stable=True)
        in_order = (~visible).to(torch.uint8).argsort(dim=1, stable=True)  # both end with the same other tokens
        return scores.scatter(1, in_order, scores.gather(1, shuffled))


class Blurred(Control):
    """Mean score of the tokens not masked yet among the `window` around each token, itself included.

    Cost: that of `base`. Deterministic if `base` is.
    """

    def __init__(self, base: Explainer, window: int = 5) -> None:
        super().__init__(base)
        self.window = window

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        scores, visible = self.scores(model, batch, target), replaceable(model, batch)
        total = _window_sum(torch.where(visible, scores, 0), self.window)
        return total / _window_sum(visible.to(scores), self.window).clamp(min=1)


class PositionPrior(Control):
    """How high `base` ranks a place on average over the training split, whatever word stands there.

    Ranks are those among the tokens of a text not masked yet, from 0 to 1, so that neither long texts nor large scores
    count more. The score is the mean rank at the token's place counted from the start plus the one counted from the
    end; places beyond every training text get a half. `base` explains the predicted class of training texts.

    Cost: that of `base` on the training split, once. Deterministic if `base` is.
    """

    needs_training_split = True

    def prepare(self, model: Classifier, train: Split) -> None:
        """Explain the training split and average ranks by place."""
        super().prepare(model, train)
        device, state = model.embedding_matrix.device, self.preparing_state
        scores = extract_importance(self.base, model, train, "predicted", self.pass_tokens, device, state)
        self._prior = self._mean_ranks(model, train, scores)

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        prior = self._prior.to(batch.input_ids.device)
        from_start, from_end = (places.clamp(max=prior.shape[1] - 1) for places in _places(batch.maskable))
        return prior[0][from_start] + prior[1][from_end]

    def _mean_ranks(self, model: Classifier, train: Split, scores: Ragged) -> Tensor:
        """Mean rank of each place from the start and from the end, [2, places]; the last stands for all beyond."""
        total, number = torch.zeros(2, 2, int(train.input_ids.lengths.max()) + 1)
        for rows, batch in train.batches_by_length(self.pass_tokens):
            visible = replaceable(model, batch)
            ranks = _ranks(scores.padded(rows), visible)[visible]
            for end, places in enumerate(_places(batch.maskable)):
                total[end].index_add_(0, places[visible], ranks)
                number[end].index_add_(0, places[visible], torch.ones_like(ranks))
        return torch.where(number > 0, total / number, 0.5)


def _window_sum(values: Tensor, window: int) -> Tensor:
    """Sum of the `window` values around each place, [batch, tokens]; nothing lies beyond the ends."""
    half = window // 2
    return torch.nn.functional.pad(values, (half, half)).unfold(1, window, 1).sum(-1)


def _places(maskable: Tensor) -> tuple[Tensor, Tensor]:
    """Places of tokens among the maskable ones of their text, from the start and from the end, from 0."""
    from_start = (maskable.cumsum(1) - 1).clamp(min=0)
    from_end = (maskable.sum(1, keepdim=True) - 1 - from_start).clamp(min=0)
    return from_start, from_end


def _ranks(scores: Tensor, visible: Tensor) -> Tensor:
    """Rank of each visible token in its text, 0 for the lowest score and 1 for the highest; a half where alone.

    Tokens with equal scores share the middle of their ranks.
    """
    sorted_scores = torch.where(visible, scores, torch.inf).sort(1).values.contiguous()
    wanted = torch.where(visible, scores, 0).contiguous()
    below = torch.searchsorted(sorted_scores, wanted)
    not_above = torch.searchsorted(sorted_scores, wanted, right=True)
    last = visible.sum(1, keepdim=True) - 1
    return torch.where(last > 0, (below + not_above - 1) / (2 * last.clamp(min=1)), 0.5)
