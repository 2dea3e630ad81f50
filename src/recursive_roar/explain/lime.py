"""LIME (Ribeiro et al. 2016)."""

import numpy as np

from recursive_roar.explain.surrogate import Surrogate


class Lime(Surrogate):
    """Coefficients of a ridge regression of the logit on which words are kept, near copies weighing more.

    As in the published code for text, a copy hides a uniformly drawn number of words, weights are sqrt(exp(-d^2 /
    kernel_width^2)) with d a hundred times the cosine distance to the whole text, and the penalty `ridge` spares the
    intercept. Unlike there, the regression is on the logit, every word is a feature by position, and a hidden word is
    replaced by the mask token. Absolute unless `signed`. Cost: `samples` forward passes. Deterministic given the seed.
    """

    def __init__(
        self, seed: int, samples: int = 200, kernel_width: float = 25.0, ridge: float = 1.0, signed: bool = False
    ) -> None:
        super().__init__(seed, samples, signed)
        self.kernel_width = kernel_width
        self.ridge = ridge

    def draw(self, words: int, generator: np.random.Generator) -> np.ndarray:
        """The whole text, then copies without 1 to `words` of its words."""
        if words == 0:
            return np.ones((0, 0), bool)
        hidden = generator.integers(1, words, size=self.samples, endpoint=True)
        hidden[0] = 0
        rank = generator.random((self.samples, words)).argsort(1)  # a random permutation a row
        return rank >= hidden[:, None]

    def fit(self, kept: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """The ridge regression; centred words leave its intercept out.

        With A the centred words, W the weights and r the penalty, (A'WA + r)^-1 A'W y = A'W (AA'W + r)^-1 y: as many
        unknowns as there are words, or copies.
        """
        weights = self._weights(kept)[:, None]
        centred = kept - (weights * kept).sum(0) / weights.sum()
        weighted = (weights * centred).T
        copies, words = kept.shape
        if words > copies:
            return np.asarray(weighted @ _ridge_solution(centred @ weighted, logits, self.ridge))
        return _ridge_solution(weighted @ centred, weighted @ logits, self.ridge)

    def _weights(self, kept: np.ndarray) -> np.ndarray:
        distance = 100 * (1 - np.sqrt(kept.mean(1)))  # the cosine of a subset and the whole is sqrt(share kept)
        weights: np.ndarray = np.sqrt(np.exp(-((distance / self.kernel_width) ** 2)))
        return weights


def _ridge_solution(matrix: np.ndarray, right: np.ndarray, ridge: float) -> np.ndarray:
    solved: np.ndarray = np.linalg.solve(matrix + ridge * np.eye(len(matrix)), right)
    return solved
