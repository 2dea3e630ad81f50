"""GradientSHAP: integrated gradient with random baselines and random places on the path."""

from functools import reduce

import numpy as np
import torch
from torch import Tensor

from recursive_roar.data.batches import Batch, Split
from recursive_roar.explain.draws import draw_per_example
from recursive_roar.explain.gradient import embedding_gradient
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier


class GradientShap(Explainer):
    """Mean of (e - b) . gradient at b + u (e - b) over `samples` of b and u (Lundberg & Lee 2017; Erion et al. 2021).

    Each token's baseline b is the embedding of a token drawn from the training split, u is uniform on [0, 1), one an
    example. Absolute unless `signed`. Cost: `samples` forward and backward passes. Deterministic given the seed.
    """

    needs_training_split = True
    stochastic = True

    def __init__(self, seed: int, samples: int = 50, signed: bool = False) -> None:
        self.seed = seed
        self.samples = samples
        self.signed = signed

    def prepare(self, model: Classifier, train: Split) -> None:  # noqa: D102
        self._tokens = train.input_ids.values[train.maskable.values].numpy()

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        embeddings = model.embed(batch.input_ids).detach()
        terms = (self._term(model, batch, target, embeddings, sample) for sample in range(self.samples))
        mean = reduce(torch.add, terms) / self.samples
        return mean if self.signed else mean.abs()

    def _term(self, model: Classifier, batch: Batch, target: Tensor, embeddings: Tensor, sample: int) -> Tensor:
        words = draw_per_example(batch, self._words, self.seed, sample, 0)
        share = draw_per_example(batch, _one_share, self.seed, sample, 1)[..., None].to(embeddings)
        absent = torch.where(batch.partner[..., None], embeddings, model.embed(words).detach())
        point = absent + share * (embeddings - absent)
        return ((embeddings - absent) * embedding_gradient(model, batch, target, point)).sum(-1)

    def _words(self, generator: np.random.Generator, number: int) -> np.ndarray:
        return generator.choice(self._tokens, number)


def _one_share(generator: np.random.Generator, number: int) -> np.ndarray:
    return generator.random(1).repeat(number)
