"""Many copies of examples with some tokens hidden, evaluated in passes of bounded size."""

from dataclasses import replace

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.models.interface import Classifier


def replaceable(model: Classifier, batch: Batch) -> Tensor:
    """Tokens that hiding would change: maskable ones that are not the mask token yet, [batch, tokens], bool."""
    return batch.maskable & (batch.input_ids != model.mask_id)


def target_logits(model: Classifier, batch: Batch, target: Tensor) -> Tensor:
    """Logit of each example's class `target` [batch], [batch]."""
    return model.logits(batch).gather(1, target[:, None]).squeeze(1)


def masked_logits(
    model: Classifier, batch: Batch, target: Tensor, rows: Tensor, hidden: Tensor, pass_tokens: int
) -> Tensor:
    """Target logit of copies in which the mask token stands where `hidden` [copies, tokens] is true, [copies].

    Copy i is made of example `rows[i]` of the batch. A pass takes `pass_tokens` padded tokens, more only if one copy
    is longer; only one pass of copies exists at a time.
    """
    copies = max(1, pass_tokens // batch.input_ids.shape[1])
    parts = zip(rows.split(copies), hidden.split(copies), strict=True)
    passes = [_pass(model, batch, target, some, where) for some, where in parts if len(some)]
    return torch.cat(passes) if passes else torch.zeros(0, device=rows.device)


def _pass(model: Classifier, batch: Batch, target: Tensor, rows: Tensor, hidden: Tensor) -> Tensor:
    copies = batch.take(rows)
    ids = copies.input_ids.masked_fill(hidden, model.mask_id)
    return target_logits(model, replace(copies, input_ids=ids), target[rows])
