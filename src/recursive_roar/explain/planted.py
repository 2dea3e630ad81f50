"""A task with a known cause: one word decides the label, and the model looks at nothing else."""

from typing import Any

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch, Ragged, Split
from recursive_roar.models.interface import AttentionMaps, Classifier

VOCABULARY = 20
CAUSE = 19
WORDS = 23


class Planted(Classifier):
    """Logit 1 is the sum of squares of the embeddings' first value, which the causing word alone has; logit 0 is 0."""

    has_attention = True
    has_attention_maps = True

    def __init__(self) -> None:
        super().__init__()
        matrix = 0.3 * torch.randn(VOCABULARY, 4, generator=torch.Generator().manual_seed(0))
        matrix[:, 0] = 0
        matrix[CAUSE, 0] = 3
        self.matrix = torch.nn.Parameter(matrix)

    def embed(self, input_ids: Tensor) -> Tensor:  # noqa: D102
        return self.matrix[input_ids]

    @property
    def embedding_matrix(self) -> Tensor:  # noqa: D102
        return self.matrix

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:  # noqa: D102
        strength = (self._strength(batch, embeddings) * batch.present).sum(1)
        return torch.stack([torch.zeros_like(strength), strength], 1)

    def attention(self, batch: Batch) -> Tensor:  # noqa: D102
        return self._strength(batch, None).masked_fill(~batch.maskable, float("-inf")).softmax(-1)

    def attention_maps(self, batch: Batch, embeddings: Tensor) -> AttentionMaps:
        """One head of one layer, whose weights times values that stay as they are add up to the logit."""
        strength = self._strength(batch, embeddings).masked_fill(~batch.present, float("-inf"))
        weights = strength.softmax(-1)[:, None, None].expand(-1, 1, strength.shape[1], -1)
        values = (strength / weights[:, 0, 0]).detach().masked_fill(~batch.present, 0)
        logit = (weights[:, 0, 0] * values).sum(1)
        return AttentionMaps(torch.stack([torch.zeros_like(logit), logit], 1), (weights,), batch.present.float())

    def parameter_groups(self, weight_decay: float) -> list[dict[str, Any]]:  # noqa: D102
        return [{"params": list(self.parameters()), "weight_decay": weight_decay}]

    def _strength(self, batch: Batch, embeddings: Tensor | None) -> Tensor:
        return (self.embed(batch.input_ids) if embeddings is None else embeddings)[..., 0].square()


def planted_split(examples: int = 40) -> Split:
    """Every other example has the causing word, in the middle third of its words, and label 1."""
    generator = torch.Generator().manual_seed(1)
    rows = torch.randint(5, CAUSE, (examples, WORDS), generator=generator)
    places = torch.randint(WORDS // 3 + 1, WORDS - WORDS // 3 - 1, (examples,), generator=generator)
    labels = torch.arange(examples) % 2
    caused = labels == 1
    rows[caused, places[caused]] = CAUSE
    return split_of([[1, *row, 2] for row in rows.tolist()], labels.tolist())


def split_of(rows: list[list[int]], labels: list[int], pairs: list[list[int]] | None = None) -> Split:
    """A split from lists of ids; padding and ends (below 3) cannot be masked."""
    ids = _ragged(rows)
    maskable = Ragged(ids.values > 2, ids.offsets)
    return Split(torch.arange(len(rows)), ids, maskable, torch.tensor(labels), _ragged(pairs) if pairs else None)


def _ragged(rows: list[list[int]]) -> Ragged:
    offsets = torch.tensor([0, *(len(row) for row in rows)]).cumsum(0)
    return Ragged(torch.tensor([value for row in rows for value in row]), offsets)
