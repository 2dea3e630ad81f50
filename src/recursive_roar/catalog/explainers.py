"""The explainers known by name: where each lives, what it needs, which parameters it takes.

Nothing here imports torch, so that a workflow with thousands of jobs is planned quickly; a test compares these entries
with the classes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from recursive_roar.catalog.models import Family
from recursive_roar.errors import nearest
from recursive_roar.settings import Settings

Baseline = Literal["zero", "pad", "mask", "average"]


class NoParameters(Settings):
    """For explainers without parameters."""


class Signed(Settings):
    """For explainers that can tell for from against."""

    signed: bool = Field(False, description="keep the sign instead of taking the absolute value")


class RandomParameters(Settings):
    """Parameters of `random`."""

    redraw: bool = Field(False, description="draw anew in each recursive round, which then has trainings of its own")


class GradientParameters(Settings):
    """Parameters of `gradient`."""

    norm: Literal["l1", "l2"] = Field("l2", description="norm over the vocabulary")


class DeepLiftParameters(Signed):
    """Parameters of `deeplift`."""

    baseline: Baseline = Field("zero", description="embedding to compare with; average: mean of the embedding matrix")


class IntegratedGradientParameters(Signed):
    """Parameters of `integrated-gradient`."""

    steps: int = Field(50, gt=0, description="terms of the Riemann sum")
    form: Literal["standard", "midpoint", "paper"] = Field(
        "standard", description="midpoint: term i at (i - 0.5)/steps; paper: weight term i by i/steps"
    )
    baseline: Baseline = Field(
        "zero", description="embedding where the path begins; average: mean of the embedding matrix"
    )


class SmoothGradParameters(Settings):
    """Parameters of `smoothgrad` and `smoothgrad-squared`."""

    samples: int = Field(50, gt=0, description="noisy copies")
    noise: float = Field(0.15, gt=0, description="deviation, as a share of the range of an example's embeddings")


class GradientShapParameters(Signed):
    """Parameters of `gradient-shap`."""

    samples: int = Field(50, gt=0, description="pairs of a baseline and a place on the path")


class OcclusionParameters(Signed):
    """Parameters of `occlusion`."""

    window: int = Field(3, gt=0, description="words hidden at once")


class BeamSearchParameters(Settings):
    """Parameters of `beam-search`."""

    size: int = Field(10, gt=0, description="orders kept at each step")


class KernelShapParameters(Signed):
    """Parameters of `kernel-shap`."""

    samples: int = Field(200, gt=0, description="coalitions; all are taken where there are no more")


class LimeParameters(Signed):
    """Parameters of `lime`."""

    samples: int = Field(200, gt=1, description="copies, the whole text among them")
    kernel_width: float = Field(25.0, gt=0, description="of the weights, in hundredths of cosine distance")
    ridge: float = Field(1.0, gt=0, description="penalty of the regression")


@dataclass(frozen=True)
class KnownExplainer:
    """An explainer's class, as `module:class` or `file.py:class`, and what can be said of it without importing it."""

    path: str
    parameters: type[Settings] = NoParameters
    needs_model: bool = True
    needs_attention: bool = False
    needs_attention_maps: bool = False
    needs_training_split: bool = False
    stochastic: bool = False
    uses_labels: bool = False
    may_read_words: bool = False  # of the text as masked, even without a model
    source: Path | None = None  # of a class outside this package

    @property
    def sees_masks(self) -> bool:
        """Whether its scores may change after a round, because the model, the training split or the text did."""
        return self.needs_model or self.needs_training_split or self.may_read_words

    def lacks(self, family: Family) -> str | None:
        """What it needs and models of a family do not have; None where the two fit."""
        if self.needs_attention and not family.has_attention:
            return "attention weights"
        if self.needs_attention_maps and not family.has_attention_maps:
            return "the attention of every token to every token in each layer"
        return None


EXPLAINERS = {
    "random": KnownExplainer(
        "recursive_roar.explain.random:Random", RandomParameters, needs_model=False, stochastic=True
    ),
    "attention": KnownExplainer("recursive_roar.explain.attention:Attention", needs_attention=True),
    "gradient": KnownExplainer("recursive_roar.explain.gradient:Gradient", GradientParameters),
    "input-x-gradient": KnownExplainer("recursive_roar.explain.gradient:InputXGradient", Signed),
    "integrated-gradient": KnownExplainer(
        "recursive_roar.explain.integrated_gradient:IntegratedGradient", IntegratedGradientParameters
    ),
    "deeplift": KnownExplainer("recursive_roar.explain.deeplift:DeepLift", DeepLiftParameters),
    "smoothgrad": KnownExplainer("recursive_roar.explain.smoothgrad:SmoothGrad", SmoothGradParameters, stochastic=True),
    "smoothgrad-squared": KnownExplainer(
        "recursive_roar.explain.smoothgrad:SmoothGradSquared", SmoothGradParameters, stochastic=True
    ),
    "gradient-shap": KnownExplainer(
        "recursive_roar.explain.gradient_shap:GradientShap",
        GradientShapParameters,
        needs_training_split=True,
        stochastic=True,
    ),
    "leave-one-out": KnownExplainer("recursive_roar.explain.occlusion:LeaveOneOut", Signed),
    "occlusion": KnownExplainer("recursive_roar.explain.occlusion:Occlusion", OcclusionParameters),
    "beam-search": KnownExplainer("recursive_roar.explain.beam_search:BeamSearch", BeamSearchParameters),
    "lime": KnownExplainer("recursive_roar.explain.lime:Lime", LimeParameters, stochastic=True),
    "kernel-shap": KnownExplainer(
        "recursive_roar.explain.kernel_shap:KernelShap", KernelShapParameters, stochastic=True
    ),
    "attention-rollout": KnownExplainer(
        "recursive_roar.explain.attention_maps:AttentionRollout", needs_attention_maps=True
    ),
    "gradient-weighted-attention": KnownExplainer(
        "recursive_roar.explain.attention_maps:GradientWeightedAttention", needs_attention_maps=True
    ),
    "mutual-information": KnownExplainer(
        "recursive_roar.explain.mutual_information:MutualInformation",
        needs_model=False,
        needs_training_split=True,
        uses_labels=True,
    ),
}


def unknown_explainer(name: object) -> str:
    """What to say of a name that is none of these."""
    return f"unknown explainer '{name}'. Allowed: {', '.join(EXPLAINERS)}.{nearest(name, EXPLAINERS)}"
