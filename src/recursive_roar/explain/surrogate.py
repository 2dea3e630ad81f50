"""Linear models fitted to the logits of copies with random words hidden."""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.explain.interface import Explainer
from recursive_roar.explain.masked_copies import masked_logits, replaceable
from recursive_roar.models.interface import Classifier


class Surrogate(Explainer):
    """Coefficients of a weighted linear regression of the target logit on which words are kept.

    The words are those not masked yet; hidden ones are replaced by the mask token. The regressions are solved in double
    precision on the CPU.
    """

    stochastic = True

    def __init__(self, seed: int, samples: int, signed: bool) -> None:
        self.seed = seed
        self.samples = samples
        self.signed = signed

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        features = replaceable(model, batch).cpu().numpy()
        numbered = zip(batch.example_ids.tolist(), features, strict=True)
        kept = [self.draw(int(row.sum()), np.random.default_rng([self.seed, example])) for example, row in numbered]
        logits = self._logits(model, batch, target, features, kept)
        scores = np.zeros(features.shape, np.float32)
        for row, (words, values) in enumerate(zip(kept, logits, strict=True)):
            if words.size:
                scores[row, features[row]] = self.fit(words, values)
        return torch.from_numpy(scores if self.signed else np.abs(scores))

    @abstractmethod
    def draw(self, words: int, generator: np.random.Generator) -> np.ndarray:
        """Which words are kept in each copy, [copies, words], bool."""

    @abstractmethod
    def fit(self, kept: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """Coefficient of each word, [words], from which words were kept and the logits [copies] in double precision."""

    def _logits(
        self, model: Classifier, batch: Batch, target: Tensor, features: np.ndarray, kept: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        """Logits of each example's copies."""
        hidden = np.concatenate([_hidden(row, words) for row, words in zip(features, kept, strict=True)])
        numbers = [len(words) for words in kept]
        rows = torch.arange(len(kept)).repeat_interleave(torch.tensor(numbers))
        device = batch.input_ids.device
        found = masked_logits(
            model, batch, target, rows.to(device), torch.from_numpy(hidden).to(device), self.pass_tokens
        )
        return np.split(found.double().cpu().numpy(), np.cumsum(numbers)[:-1])


def _hidden(features: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Places to hide, [copies, tokens], from the words kept in each copy."""
    hidden = np.zeros((len(kept), len(features)), bool)
    hidden[:, features] = ~kept
    return hidden
