"""A model of one's own for a tokenised dataset, tried before anything is trained."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.data.tokens import Tokens
from recursive_roar.errors import UserError
from recursive_roar.models.interface import Classifier
from recursive_roar.own_code import load_class


class OwnModelError(UserError):
    """A model that does not do what training and explaining need."""


def build(architecture: Mapping[str, Any], tokens: Tokens, classes: int, seed: int) -> Classifier:
    """An untrained model of the class that `architecture` names; its weights depend on `seed`.

    Raises:
        OwnModelError: it does not keep to the interface.
    """
    given = {"words": len(tokens.vocabulary), "classes": classes, **architecture["arguments"]}
    paired = {"paired": tokens.paired} if architecture["paired"] else {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Classifier = load_class(architecture["class"])(**given, **paired)
    try_out(model, tokens, classes)
    return model


def try_out(model: Classifier, tokens: Tokens, classes: int) -> None:
    """Evaluate a short and a long example, together and alone.

    Raises:
        OwnModelError: naming what differs from what the interface says.
    """
    split = tokens.splits["train"]
    order = split.input_ids.lengths.argsort(stable=True)
    batch = split.batch(order[[0, -1]])
    model.eval()
    _require_shapes(model, batch, len(tokens.vocabulary), classes)
    _require_embeddings_used(model, batch)
    _require_padding_ignored(model, batch, split.batch(order[:1]))
    _require_every_parameter(model)
    _require_attention(model, batch)
    model.train()


def _require_shapes(model: Classifier, batch: Batch, words: int, classes: int) -> None:
    width = model.embedding_matrix.shape[-1]
    _require_shape(model, "logits(batch)", model.logits(batch), (len(batch.labels), classes))
    _require_shape(model, "embedding_matrix", model.embedding_matrix, (words, width))
    _require_shape(model, "embed(batch.input_ids)", model.embed(batch.input_ids), (*batch.input_ids.shape, width))


def _require_shape(model: Classifier, what: str, given: Tensor, expected: Sequence[int]) -> None:
    if tuple(given.shape) != tuple(expected):
        raise _broken(model, f"{what} has shape {list(given.shape)}, expected {list(expected)}")


def _require_embeddings_used(model: Classifier, batch: Batch) -> None:
    embeddings = model.embed(batch.input_ids)
    logits = model.logits(batch, embeddings)
    if not _close(logits, model.logits(batch)):
        raise _broken(model, "logits(batch, embeddings) differs from logits(batch) for the embeddings of the batch")
    if torch.autograd.grad(logits.sum(), embeddings, allow_unused=True)[0] is None:
        raise _broken(model, "logits(batch, embeddings) does not depend on the embeddings that it is given")


def _require_padding_ignored(model: Classifier, batch: Batch, alone: Batch) -> None:
    if not _close(model.logits(batch)[:1], model.logits(alone)):
        raise _broken(
            model, "logits of an example change with the padding beside it; leave out what is not in `present`"
        )


def _require_every_parameter(model: Classifier) -> None:
    grouped = {id(parameter) for group in model.parameter_groups(0.0) for parameter in group["params"]}
    left_out = [name for name, parameter in model.named_parameters() if id(parameter) not in grouped]
    if left_out:
        raise _broken(model, f"parameter_groups leaves out {', '.join(left_out)}, which would not be trained")


def _require_attention(model: Classifier, batch: Batch) -> None:
    """What the model says that it has, it must give."""
    for name in ("attention", "attention_maps"):
        if getattr(model, f"has_{name}") and getattr(type(model), name) is getattr(Classifier, name):
            raise _broken(model, f"has_{name} is True, but there is no method `{name}`")
    if model.has_attention:
        _require_shape(model, "attention(batch)", model.attention(batch), batch.input_ids.shape)
    if model.has_attention_maps:
        maps = model.attention_maps(batch, model.embed(batch.input_ids))
        _require_shape(model, "attention_maps(batch, embeddings).readout", maps.readout, batch.input_ids.shape)
        if not _close(maps.logits, model.logits(batch)):
            raise _broken(model, "attention_maps(batch, embeddings).logits differs from logits(batch)")


def _close(first: Tensor, second: Tensor) -> bool:
    """Equal up to rounding."""
    return torch.allclose(first, second, rtol=1e-3, atol=1e-5)


def _broken(model: Classifier, what: str) -> OwnModelError:
    return OwnModelError(f"model {type(model).__name__}: {what}")
