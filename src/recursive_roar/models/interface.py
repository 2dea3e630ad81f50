"""What training and explaining need of a model."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor, nn

from recursive_roar.data.batches import Batch


@dataclass(frozen=True)
class AttentionMaps:
    """Which tokens attended to which in one forward pass, and what came out of it.

    `readout` holds the share of each token's final state in what the classification head reads.
    """

    logits: Tensor  # [batch, classes]
    layers: tuple[Tensor, ...]  # from the input on, [batch, heads, tokens that attend, tokens]
    readout: Tensor  # [batch, tokens]


@dataclass(frozen=True)
class FirstLayer:
    """A layer that is affine in the embeddings, token by token, and what comes of it.

    Attributes:
        apply: from embeddings [batch, tokens, width] to the layer's output [batch, tokens, any].
        logits: from the layer's output to class scores [batch, classes].
    """

    apply: Callable[[Tensor], Tensor]
    logits: Callable[[Tensor], Tensor]


class Classifier(nn.Module, ABC):
    """A text classifier whose input embeddings can be read and replaced.

    Explainers see a model through this interface only, so that each works for every model that implements it.
    """

    has_attention: ClassVar[bool] = False
    has_attention_maps: ClassVar[bool] = False
    pass_share: ClassVar[float] = 1.0  # of the tokens that suit a device: less where a token takes more memory
    mask_id: int = 3  # of the word tokeniser; a model with a tokeniser of its own sets both
    pad_id: int = 0

    @abstractmethod
    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
        """Class scores before softmax, [batch, classes].

        `embeddings` [batch, tokens, width], if given, stands in for `embed(batch.input_ids)`.
        """

    @abstractmethod
    def embed(self, input_ids: Tensor) -> Tensor:
        """Embeddings of the explained sequence, [batch, tokens, width]."""

    @property
    @abstractmethod
    def embedding_matrix(self) -> Tensor:
        """The table `embed` reads from, [vocabulary, width]."""

    @abstractmethod
    def parameter_groups(self, weight_decay: float) -> list[dict[str, Any]]:
        """Optimiser groups: which parameters decay by how much."""

    def first_layer(self, batch: Batch) -> FirstLayer:
        """Where a path of embeddings may start, so that what is affine is computed for its ends alone.

        That layer is the identity unless a model knows of a better one.
        """
        return FirstLayer(lambda embeddings: embeddings, lambda embeddings: self.logits(batch, embeddings))

    def attention(self, batch: Batch) -> Tensor:
        """Attention weight of each token, [batch, tokens]; zero where not maskable. Needs `has_attention`."""
        raise TypeError(f"{type(self).__name__} has no attention")

    def attention_maps(self, batch: Batch, embeddings: Tensor) -> AttentionMaps:
        """Attention of every token in every layer, differentiable. Needs `has_attention_maps`.

        `embeddings` [batch, tokens, width] stands in for `embed(batch.input_ids)`.
        """
        raise TypeError(f"{type(self).__name__} has no attention maps")
