"""Can the label be told from the places of the masks alone, without a single word?"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.special import ndtri

from recursive_roar.diagnostics.rows import Rows

PLACES = 64  # of a text seen from either end
EXAMPLES = 10_000  # that a probe is trained on at most
PENALTY = 0.1  # inverse strength, as scikit-learn has it


@dataclass(frozen=True)
class Probe:
    """How often a probe tells the label of a test example, with Wilson's interval."""

    accuracy: float
    low: float
    high: float


def probe(masks: tuple[Rows, Rows], labels: tuple[np.ndarray, np.ndarray], confidence: float) -> Probe:
    """Logistic regression on `features`, trained on a training split, tested on a test split.

    Args:
        masks: of training and test split, whether each maskable token is masked.
        labels: of training and test split, [rows] each.
        confidence: of the interval.
    """
    from sklearn.linear_model import LogisticRegression

    chosen = np.random.default_rng(0).permutation(len(labels[0]))[:EXAMPLES]
    model = LogisticRegression(C=PENALTY, max_iter=1000).fit(features(masks[0])[chosen], labels[0][chosen])
    hits = int((model.predict(features(masks[1])) == labels[1]).sum())
    return Probe(hits / len(labels[1]), *wilson(hits, len(labels[1]), confidence))


def features(masked: Rows) -> csr_array:
    """What is known of a mask, [rows, features]: 1 for each masked place, counted from the start and from the end.

    The last feature is the share of masked tokens that follow a masked one, which tells lumps from scattered masks.
    """
    hidden = masked.only(masked.values)
    places = masked.place[masked.values]
    from_end = masked.lengths[hidden.row] - 1 - places
    follows = np.r_[False, (np.diff(places) == 1) & (np.diff(hidden.row) == 0)]
    lumps = hidden.sum(follows) / np.maximum(hidden.lengths, 1)
    near = [(hidden.row[place < PLACES], place[place < PLACES]) for place in (places, from_end)]
    rows = np.concatenate([near[0][0], near[1][0], np.arange(len(lumps))])
    columns = np.concatenate([near[0][1], near[1][1] + PLACES, np.full(len(lumps), 2 * PLACES)])
    values = np.concatenate([np.ones(len(rows) - len(lumps)), lumps])
    return csr_array((values, (rows, columns)), shape=(len(lumps), 2 * PLACES + 1))


def majority(labels: np.ndarray) -> float:
    """Accuracy of always answering with the most frequent label."""
    return float(np.unique(labels, return_counts=True)[1].max() / len(labels))


def leaks(found: Probe, majority: float, random: Probe | None) -> bool:
    """Whether a mask tells more of the label than guessing does, and more than random masks of the same round.

    How many tokens are masked tells the length of a text, under any explainer. That alone is no leakage.
    """
    return found.low > majority and (random is None or found.low > random.accuracy)


def wilson(hits: int, trials: int, confidence: float) -> tuple[float, float]:
    """Wilson's interval of a share (Wilson 1927)."""
    z = float(ndtri((1 + confidence) / 2))
    share, spread = hits / trials, z * z / trials
    half = z * np.sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return float((share + spread / 2 - half) / (1 + spread)), float((share + spread / 2 + half) / (1 + spread))
