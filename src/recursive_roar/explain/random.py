"""Random importance: the reference that every explanation must beat."""

import numpy as np
import torch
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier


class Random(Explainer):
    """Uniform on [0, 1), drawn from the seed and the example's number, so neither batch nor padding matters."""

    needs_model = False
    stochastic = True

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __call__(self, model: Classifier | None, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        scores = torch.zeros(batch.input_ids.shape)
        for row, (example, length) in enumerate(zip(batch.example_ids.tolist(), batch.lengths.tolist(), strict=True)):
            drawn = np.random.default_rng([self.seed, example]).random(length, dtype=np.float32)
            scores[row, :length] = torch.from_numpy(drawn)
        return scores.to(batch.input_ids.device)
