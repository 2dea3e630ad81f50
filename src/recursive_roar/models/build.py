"""A classifier from its family's name."""

import torch
from torch import Tensor

from recursive_roar.models.bilstm_attention import BiLSTMAttention, PairedBiLSTMAttention
from recursive_roar.models.interface import Classifier


def build_classifier(
    family: str, *, paired: bool, vectors: Tensor, hidden_width: int, classes: int, seed: int
) -> Classifier:
    """An untrained classifier whose weights depend on its sizes, `vectors` [vocabulary, width] and `seed` alone."""
    kinds = {("bilstm-attention", False): BiLSTMAttention, ("bilstm-attention", True): PairedBiLSTMAttention}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return kinds[family, paired](vectors, hidden_width, classes)
