"""How a classifier is trained."""

from typing import Literal

from pydantic import Field

from recursive_roar.settings import Settings


class Recipe(Settings):
    """Hyper-parameters of one training; part of the identity of everything trained with them."""

    batch_size: int = Field(gt=0, description="examples per step")
    epochs: int = Field(gt=0, description="passes over the training split; there is no early stopping")
    learning_rate: float = Field(gt=0, description="step size of Adam with AMSGrad")
    weight_decay: float = Field(ge=0, description="L2 penalty, on the parameters that the model says decay")
    select: Literal["auroc", "accuracy"] = Field(
        description="validation measure whose best epoch is kept, the first one on a tie"
    )
