"""The frozen recurrence computes what PyTorch's LSTM does, and its gradient."""

import pytest
import torch
from toys import split

from recursive_roar.explain.extract import frozen
from recursive_roar.explain.gradient import embedding_gradient
from recursive_roar.explain.integrated_gradient import IntegratedGradient
from recursive_roar.models import recurrence
from recursive_roar.models.bilstm_attention import Encoder
from recursive_roar.models.build import build_classifier

LENGTHS = [5, 1, 3, 5]
ROWS = [[1, 3, 4, 2], [1, 5, 2], [1, 6, 3, 5, 4, 6, 2]]
PAIRS = [[1, 6, 2], [1, 3, 4, 2], [1, 5, 2]]


@pytest.fixture
def encoder() -> Encoder:
    torch.manual_seed(0)
    return Encoder(torch.randn(7, 3), hidden_width=2).double().requires_grad_(False)


@pytest.fixture
def classifier(request):
    torch.manual_seed(0)
    model = build_classifier(
        "bilstm-attention", paired=request.param, vectors=torch.randn(7, 5), hidden_width=4, classes=3, seed=0
    )
    return model.double()


def use(monkeypatch: pytest.MonkeyPatch, here: bool) -> None:
    for least in ("ONE_POINT", "A_PATH"):
        monkeypatch.setattr(recurrence, least, 0 if here else float("inf"))


def packed(encoder: Encoder, embeddings: torch.Tensor) -> torch.Tensor:
    """Hidden states by one bidirectional LSTM on a packed sequence, zero at padding."""
    lstm = torch.nn.LSTM(3, 2, batch_first=True, bidirectional=True).double().requires_grad_(False)
    for name, value in encoder.forward_lstm.named_parameters():
        getattr(lstm, name).copy_(value)
        getattr(lstm, f"{name}_reverse").copy_(encoder.backward_lstm.get_parameter(name))
    sequence = torch.nn.utils.rnn.pack_padded_sequence(embeddings, LENGTHS, batch_first=True, enforce_sorted=False)
    return torch.nn.utils.rnn.pad_packed_sequence(lstm(sequence)[0], batch_first=True)[0]


def test_states_and_gradient_are_those_of_a_packed_lstm(encoder) -> None:
    embeddings = torch.randn(4, 5, 3, dtype=torch.double, requires_grad=True)
    expected = packed(encoder, embeddings)
    states, _ = encoder.from_gates(encoder.gates(embeddings), torch.tensor(LENGTHS))
    present = (torch.arange(5) < torch.tensor(LENGTHS)[:, None])[..., None]
    torch.testing.assert_close(states * present, expected)
    weights = torch.randn_like(expected) * present
    gradients = [torch.autograd.grad((found * weights).sum(), embeddings)[0] for found in (states, expected)]
    torch.testing.assert_close(*gradients)


def test_the_gradient_is_that_of_finite_differences(encoder) -> None:
    gates = torch.randn(4, 5, 16, dtype=torch.double, requires_grad=True)
    lengths, present = torch.tensor(LENGTHS), torch.arange(5) < torch.tensor(LENGTHS)[:, None]
    assert torch.autograd.gradcheck(lambda point: encoder.from_gates(point, lengths)[0][present], gates)


def test_final_states_are_the_same_both_ways(encoder, monkeypatch) -> None:
    embeddings = torch.randn(4, 5, 3, dtype=torch.double)
    found = []
    for here in (True, False):
        use(monkeypatch, here)
        found.append(encoder(embeddings, torch.tensor(LENGTHS))[1])
    torch.testing.assert_close(*found)


@pytest.mark.parametrize("classifier", [False, True], indirect=True, ids=["single", "paired"])
@pytest.mark.parametrize("form", ["standard", "paper"])
def test_explaining_gives_the_same_scores_both_ways(classifier, form, monkeypatch) -> None:
    batch = split(ROWS, PAIRS if type(classifier).__name__.startswith("Paired") else None).batch(torch.arange(3))
    target = torch.tensor([0, 1, 2])
    found = []
    for here in (True, False):
        use(monkeypatch, here)
        with frozen(classifier):
            embeddings = classifier.embed(batch.input_ids)
            scores = IntegratedGradient(7, form=form, baseline="mask", signed=True)(classifier, batch, target)
            found.append((scores * batch.present, embedding_gradient(classifier, batch, target, embeddings)))
    torch.testing.assert_close(*found)


def test_it_pays_for_large_frozen_models_on_a_cpu() -> None:
    large, small = torch.nn.LSTM(300, 128), torch.nn.LSTM(50, 32)
    assert not recurrence.pays(large, 195, recurrence.ONE_POINT)
    for lstm in (large, small):
        lstm.requires_grad_(False)
    assert recurrence.pays(large, 195, recurrence.ONE_POINT)
    assert recurrence.pays(large, 10, recurrence.A_PATH) and not recurrence.pays(large, 10, recurrence.ONE_POINT)
    assert not recurrence.pays(small, 100, recurrence.A_PATH)
    assert not recurrence.pays(large.to("meta"), 195, recurrence.A_PATH)


def test_it_can_be_left_to_pytorch() -> None:
    large = torch.nn.LSTM(300, 128).requires_grad_(False)
    with recurrence.by_pytorch():
        assert not recurrence.pays(large, 195, recurrence.ONE_POINT)
    assert recurrence.pays(large, 195, recurrence.ONE_POINT)
