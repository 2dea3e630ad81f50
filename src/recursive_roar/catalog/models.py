"""The model families, and the pretrained models known by name."""

from dataclasses import dataclass

LSTM = "bilstm-attention"
TRANSFORMER = "transformer"
WORD_TOKENIZER = "word"


@dataclass(frozen=True)
class Family:
    """What can be said of a model family without importing it.

    `path` is a module whose `build(architecture, tokens, classes, seed)` makes an untrained classifier.
    """

    path: str
    has_attention: bool
    has_attention_maps: bool


FAMILIES = {
    LSTM: Family("recursive_roar.models.build", has_attention=True, has_attention_maps=False),
    TRANSFORMER: Family("recursive_roar.models.transformer", has_attention=True, has_attention_maps=True),
}

PRETRAINED = {
    "roberta-base": {"pretrained": "FacebookAI/roberta-base", "revision": "e2da8e2f811d1448a5b465c236feacd80ffbac7b"},
}
"""Transformers that a study may name without saying where they come from."""
