"""The model families known by name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownModel:
    """What can be said of a model family without importing it."""

    path: str
    tokenizer: str
    has_attention: bool


MODELS = {
    "bilstm-attention": KnownModel("recursive_roar.models.bilstm_attention", tokenizer="word", has_attention=True),
}
