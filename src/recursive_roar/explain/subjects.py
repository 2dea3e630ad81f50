"""What explainers are tried on: small untrained models of each family, with texts and with pairs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from recursive_roar.catalog.explainers import KnownExplainer
from recursive_roar.catalog.models import FAMILIES, TRANSFORMER
from recursive_roar.data.batches import Split
from recursive_roar.explain.planted import VOCABULARY, split_of
from recursive_roar.models.build import build_classifier
from recursive_roar.models.interface import Classifier
from recursive_roar.models.vectors import initial_vectors

LONG = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]
TEXTS = [[1, 5, 2], [1, *LONG, 2], [1, 6, 7, 6, 2], [1, 9, 3, 4, 18, 10, 2], [1, 8, 8, 8, 2]]
PARTNERS = [[1, 6, 2], [1, 9, 4, 2], [1, 5, 2], [1, 5, 6, 9, 2], [1, 7, 2]]
LABELS = [0, 1, 2, 1, 0]
CLASSES = 3


@dataclass(frozen=True)
class Subject:
    """A model and texts for it."""

    family: str
    paired: bool
    model: Classifier
    data: Split

    def __str__(self) -> str:
        return f"{self.family} with {'pairs' if self.paired else 'texts'}"

    def reading(self, texts: Sequence[list[int]]) -> "Subject":
        """The same model with other texts, all of class 0 and of the same partner."""
        partners = [PARTNERS[0]] * len(texts) if self.paired else None
        return replace(self, data=_data(self.family, texts, [0] * len(texts), partners))


def subjects(known: KnownExplainer) -> list[Subject]:
    """Every family that an explainer is defined on, once with texts and once with pairs."""
    families = [name for name, family in FAMILIES.items() if known.lacks(family) is None]
    return [_subject(family, paired) for family in families for paired in (False, True)]


def _subject(family: str, paired: bool) -> Subject:
    model = _encoder() if family == TRANSFORMER else _lstm(paired)
    data = _data(family, TEXTS, LABELS, PARTNERS if paired else None)
    return Subject(family, paired, model, data)


def _lstm(paired: bool) -> Classifier:
    vectors = initial_vectors("normal", [str(number) for number in range(VOCABULARY)], 6, seed=0)
    return build_classifier("bilstm-attention", paired=paired, vectors=vectors, hidden_width=5, classes=CLASSES, seed=0)


def _encoder() -> Classifier:
    """A RoBERTa of two layers with two heads; its weights are large enough for attention to differ."""
    from transformers import RobertaConfig, RobertaForSequenceClassification

    from recursive_roar.models.transformer import Transformer

    sizes: dict[str, Any] = {
        "vocab_size": VOCABULARY, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 12, "max_position_embeddings": 40, "type_vocab_size": 1, "num_labels": CLASSES,
        "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "initializer_range": 0.3,
    }  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Transformer(RobertaForSequenceClassification(RobertaConfig(**sizes)), mask_id=3, pad_id=0)


def _data(family: str, texts: Sequence[list[int]], labels: list[int], partners: Sequence[list[int]] | None) -> Split:
    """A partner is a sequence of its own for the BiLSTM, and the end of the text's for a transformer."""
    if partners is None or family != TRANSFORMER:
        return split_of(list(texts), labels, list(partners) if partners else None)
    joined = split_of([[*text, *partner[1:]] for text, partner in zip(texts, partners, strict=True)], labels)
    lengths = torch.tensor([len(text) for text in texts])
    within = torch.cat([torch.arange(int(length)) for length in joined.input_ids.lengths])
    own = within < lengths.repeat_interleave(joined.input_ids.lengths)
    maskable = replace(joined.maskable, values=joined.maskable.values & own)
    return replace(joined, maskable=maskable, text_lengths=lengths)
