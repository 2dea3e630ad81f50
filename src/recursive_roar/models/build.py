"""BiLSTM-attention for a tokenised dataset."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from recursive_roar.data.tokens import Tokens
from recursive_roar.models.bilstm_attention import BiLSTMAttention, PairedBiLSTMAttention
from recursive_roar.models.interface import Classifier
from recursive_roar.models.vectors import initial_vectors


def build(architecture: Mapping[str, Any], tokens: Tokens, classes: int, seed: int) -> Classifier:
    """An untrained classifier with the sizes of `architecture`; word vectors and weights depend on `seed`."""
    vectors = initial_vectors(architecture["vectors"], tokens.vocabulary, architecture["embedding_width"], seed)
    return build_classifier(
        "bilstm-attention",
        paired=tokens.paired,
        vectors=vectors,
        hidden_width=architecture["hidden_width"],
        classes=classes,
        seed=seed,
    )


def build_classifier(
    family: str, *, paired: bool, vectors: Tensor, hidden_width: int, classes: int, seed: int
) -> Classifier:
    """An untrained classifier whose weights depend on its sizes, `vectors` [vocabulary, width] and `seed` alone."""
    kinds = {("bilstm-attention", False): BiLSTMAttention, ("bilstm-attention", True): PairedBiLSTMAttention}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kinds[family, paired](vectors, hidden_width, classes)
