"""What a study needs of an importance measure."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor

from recursive_roar.data.batches import Batch, Split
from recursive_roar.explain.explaining_state import ExplainingState
from recursive_roar.models.interface import Classifier


class Explainer(ABC):
    """Scores every token of every example; a larger score claims that the token mattered more.

    Subclasses take their parameters as keyword arguments of `__init__` and declare what they need. The model arrives
    in evaluation mode with frozen parameters, gradients can be taken with respect to embeddings.
    """

    needs_model: ClassVar[bool] = True
    needs_attention: ClassVar[bool] = False  # one weight a token
    needs_attention_maps: ClassVar[bool] = False  # of every token to every token, in every layer
    needs_training_split: ClassVar[bool] = False  # scores depend on the training split, as masked in this round
    stochastic: ClassVar[bool] = False  # takes a `seed` keyword argument
    uses_labels: bool = False  # reads gold labels; from any other explainer they are hidden
    signed: bool = False  # a negative score says that the token spoke against the class

    pass_tokens: int = 4_096  # padded tokens that a forward pass may take; set before explaining
    preparing_state: ExplainingState | None = None  # from which explaining the training split goes on; set likewise

    def prepare(self, model: Classifier, train: Split) -> None:  # noqa: B027
        """Called once before any split is explained, with the training split as it was trained on, masks included.

        Does nothing unless a subclass needs it, such as for a statistic of the corpus.
        """

    @abstractmethod
    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:
        """Importance [batch, tokens], float32, of each token for the logit of class `target` [batch].

        Scores of padding and of tokens that cannot be masked are ignored.
        """

    def expected_sum(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor | None:
        """What the scores of each example add up to, [batch], where the method promises it (completeness)."""
        return None
