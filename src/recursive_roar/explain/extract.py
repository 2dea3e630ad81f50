"""Importance of every token of a split."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor, nn

from recursive_roar.data.batches import Batch, Ragged, Split
from recursive_roar.devices import is_out_of_memory
from recursive_roar.errors import UserError
from recursive_roar.explain.explaining_state import ExplainingState
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier

logger = logging.getLogger(__name__)


class ExplainerError(UserError):
    """An explainer that returned something other than finite scores, one a token, or that memory does not hold."""


def extract_importance(
    explainer: Explainer,
    model: Classifier | None,
    split: Split,
    target: Literal["gold", "predicted"],
    pass_tokens: int,
    device: torch.device,
    state: ExplainingState | None = None,
) -> Ragged:
    """Importance aligned with `split.input_ids`, float32, for the gold or the predicted class.

    `model` may be None for an explainer that needs none. Each pass takes `pass_tokens` padded tokens, more only if an
    example alone is longer; where a GPU's memory does not hold that, half as many from then on. The labels that an
    explainer sees are the classes it explains: no gold label can slip in. With `state`, an interrupted extraction goes
    on after its last saved batch.

    Raises:
        ExplainerError: scores of a wrong shape, or not finite where a token can be masked; no memory for one example.
        Interrupted: the process was warned that it will be stopped, and `state` is saved.
    """
    explainer.pass_tokens = pass_tokens
    values = torch.zeros(len(split.input_ids.values), dtype=torch.float32)
    explained = torch.zeros(len(split), dtype=torch.bool)
    if state:
        state.load(values, explained)
    with frozen(model):
        for planned, _ in split.batches_by_length(pass_tokens):
            if explained[planned].all():
                continue
            for rows, batch, scores in _explained(explainer, model, split, planned, target, device):
                _check(explainer, batch, scores)
                starts = split.input_ids.offsets[rows][:, None]
                places = starts + torch.arange(scores.shape[1])
                present = batch.present.cpu()
                values[places[present]] = scores[present]
            explained[planned] = True
            if state and state.due():
                state.save(values, explained)
    return Ragged(values, split.input_ids.offsets)


def prepare(
    explainer: Explainer,
    model: Classifier | None,
    train: Split,
    pass_tokens: int,
    state: ExplainingState | None = None,
) -> None:
    """Let an explainer see the training split; labels are hidden, as -1, from one that does not use them.

    With `state`, one that explains the training split goes on after an interruption.

    Raises:
        ExplainerError: as `extract_importance`, where the training split is explained.
        Interrupted: likewise.
    """
    explainer.pass_tokens = pass_tokens
    explainer.preparing_state = state
    seen = train if explainer.uses_labels else replace(train, labels=torch.full_like(train.labels, -1))
    with frozen(model):
        explainer.prepare(model, seen)  # type: ignore[arg-type]


@contextmanager
def frozen(model: Classifier | None) -> Iterator[None]:
    """The model in evaluation mode, its parameters without gradients; restored afterwards."""
    if model is None:
        yield
        return
    modes = [(module, module.training) for module in model.modules()]
    wanted = [(p, p.requires_grad) for p in model.parameters()]
    model.eval().requires_grad_(False)
    try:
        with torch.no_grad(), _differentiable([m for m in model.modules() if isinstance(m, nn.RNNBase)]):
            yield
    finally:
        for module, training in modes:
            module.training = training
        for parameter, requires_grad in wanted:
            parameter.requires_grad_(requires_grad)


@contextmanager
def _differentiable(layers: Sequence[nn.RNNBase]) -> Iterator[None]:
    """Recurrent layers in training mode, which alone cuDNN differentiates; without dropout it computes the same."""
    rates = [layer.dropout for layer in layers]
    for layer in layers:
        layer.training, layer.dropout = True, 0.0
    try:
        yield
    finally:
        for layer, rate in zip(layers, rates, strict=True):
            layer.dropout = rate


def _explained(
    explainer: Explainer,
    model: Classifier | None,
    split: Split,
    rows: Tensor,
    target: Literal["gold", "predicted"],
    device: torch.device,
) -> Iterator[tuple[Tensor, Batch, Tensor]]:
    """Rows with their batch and scores [batch, tokens] on the CPU: all at once, or in parts that memory holds."""
    longest = int(split.input_ids.lengths[rows].max())
    while len(rows):
        part = rows[: max(1, explainer.pass_tokens // longest)]
        batch = split.batch(part).to(device)
        scores = _scores(explainer, model, batch, target)
        if scores is None:
            _halve(explainer, batch)
            continue
        yield part, batch, scores
        rows = rows[len(part) :]


def _scores(
    explainer: Explainer, model: Classifier | None, batch: Batch, target: Literal["gold", "predicted"]
) -> Tensor | None:
    """Scores on the CPU; None where a GPU's memory ran out, whose tensors are free again once this returns."""
    try:
        classes = _targets(model, batch, target)
        scores = explainer(model, replace(batch, labels=classes), classes)  # type: ignore[arg-type]
        return scores.detach().float().cpu()
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        return None


def _halve(explainer: Explainer, batch: Batch) -> None:
    if len(batch.labels) == 1 and explainer.pass_tokens <= batch.input_ids.shape[1]:
        raise ExplainerError(
            f"explainer {type(explainer).__name__}: the GPU's memory does not hold example {int(batch.example_ids[0])} "
            f"alone ({batch.input_ids.shape[1]} tokens). Use a larger GPU, `device: cpu` or shorter texts."
        )
    torch.cuda.empty_cache()
    explainer.pass_tokens //= 2
    logger.warning("Out of memory: explaining goes on with passes of %d tokens.", explainer.pass_tokens)


def _targets(model: Classifier | None, batch: Batch, target: Literal["gold", "predicted"]) -> Tensor:
    """Classes to explain, [batch]; where there is no model to predict, none, which is -1."""
    if target == "gold":
        return batch.labels
    return torch.full_like(batch.labels, -1) if model is None else model.logits(batch).argmax(-1)


def _check(explainer: Explainer, batch: Batch, scores: Tensor) -> None:
    name = type(explainer).__name__
    if scores.shape != batch.input_ids.shape:
        raise ExplainerError(
            f"explainer {name} returned scores of shape {list(scores.shape)}; "
            f"expected one a token, {list(batch.input_ids.shape)}, in the batch that begins with "
            f"example {int(batch.example_ids[0])}"
        )
    broken = (~scores.isfinite() & batch.maskable.cpu()).any(-1)
    if broken.any():
        example = int(batch.example_ids.cpu()[broken][0])
        raise ExplainerError(f"explainer {name} returned a score that is not finite, in example {example}")
