"""The controls known by name: copies of an explainer, changed so that what they still find needs another explanation.

As in the catalog of explainers, nothing here imports torch.
"""

from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, Field

from recursive_roar.catalog.explainers import KnownExplainer
from recursive_roar.settings import Settings


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError("a window has a middle, so give an odd number")
    return value


Window = Annotated[int, Field(gt=1), AfterValidator(_odd)]


class BlurredParameters(Settings):
    """Parameters of `blurred`."""

    window: Window = Field(5, description="tokens that a mean is taken over")


CONTROLS = {
    "permuted": KnownExplainer("recursive_roar.explain.controls:Permuted", stochastic=True),
    "blurred": KnownExplainer("recursive_roar.explain.controls:Blurred", BlurredParameters),
    "negated": KnownExplainer("recursive_roar.explain.controls:Negated", needs_model=False),
    "position-prior": KnownExplainer("recursive_roar.explain.controls:PositionPrior", needs_training_split=True),
}


def controlled(control: str, base: KnownExplainer) -> KnownExplainer:
    """What can be said of a control of the explainer `base`: it needs what either of the two does."""
    known = CONTROLS[control]
    return replace(
        base,
        path=known.path,
        parameters=known.parameters,
        stochastic=known.stochastic,
        needs_model=known.needs_model or base.needs_model,
        needs_training_split=known.needs_training_split or base.needs_training_split,
        source=None,
    )
