"""Does an explainer point where people say that the answer lies? Not faithfulness: the model may look elsewhere."""

from collections.abc import Iterable, Sequence

import numpy as np

from recursive_roar.data.statements import END_OF_STATEMENT
from recursive_roar.diagnostics.rows import Rows, mean


def supporting(
    texts: Iterable[str], support: Iterable[Sequence[int]], places: Iterable[Sequence[tuple[int, int]]]
) -> np.ndarray:
    """Whether each token stands in a statement that the answer depends on, [tokens of all texts], bool.

    Args:
        texts: with statements that end at a full stop or a line's end.
        support: numbers of the statements, from 0.
        places: where each token starts and ends in its text.
    """
    found = []
    for text, statements, tokens in zip(texts, support, places, strict=True):
        ends = [match.start() for match in END_OF_STATEMENT.finditer(text)]
        found.append(np.isin(np.searchsorted(ends, [start for start, _ in tokens]), statements))
    return np.concatenate(found)


def average_precision(scores: Rows, truth: np.ndarray) -> float | None:
    """Area under the curve of precision over recall for finding the tokens of `truth` [values]; mean over texts.

    Equal scores are taken together. A text without such tokens has none.
    """
    _, last = scores.tied
    until = np.r_[0, truth[scores.falling].cumsum()]
    start = scores.offsets[scores.row]
    precision = (until[start + last + 1] - until[start]) / (last + 1)
    positives = scores.sum(truth)
    return mean(scores.sum(precision * truth) / np.maximum(positives, 1), positives > 0)


def hit_rate(scores: Rows, truth: np.ndarray, tokens: int | None = None) -> float | None:
    """Share of the `tokens` highest tokens that belong to `truth` [values]; mean over texts that have any.

    None: as many tokens as belong to it.
    """
    positives = scores.sum(truth)
    number = positives if tokens is None else np.minimum(tokens, scores.lengths)
    hits = scores.sum(truth & (scores.rank < number[scores.row]))
    return mean(hits / np.maximum(number, 1), positives > 0)
