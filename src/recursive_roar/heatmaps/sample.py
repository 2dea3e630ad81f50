"""Which test examples are shown."""

import numpy as np
from numpy.typing import NDArray


def choose(labels: NDArray[np.int64], right: NDArray[np.bool_], number: int, seed: int) -> list[int]:
    """Rows of up to `number` examples, as evenly as possible over label and whether the baseline is right.

    Labels take turns in a random order, each with one example that the baseline gets right and one that it gets wrong,
    drawn at random, as long as there are any. The same arguments give the same rows.

    Args:
        labels: true classes, [examples].
        right: where the baseline's prediction is the label, [examples].
        number: examples wanted.
        seed: of the draw.
    """
    generator = np.random.default_rng(seed)
    turns: list[tuple[int, int, bool, int]] = []
    for place, label in enumerate(generator.permutation(np.unique(labels))):
        for wrong in (False, True):
            rows = generator.permutation(np.flatnonzero((labels == label) & (right != wrong)))
            turns += [(turn, place, wrong, int(row)) for turn, row in enumerate(rows)]
    return [row for *_, row in sorted(turns)[:number]]
