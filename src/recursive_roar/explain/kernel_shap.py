"""KernelSHAP (Lundberg & Lee 2017)."""

from dataclasses import replace
from itertools import product
from math import comb

import numpy as np
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.explain.masked_copies import replaceable, target_logits
from recursive_roar.explain.surrogate import Surrogate
from recursive_roar.models.interface import Classifier


class KernelShap(Surrogate):
    """Shapley values of the words, by the regression that has them as its solution.

    Coalitions are drawn in proportion to the Shapley kernel, each with its complement; where all of them are no more
    than `samples`, all are taken and the values are exact. The values add up to f(x) - f(x with all words masked).
    Absolute unless `signed`. Cost: `samples` + 2 forward passes. Deterministic given the seed.
    """

    def __init__(self, seed: int, samples: int = 200, signed: bool = False) -> None:
        super().__init__(seed, samples, signed)

    def draw(self, words: int, generator: np.random.Generator) -> np.ndarray:
        """All words, none, then the coalitions between."""
        if words == 0:
            return np.ones((0, 0), bool)
        ends = np.repeat([[True], [False]], words, axis=1)
        every = 2**words - 2 <= self.samples
        return np.concatenate([ends, _every(words) if every else self._some(words, generator)])

    def fit(self, kept: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """Least squares among the values that add up to the whole change."""
        words = kept.shape[1]
        whole, none = logits[:2]
        share = (whole - none) / words
        root = np.sqrt(self._weights(kept[2:]))
        free = np.eye(words) - 1 / words  # projects onto changes that keep the sum
        left = kept[2:].astype(float)
        right = logits[2:] - none - share * left.sum(1)
        solved: np.ndarray = share + free @ np.linalg.lstsq(root[:, None] * (left @ free), root * right, rcond=None)[0]
        return solved

    def expected_sum(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor | None:
        """f(x) - f(x with all words masked), promised by signed values."""
        if not self.signed:
            return None
        hidden = replace(batch, input_ids=batch.input_ids.masked_fill(replaceable(model, batch), model.mask_id))
        return target_logits(model, batch, target) - target_logits(model, hidden, target)

    def _some(self, words: int, generator: np.random.Generator) -> np.ndarray:
        sizes = np.arange(1, words)
        chances = 1 / (sizes * (words - sizes))
        drawn = generator.choice(sizes, size=-(-self.samples // 2), p=chances / chances.sum())
        half = generator.random((len(drawn), words)).argsort(1).argsort(1) < drawn[:, None]
        return np.stack([half, ~half], 1).reshape(-1, words)[: self.samples]

    def _weights(self, kept: np.ndarray) -> np.ndarray:
        """The Shapley kernel where every coalition is there; drawn ones already come in its proportion."""
        words, sizes = kept.shape[1], kept.sum(1)
        if len(kept) != 2**words - 2:
            return np.ones(len(kept))
        return np.array([(words - 1) / (comb(words, size) * size * (words - size)) for size in sizes.tolist()])


def _every(words: int) -> np.ndarray:
    """Every subset but the whole and the empty one, [subsets, words]."""
    subsets = np.array(list(product([False, True], repeat=words)), bool)
    return subsets[1:-1]
