"""Gradients averaged over noisy copies of the input."""

from collections.abc import Iterator
from functools import reduce

import numpy as np
import torch
from torch import Tensor

from recursive_roar.data.batches import Batch, Split
from recursive_roar.explain.draws import draw_per_example
from recursive_roar.explain.gradient import embedding_gradient, gram_matrix, squared_l2_over_vocabulary
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier


class SmoothGrad(Explainer):
    """L2 norm over the vocabulary of the mean gradient at `samples` noisy copies (Smilkov et al. 2017).

    Gaussian noise is added to the embeddings, its deviation `noise` times the range of values among those of the
    example. Unsigned. Cost: `samples` forward and backward passes. Deterministic given the seed.
    """

    stochastic = True

    def __init__(self, seed: int, samples: int = 50, noise: float = 0.15) -> None:
        self.seed = seed
        self.samples = samples
        self.noise = noise

    def prepare(self, model: Classifier, train: Split) -> None:  # noqa: D102
        self._gram = gram_matrix(model)

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        mean = reduce(torch.add, self._gradients(model, batch, target)) / self.samples
        return squared_l2_over_vocabulary(mean, self._gram).sqrt()

    def _gradients(self, model: Classifier, batch: Batch, target: Tensor) -> Iterator[Tensor]:
        """Gradient at each noisy copy, [batch, tokens, width]."""
        embeddings = model.embed(batch.input_ids).detach()
        width = embeddings.shape[-1]
        deviation = self.noise * _range(embeddings, batch)[:, None, None] * ~batch.partner[..., None]
        for sample in range(self.samples):
            noise = draw_per_example(
                batch, lambda generator, n: generator.standard_normal((n, width), dtype=np.float32), self.seed, sample
            )
            yield embedding_gradient(model, batch, target, embeddings + deviation * noise)


class SmoothGradSquared(SmoothGrad):
    """Mean of the squared L2 norm over the vocabulary, instead of the norm of the mean (Hooker et al. 2019, section 4).

    Unsigned. Cost: `samples` forward and backward passes. Deterministic given the seed.
    """

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        gradients = self._gradients(model, batch, target)
        squared = (squared_l2_over_vocabulary(gradient, self._gram) for gradient in gradients)
        return reduce(torch.add, squared) / self.samples


def _range(embeddings: Tensor, batch: Batch) -> Tensor:
    """Largest minus smallest value among the embeddings of each example's tokens, [batch]."""
    padding = ~batch.present[..., None]
    highest = embeddings.masked_fill(padding, float("-inf")).amax((1, 2))
    return highest - embeddings.masked_fill(padding, float("inf")).amin((1, 2))
