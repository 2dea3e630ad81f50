"""What is laid over the text of an example: when each token was masked, how important it was, what models predict."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Trail:
    """What the rounds of one cell left of one example.

    Attributes:
        masked_at: by round that masks a part, each [tokens].
        importance: by round whose model was explained, each [tokens].
        logits: of every round from the baseline on, each [classes].
        fully_masked: the round in which everything is masked, if there is one.
        explained_once: whether every round masks by the importance of the baseline.
    """

    masked_at: Mapping[int, NDArray[np.uint8]]
    importance: Mapping[int, NDArray[np.float32]]
    logits: list[NDArray[np.float32]]
    fully_masked: int | None
    explained_once: bool

    def first_masked(self, maskable: NDArray[np.bool_]) -> NDArray[np.uint8]:
        """The first round in which each token is masked, 0 where never, [tokens]."""
        first = maskable * np.uint8(self.fully_masked or 0)
        for number in sorted(self.masked_at, reverse=True):
            first[self.masked_at[number] > 0] = number
        return first

    def layers(self, maskable: NDArray[np.bool_], places: NDArray[np.int64]) -> dict[str, Any]:
        """The content of the page for the tokens at `places`.

        `importance` has an entry a round, None where the model was not explained; a single entry holds for every round.
        """
        masked_at = self.first_masked(maskable)
        shown: list[str | None] = [None] * (1 if self.explained_once else len(self.logits))
        for number, scores in self.importance.items():
            visible = maskable & ((masked_at == 0) | (masked_at > number))
            shown[number] = packed(hundredths(scores, visible)[places])
        predicted, probability = zip(*map(prediction, self.logits), strict=True)
        return {
            "masked_at": packed(masked_at[places]),
            "importance": shown,
            "predicted": predicted,
            "probability": probability,
        }


def hundredths(importance: NDArray[np.float32], visible: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Importance in hundredths of the largest among the visible tokens, by absolute value, [tokens]; 0 elsewhere."""
    scores = np.where(visible, importance, 0).astype(np.float64)
    largest = np.abs(scores).max(initial=0)
    return np.rint(scores / largest * 100).astype(np.int8) if largest > 0 else np.zeros(len(scores), np.int8)


def prediction(logits: NDArray[np.float32]) -> tuple[int, float]:
    """The class with the largest logit, [classes], and its probability in thousandths."""
    odds = np.exp(logits.astype(np.float64) - logits.max())
    return int(logits.argmax()), round(float(odds.max() / odds.sum()), 3)


def packed(values: NDArray[Any]) -> str:
    """One byte a value, as base64."""
    return base64.b64encode(values.tobytes()).decode()
