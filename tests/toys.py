"""Tiny data and a model whose gradients can be worked out by hand."""

import torch
from torch import Tensor

from recursive_roar.data.batches import Ragged, Split
from recursive_roar.models.interface import Classifier


def split(rows, pairs=None, labels=None, first_id=0) -> Split:
    """A split from lists of ids; 0, 1 and 2 (padding and ends) cannot be masked."""
    ids = ragged(rows)
    return Split(
        example_ids=torch.arange(first_id, first_id + len(rows)),
        input_ids=ids,
        maskable=Ragged(ids.values > 2, ids.offsets),
        labels=torch.tensor(labels if labels is not None else [0] * len(rows)),
        pair_ids=ragged(pairs) if pairs else None,
    )


def ragged(rows) -> Ragged:
    offsets = torch.tensor([0, *(len(row) for row in rows)]).cumsum(0)
    return Ragged(torch.tensor([value for row in rows for value in row]), offsets)


def rows_of(values: Ragged) -> list[Tensor]:
    return [values.values[start:end] for start, end in zip(values.offsets[:-1], values.offsets[1:], strict=True)]


class Product(Classifier):
    """Logit c is weight[c] . (sum of embeddings) squared: gradient 2 weight[c] (weight[c] . sum) for each token."""

    def __init__(self, matrix: Tensor, weight: Tensor) -> None:
        super().__init__()
        self.matrix = torch.nn.Parameter(matrix)
        self.weight = torch.nn.Parameter(weight)

    def embed(self, input_ids):
        return self.matrix[input_ids]

    def logits(self, batch, embeddings=None):
        embeddings = self.embed(batch.input_ids) if embeddings is None else embeddings
        total = (embeddings * batch.present[..., None]).sum(1)
        return (total @ self.weight.T) ** 2

    @property
    def embedding_matrix(self):
        return self.matrix

    def parameter_groups(self, weight_decay):
        return [{"params": list(self.parameters()), "weight_decay": weight_decay}]
