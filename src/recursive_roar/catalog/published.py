"""The published table: RACU under Recursive ROAR on the relative ladder in steps of 10 %.

Madsen, Meade, Adlakha, Reddy: Evaluating the Faithfulness of Importance Measures in NLP by Recursively Masking
Allegedly Important Tokens and Retraining, Findings of EMNLP 2022 (arXiv 2110.08412), table of RACU.
`published_racu.csv` holds its 56 cells in %: the mean over seeds 0 to 4, and how far the limits of the 95 % interval
(BCa bootstrap over seeds) lie `below` and `above` it.

`published_performance.csv` holds the two ends of its curves in %, measured off the vector plot of the authors' poster
(to about 0.05 points): the test performance with nothing and with everything masked, the mean over seeds and, where it
is known, its 95 % interval. Those of bAbI-2 and bAbI-3 cannot be read there.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PROTOCOL, LADDER, STEP = "recursive-roar", "relative", 10
SEEDS = (0, 1, 2, 3, 4)
INTERVAL, CONFIDENCE = "paper", 0.95
TARGET = "gold"
ARGUMENTS: dict[str, dict[str, Any]] = {"integrated-gradient": {"form": "paper"}}
"""What the published explainers were called with, where it is not the default here."""
SUBWORDS = {"pairs": "paper"}
"""How the published transformers were given their text, where it is not the default here."""
VECTORS = {"sst": "fasttext.simple.300d", "snli": "glove.840B.300d", "imdb": "fasttext.simple.300d"}
"""Published word vectors that do not come with this package."""
TOKENS = {"sst": 20.2, "babi-1": 38, "babi-2": 96, "babi-3": 300}
"""Mean number of words of a masked text, its two ends among them, where it was counted on the published data."""
SCORES, PERFORMANCE = (Path(__file__).with_name(f"published_{name}.csv") for name in ("racu", "performance"))


@dataclass(frozen=True)
class PublishedScore:
    """A cell of the published table, as shares."""

    racu: float
    low: float
    high: float


@dataclass(frozen=True)
class PublishedPerformance:
    """Test performance at one end of the published curves, as shares; no limits where they are not known."""

    performance: float
    low: float | None
    high: float | None


@cache
def published_scores() -> dict[tuple[str, str, str], PublishedScore]:
    """Every cell of the published table by dataset, model and explainer."""
    with SCORES.open() as file:
        return {(row["dataset"], row["model"], row["explainer"]): _score(row) for row in csv.DictReader(file)}


@cache
def published_performance() -> dict[tuple[str, str, float], PublishedPerformance]:
    """Both ends of the published curves by dataset, model and share of masked tokens."""
    with PERFORMANCE.open() as file:
        return {
            (row["dataset"], row["model"], float(row["masked"]) / 100): _performance(row)
            for row in csv.DictReader(file)
        }


def _score(row: dict[str, str]) -> PublishedScore:
    racu, below, above = (float(row[key]) / 100 for key in ("racu", "below", "above"))
    return PublishedScore(racu, racu - below, racu + above)


def _performance(row: dict[str, str]) -> PublishedPerformance:
    low, high = (float(row[key]) / 100 if row[key] else None for key in ("low", "high"))
    return PublishedPerformance(float(row["performance"]) / 100, low, high)
