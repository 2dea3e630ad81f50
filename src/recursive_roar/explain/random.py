"""Random importance: the reference that every explanation must beat."""

import numpy as np
from torch import Tensor

from recursive_roar.data.batches import Batch
from recursive_roar.explain.draws import draw_per_example
from recursive_roar.explain.interface import Explainer
from recursive_roar.models.interface import Classifier


class Random(Explainer):
    """Uniform on [0, 1), drawn from the seed and the example's number (Hooker et al. 2019, section 4).

    With `redraw` also from the tokens of the example, so that each further mask is drawn anew. Cost: none.
    Deterministic given the seed.
    """

    needs_model = False
    stochastic = True

    def __init__(self, seed: int, redraw: bool = False) -> None:
        self.seed = seed
        self.redraw = redraw

    def __call__(self, model: Classifier, batch: Batch, target: Tensor) -> Tensor:  # noqa: D102
        return draw_per_example(batch, _uniform, self.seed, by_tokens=self.redraw)


def _uniform(generator: np.random.Generator, length: int) -> np.ndarray:
    return generator.random(length, dtype=np.float32)
