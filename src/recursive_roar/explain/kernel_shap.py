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

RIDGE = 1.0  # an equation for each word, beside those of the drawn coalitions, that its value is the mean


class KernelShap(Surrogate):
    """Shapley values of the words, by the regression that has them as its solution.

    Coalitions are drawn in proportion to the Shapley kernel, each with its complement, and a ridge of one pulls values
    to their mean; where all coalitions are no more than `samples`, all are taken and the values are exact. The values
    add up to f(x) - f(x with all words masked). Absolute unless `signed`. Cost: `samples` + 2 forward passes.
    Deterministic given the seed.
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
        """Least squares among the values that add up to the whole change; with a ridge where coalitions are drawn.

        A coalition and its complement say the same of such values, so `samples` draws are half as many equations.
        """
        words = kept.shape[1]
        whole, none = logits[:2]
        share = (whole - none) / words
        root = np.sqrt(self._weights(kept[2:]))
        free = np.eye(words) - 1 / words  # projects onto changes that keep the sum
        left = root[:, None] * (kept[2:] @ free)
        right = root * (logits[2:] - none - share * kept[2:].sum(1))
        ridge = 0 if _complete(kept[2:]) else RIDGE
        if ridge and words > len(left):  # the same by a smaller system
            return np.asarray(share + left.T @ np.linalg.solve(left @ left.T + ridge * np.eye(len(left)), right))
        # No equation moves the sum; adding 1 / words holds it at zero.
        return np.asarray(share + np.linalg.solve(left.T @ left + ridge * free + 1 / words, left.T @ right))

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
        if not _complete(kept):
            return np.ones(len(kept))
        return np.array([(words - 1) / (comb(words, size) * size * (words - size)) for size in sizes.tolist()])


def _complete(kept: np.ndarray) -> bool:
    """Whether these are all coalitions between none and all words."""
    return bool(len(kept) == 2 ** kept.shape[1] - 2)


def _every(words: int) -> np.ndarray:
    """Every subset but the whole and the empty one, [subsets, words]."""
    subsets = np.array(list(product([False, True], repeat=words)), bool)
    return subsets[1:-1]
