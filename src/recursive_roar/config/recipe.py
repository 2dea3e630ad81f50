"""How a classifier is trained."""

from typing import Annotated, Literal

from pydantic import Field

from recursive_roar.settings import Settings


class Recipe(Settings):
    """Hyper-parameters of one training; part of the identity of everything trained with them."""

    batch_size: int = Field(gt=0, description="examples per step")
    epochs: int = Field(gt=0, description="passes over the training split; there is no early stopping")
    optimizer: Literal["amsgrad", "adamw"] = Field(
        "amsgrad",
        description="amsgrad: Adam with AMSGrad, the decay an L2 penalty; adamw: Adam, decay apart from the gradient",
    )
    learning_rate: float = Field(gt=0, description="step size, the highest one if it is not constant")
    betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = Field(
        (0.9, 0.999), description="how slowly the means of gradients and of their squares forget"
    )
    warm_up: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="share of the steps over which the rate rises from 0, to fall to 0 over the others; null: constant",
    )
    weight_decay: float = Field(ge=0, description="on the parameters that the model says decay")
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="of the products in training steps; predicting and explaining are always float32"
    )
    select: Literal["auroc", "accuracy"] = Field(
        description="validation measure whose best epoch is kept, the first one on a tie"
    )
