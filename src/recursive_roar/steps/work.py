"""Which work a saved state belongs to."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch

from recursive_roar.data.tokens import Tokens
from recursive_roar.models.interface import Classifier


def work_identity(
    settings: Mapping[str, Any], tokens: Tokens, model: Classifier | None, seed: int, device: torch.device
) -> str:
    """Digest of everything that decides the bits of a training or an explanation that begins with `model`."""
    facts = [dict(settings), seed, device.type, torch.get_num_threads()]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for weights in model.state_dict().values() if model else ():
        digest.update(weights.cpu().reshape(-1).numpy())
    for split in tokens.splits.values():
        for column in (split.input_ids, split.maskable, split.pair_ids):
            if column is not None:
                digest.update(column.offsets.numpy().tobytes() + column.values.numpy().tobytes())
        for numbers in (split.labels, split.text_lengths):
            if numbers is not None:
                digest.update(numbers.numpy().tobytes())
    return digest.hexdigest()
