"""What a study needs of an importance measure."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.models.interface import Classifier


class Explainer(ABC):
    """Scores every token of every example; a larger score claims that the token mattered more.

    Subclasses take their parameters as keyword arguments of `__init__` and declare what they need. The model arrives
    in evaluation mode with frozen parameters, gradients can be taken with respect to embeddings.
    """

    needs_model: ClassVar[bool] = True
    needs_attention: ClassVar[bool] = False
    signed: ClassVar[bool] = False
    stochastic: ClassVar[bool] = False  # takes a `seed` keyword argument

    @abstractmethod
    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:
        """Importance [batch, tokens], float32, of each token for the logit of class `target` [batch].

        Scores of padding and of tokens that cannot be masked are ignored.
        """
