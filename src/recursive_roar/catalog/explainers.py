"""The explainers known by name: where each lives, what it needs, which parameters it takes.

Nothing here imports torch, so that a workflow with thousands of jobs is planned quickly; a test compares these entries
with the classes.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from recursive_roar.settings import Settings


class NoParameters(Settings):
    """For explainers without parameters."""


class IntegratedGradientParameters(Settings):
    """Parameters of `integrated-gradient`."""

    steps: int = Field(50, gt=0, description="terms of the Riemann sum")
    form: Literal["standard", "paper"] = Field("standard", description="paper: weight term i by i/steps")


@dataclass(frozen=True)
class KnownExplainer:
    """An explainer's class, as `module:class`, and what can be said of it without importing it."""

    path: str
    parameters: type[Settings] = NoParameters
    needs_model: bool = True
    needs_attention: bool = False
    stochastic: bool = False


EXPLAINERS = {
    "random": KnownExplainer("recursive_roar.explain.random:Random", needs_model=False, stochastic=True),
    "attention": KnownExplainer("recursive_roar.explain.attention:Attention", needs_attention=True),
    "gradient": KnownExplainer("recursive_roar.explain.gradient:Gradient"),
    "input-x-gradient": KnownExplainer("recursive_roar.explain.gradient:InputXGradient"),
    "integrated-gradient": KnownExplainer(
        "recursive_roar.explain.integrated_gradient:IntegratedGradient", IntegratedGradientParameters
    ),
}
