"""The part of a text that is shown, and where its tokens stand in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Passage:
    """Consecutive maskable tokens of an example and the text they cover.

    Attributes:
        places: of the tokens in `input_ids`, [tokens].
        text: from the first of them to the last.
        spans: where each starts and ends in `text`, [tokens, 2]; in order and without overlap, so that a token that
            shares all its characters with the one before (a byte of an emoji) is empty.
        before: tokens of the example left out before the passage.
        after: tokens left out after it.
        unread: characters of the text behind the example's last token, which the model does not see.
    """

    places: NDArray[np.int64]
    text: str
    spans: NDArray[np.int64]
    before: int
    after: int
    unread: int


def passage(
    text: str, offsets: NDArray[np.int64], maskable: NDArray[np.bool_], weight: NDArray[np.float64], longest: int
) -> Passage:
    """At most `longest` consecutive tokens, those that weigh most; the earlier ones on a tie.

    Args:
        text: of the example.
        offsets: where each token starts and ends in the text, [tokens, 2].
        maskable: tokens that belong to the text, [tokens].
        weight: how much a token asks to be shown, [tokens].
        longest: tokens to show.
    """
    whole = np.flatnonzero(maskable)
    first = _heaviest(weight[whole], longest)
    places = whole[first : first + longest]
    if not len(places):
        return Passage(places, "", np.zeros((0, 2), np.int64), 0, 0, len(text.strip()))
    start, end = offsets[places, 0].min(), offsets[places, 1].max()
    after = len(whole) - first - len(places)
    unread = text[offsets[whole, 1].max() :].strip()
    spans = _without_overlap(offsets[places] - start)
    return Passage(places, text[start:end], spans, first, after, len(unread))


def _heaviest(weight: NDArray[np.float64], length: int) -> int:
    """Where the heaviest `length` neighbours begin."""
    total = np.concatenate([[0.0], np.cumsum(weight)])
    windows = total[length:] - total[:-length] if len(weight) > length else np.zeros(1)
    return int(windows.argmax())


def _without_overlap(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    ends = np.maximum.accumulate(offsets.max(axis=1))
    starts = np.maximum(offsets[:, 0], np.concatenate([[0], ends[:-1]]))
    return np.stack([starts, ends], axis=1)
