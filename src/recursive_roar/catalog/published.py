"""The published table: RACU under Recursive ROAR on the relative ladder in steps of 10 %.

Madsen, Meade, Adlakha, Reddy: Evaluating the Faithfulness of Importance Measures in NLP by Recursively Masking
Allegedly Important Tokens and Retraining, Findings of EMNLP 2022 (arXiv 2110.08412), table of RACU.
`published_racu.csv` holds its 56 cells in %: the mean over seeds 0 to 4, and how far the limits of the 95 % interval
(BCa bootstrap over seeds) lie `below` and `above` it.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PROTOCOL, LADDER, STEP = "recursive-roar", "relative", 10
SEEDS = (0, 1, 2, 3, 4)
INTERVAL = "paper"
TARGET = "gold"
ARGUMENTS: dict[str, dict[str, Any]] = {"integrated-gradient": {"form": "paper"}}
"""What the published explainers were called with, where it is not the default here."""
SUBWORDS = {"pairs": "paper"}
"""How the published transformers were given their text, where it is not the default here."""
VECTORS = {"sst": "fasttext.simple.300d", "snli": "glove.840B.300d", "imdb": "fasttext.simple.300d"}
"""Published word vectors that do not come with this package."""
TOKENS = {"sst": 20.2, "babi-1": 38, "babi-2": 96, "babi-3": 300}
"""Mean number of words of a masked text, its two ends among them, where it was counted on the published data."""
TABLE = Path(__file__).with_name("published_racu.csv")


@dataclass(frozen=True)
class PublishedScore:
    """A cell of the published table, as shares."""

    racu: float
    low: float
    high: float


@cache
def published_scores() -> dict[tuple[str, str, str], PublishedScore]:
    """Every cell of the published table by dataset, model and explainer."""
    with TABLE.open() as file:
        return {(row["dataset"], row["model"], row["explainer"]): _score(row) for row in csv.DictReader(file)}


def _score(row: dict[str, str]) -> PublishedScore:
    racu, below, above = (float(row[key]) / 100 for key in ("racu", "below", "above"))
    return PublishedScore(racu, racu - below, racu + above)
