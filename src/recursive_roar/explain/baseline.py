"""What stands for the absence of a token in methods that compare with a baseline."""

import torch
from torch import Tensor

from recursive_roar.catalog.explainers import Baseline
from recursive_roar.data.batches import Batch
from recursive_roar.models.interface import Classifier


def baseline_embedding(model: Classifier, baseline: Baseline) -> Tensor:
    """The embedding that stands for absence, [width]; `average` is the mean of the embedding matrix's rows."""
    matrix = model.embedding_matrix.detach()
    if baseline == "zero":
        return torch.zeros_like(matrix[0])
    if baseline == "average":
        return matrix.mean(0)
    return matrix[model.pad_id if baseline == "pad" else model.mask_id]


def absent(model: Classifier, batch: Batch, embeddings: Tensor, baseline: Baseline) -> Tensor:
    """The baseline at every place of the explained sequence, [batch, tokens, width]; its partner stays as it is."""
    return torch.where(batch.partner[..., None], embeddings, baseline_embedding(model, baseline))


def change_of_logit(model: Classifier, batch: Batch, target: Tensor, baseline: Baseline) -> Tensor:
    """f(e) - f(b) of the target logit, [batch]."""
    embeddings = model.embed(batch.input_ids)
    change = model.logits(batch, embeddings) - model.logits(batch, absent(model, batch, embeddings, baseline))
    return change.gather(1, target[:, None]).squeeze(1)
