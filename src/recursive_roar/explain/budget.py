"""How many tokens a pass of explaining takes, so that memory is nobody's concern."""

from collections.abc import Callable

import torch

from recursive_roar.data.batches import Batch, Split
from recursive_roar.devices import free_memory_bytes, usual_pass_tokens
from recursive_roar.explain.extract import frozen
from recursive_roar.explain.gradient import embedding_gradient
from recursive_roar.models.interface import Classifier

PROBE_TOKENS = 1_024
SHARE = 0.5  # of the free memory for what a gradient keeps; the rest for what it needs in passing


def find_pass_tokens(
    model: Classifier | None,
    split: Split,
    device: torch.device,
    free: Callable[[torch.device], int | None] = free_memory_bytes,
) -> int:
    """Padded tokens of a pass: what suits the device, halved until the gradient of as many fits into free memory.

    Halving leaves few sizes, so most GPUs compute the same sums. An explainer whose passes take more than a gradient's
    is caught by `extract_importance`, which halves further.
    """
    tokens = int((model.pass_share if model else 1.0) * usual_pass_tokens(device))
    available = free(device)
    if model is None or available is None:
        return tokens
    needed = kept_bytes_per_token(model, _longest(split).to(device))
    while tokens > 1 and tokens * needed > SHARE * available:
        tokens //= 2
    return tokens


def kept_bytes_per_token(model: Classifier, batch: Batch) -> float:
    """Bytes a padded token that a forward pass keeps for the gradient with respect to embeddings."""
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with frozen(model), torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        embedding_gradient(model, batch, torch.zeros_like(batch.labels), model.embed(batch.input_ids))
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    return sum(size for place, size in kept.items() if place not in weights) / batch.input_ids.numel()


def _longest(split: Split) -> Batch:
    """The longest examples, about `PROBE_TOKENS` of them: long texts take most memory a token."""
    order = split.input_ids.lengths.argsort(descending=True, stable=True)
    longest = int(split.input_ids.lengths[order[0]])
    return split.batch(order[: max(1, PROBE_TOKENS // longest)])
