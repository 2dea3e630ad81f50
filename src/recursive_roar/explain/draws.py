"""Random draws that depend on the seed and the example's number alone, so neither batch nor padding matters."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from recursive_roar.data.batches import Batch


def draw_per_example(
    batch: Batch,
    draw: Callable[[np.random.Generator, int], np.ndarray],
    seed: int,
    *stream: int,
    by_tokens: bool = False,
) -> Tensor:
    """`draw(generator, length)` of each example, [batch, tokens, ...] with zeros for padding, on the batch's device.

    `stream` tells several draws for the same example apart, `by_tokens` the same example with other tokens masked.
    """
    rows = []
    for example, ids, length in zip(batch.example_ids.tolist(), batch.input_ids, batch.lengths.tolist(), strict=True):
        tokens = ids[:length].tolist() if by_tokens else ()
        rows.append(torch.from_numpy(draw(np.random.default_rng([seed, example, *stream, *tokens]), length)))
    drawn = rows[0].new_zeros(*batch.input_ids.shape, *rows[0].shape[1:])
    for place, row in zip(drawn, rows, strict=True):
        place[: len(row)] = row
    return drawn.to(batch.input_ids.device)
