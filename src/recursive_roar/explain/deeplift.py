"""DeepLIFT (Shrikumar et al. 2017), for networks that multiply: LSTMs and transformers."""

import torch
from torch import Tensor

from recursive_roar.catalog.explainers import Baseline
from recursive_roar.data.batches import Batch
from recursive_roar.explain.baseline import absent, change_of_logit
from recursive_roar.explain.interface import Explainer
from recursive_roar.explain.multipliers import Multipliers, NoRuleError
from recursive_roar.models import recurrence
from recursive_roar.models.interface import Classifier

TOLERANCE = 0.01
SMALL = 0.01  # change of a logit; in long texts that are masked throughout, a smaller one is half rounding


class DeepLift(Explainer):
    """(e - b) . m, m the multiplier of embedding e against baseline b; absolute unless `signed`.

    Rescale rule for functions of one value, Shapley values for products (Lundberg & Lee 2017). The baseline stands at
    every place of the explained sequence. Scores add up to f(e) - f(b); a model for which they do not, because it calls
    functions without a rule (`multipliers.RULES`) or because the batch is not its first axis, is refused. Cost: one
    forward and one backward pass of text and baseline. Deterministic.
    """

    def __init__(self, baseline: Baseline = "zero", signed: bool = False) -> None:
        self.baseline: Baseline = baseline
        self.signed = signed

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:
        """Importance [batch, tokens].

        Raises:
            NoRuleError: the scores of an example miss their sum.
        """
        embeddings = model.embed(batch.input_ids).detach()
        without = absent(model, batch, embeddings, self.baseline)
        multipliers, change = _multipliers(model, batch, target, embeddings, without)
        scores = ((embeddings - without) * multipliers).sum(-1)
        _require_sum(scores, change, model)
        return scores if self.signed else scores.abs()

    def expected_sum(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor | None:
        """f(e) - f(b), promised where scores are signed."""
        return change_of_logit(model, batch, target, self.baseline) if self.signed else None


def _multipliers(
    model: Classifier, batch: Batch, target: Tensor, embeddings: Tensor, without: Tensor
) -> tuple[Tensor, Tensor]:
    """Multipliers [batch, tokens, width], and by how much the target logit changes, [batch]."""
    twice = batch.take(torch.arange(len(target), device=target.device).repeat(2))
    with torch.enable_grad(), recurrence.by_pytorch():
        point = embeddings.clone().requires_grad_()
        with Multipliers():
            logits = model.logits(twice, torch.cat([point, without]))
        present, reference = logits.gather(1, target.repeat(2)[:, None]).squeeze(1).chunk(2)
        (found,) = torch.autograd.grad(present.sum(), point)
    return found, (present - reference).detach()


def _require_sum(scores: Tensor, change: Tensor, model: Classifier) -> None:
    sums = scores.sum(1)
    gap = (sums - change).abs() / (scores.abs().sum(1) + change.abs() + SMALL)
    worst = gap.argmax()
    if not bool((gap <= TOLERANCE).all()):
        raise NoRuleError(
            f"deeplift: scores add up to {sums[worst]:.4g} where the logit changes by {change[worst]:.4g}: "
            f"{type(model).__name__} computes something that DeepLIFT has no rule for. "
            "Leave deeplift out for it; docs/explainers.md says what has a rule"
        )
