"""Random draws that hang on the seed and the example's number alone, so neither batch nor padding matters."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from recursive_roar.data.batches import Batch


def draw_per_example(
    batch: Batch, draw: Callable[[np.random.Generator, int], np.ndarray], seed: int, *stream: int
) -> Tensor:
    """`draw(generator, length)` of each example, [batch, tokens, ...] with zeros for padding, on the batch's device.

    `stream` tells several draws for the same example apart.
    """
    numbered = zip(batch.example_ids.tolist(), batch.lengths.tolist(), strict=True)
    rows = [
        torch.from_numpy(draw(np.random.default_rng([seed, example, *stream]), length)) for example, length in numbered
    ]
    drawn = rows[0].new_zeros(*batch.input_ids.shape, *rows[0].shape[1:])
    for place, row in zip(drawn, rows, strict=True):
        place[: len(row)] = row
    return drawn.to(batch.input_ids.device)
