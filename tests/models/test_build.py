"""A classifier from its family's name."""

import torch
from torch import Tensor

from recursive_roar.models.bilstm_attention import BiLSTMAttention, PairedBiLSTMAttention
from recursive_roar.models.build import build_classifier
from recursive_roar.models.interface import Classifier
from recursive_roar.models.vectors import initial_vectors


def build(seed: int, paired: bool = False) -> Classifier:
    vectors = torch.ones(7, 4)
    return build_classifier("bilstm-attention", paired=paired, vectors=vectors, hidden_width=3, classes=2, seed=seed)


def weights(model: Classifier) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_weights_depend_on_the_seed_alone() -> None:
    torch.manual_seed(1)
    first = weights(build(seed=5))
    torch.manual_seed(2)
    assert torch.equal(weights(build(seed=5)), first)
    assert not torch.equal(weights(build(seed=6)), first)


def test_random_word_vectors_and_weights_are_independent() -> None:
    vectors = initial_vectors("normal", [str(number) for number in range(128)], 50, seed=0)
    model = build_classifier("bilstm-attention", paired=False, vectors=vectors, hidden_width=32, classes=2, seed=0)
    inputs = [weight for weight in model.parameters() if weight.shape == vectors.shape and weight.std() < 0.5]
    assert len(inputs) == 2  # one for each direction
    for weight in inputs:
        # 6,400 pairs: independent ones correlate by 0.0125 or less in two of three draws.
        assert abs(float(torch.corrcoef(torch.stack([vectors.flatten(), weight.detach().flatten()]))[0, 1])) < 0.05


def test_the_callers_random_state_is_left_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    build(seed=5)
    assert torch.equal(torch.rand(3), expected)


def test_paired_data_get_the_paired_model() -> None:
    assert isinstance(build(0, paired=False), BiLSTMAttention)
    assert isinstance(build(0, paired=True), PairedBiLSTMAttention)
