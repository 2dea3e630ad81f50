"""Tasks with a known cause: one word decides for each class, and the model looks at nothing else."""

from typing import Any

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch, Ragged, Split
from recursive_roar.models.interface import AttentionMaps, Classifier

VOCABULARY = 20
CAUSES = (9, 14)  # of class 0 and of class 1; neither first nor last among the words
STRENGTH = 3.0
WORDS = 23


class Planted(Classifier):
    """Logits 0 and 1 are sums of squares of the embeddings' first and second value; each has one word that causes it.

    No logit looks at the third value, so large in the other words that most of their embeddings are longer. Logit 2
    never changes; without it, no word would change the probability of one class more than that of the other.
    """

    has_attention = True
    has_attention_maps = True

    def __init__(self) -> None:
        super().__init__()
        matrix = torch.zeros(VOCABULARY, 3)
        matrix[:, 2] = torch.linspace(2 / 3, 4 / 3, VOCABULARY) * STRENGTH
        matrix[CAUSES, :] = STRENGTH * torch.eye(2, 3)
        self.matrix = torch.nn.Parameter(matrix)

    def embed(self, input_ids: Tensor) -> Tensor:  # noqa: D102
        return self.matrix[input_ids]

    @property
    def embedding_matrix(self) -> Tensor:  # noqa: D102
        return self.matrix

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:  # noqa: D102
        return _with_other_class((self._strengths(batch, embeddings) * batch.present[..., None]).sum(1))

    def attention(self, batch: Batch) -> Tensor:  # noqa: D102
        return self._strengths(batch, None).sum(-1).masked_fill(~batch.maskable, float("-inf")).softmax(-1)

    def attention_maps(self, batch: Batch, embeddings: Tensor) -> AttentionMaps:
        """One head of one layer, whose weights times values that stay as they are add up to the logits."""
        strengths = self._strengths(batch, embeddings)
        weights = strengths.sum(-1).masked_fill(~batch.present, float("-inf")).softmax(-1)
        weights = weights[:, None, None].expand(-1, 1, weights.shape[1], -1)
        attended = weights[:, 0, 0, :, None]
        values = (strengths / attended).detach().masked_fill(~batch.present[..., None], 0)
        logits = _with_other_class((attended * values).sum(1))
        return AttentionMaps(logits, (weights,), batch.present.float())

    def parameter_groups(self, weight_decay: float) -> list[dict[str, Any]]:  # noqa: D102
        return [{"params": list(self.parameters()), "weight_decay": weight_decay}]

    def _strengths(self, batch: Batch, embeddings: Tensor | None) -> Tensor:
        """What each token adds to each caused logit, [batch, tokens, 2]."""
        return (self.embed(batch.input_ids) if embeddings is None else embeddings)[..., :2].square()


def _with_other_class(logits: Tensor) -> Tensor:
    return torch.nn.functional.pad(logits, (0, 1), value=STRENGTH**2)


def planted_split(examples: int = 40) -> Split:
    """Every other example has the word of class 1, in the middle third of its words, and label 1."""
    generator = torch.Generator().manual_seed(1)
    rows = _other_words(examples, generator)
    places = torch.randint(WORDS // 3 + 1, WORDS - WORDS // 3 - 1, (examples,), generator=generator)
    labels = torch.arange(examples) % 2
    caused = labels == 1
    rows[caused, places[caused]] = CAUSES[1]
    return split_of([[1, *row, 2] for row in rows.tolist()], labels.tolist())


def contested_split(label: int, examples: int = 10) -> Split:
    """Every example has the words of both classes, at either side of its middle, and the same label."""
    rows = _other_words(examples, torch.Generator().manual_seed(1))
    middle = WORDS // 2
    rows[:, [middle - 2, middle + 2]] = torch.tensor(CAUSES)
    return split_of([[1, *row, 2] for row in rows.tolist()], [label] * examples)


def _other_words(examples: int, generator: torch.Generator) -> Tensor:
    """Words that cause nothing, [examples, words]."""
    others = torch.tensor([word for word in range(5, VOCABULARY) if word not in CAUSES])
    return others[torch.randint(len(others), (examples, WORDS), generator=generator)]


def split_of(rows: list[list[int]], labels: list[int], pairs: list[list[int]] | None = None) -> Split:
    """A split from lists of ids; padding and ends (below 3) cannot be masked."""
    ids = _ragged(rows)
    maskable = Ragged(ids.values > 2, ids.offsets)
    return Split(torch.arange(len(rows)), ids, maskable, torch.tensor(labels), _ragged(pairs) if pairs else None)


def _ragged(rows: list[list[int]]) -> Ragged:
    offsets = torch.tensor([0, *(len(row) for row in rows)]).cumsum(0)
    return Ragged(torch.tensor([value for row in rows for value in row]), offsets)
