"""The BiLSTM with attention: its sizes, its encoder against a packed LSTM, its attention."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from recursive_roar.data.batches import Batch
from recursive_roar.models.bilstm_attention import (
    BiLSTMAttention,
    Encoder,
    PairedBiLSTMAttention,
    _take,
    _take_by_row,
)
from recursive_roar.models.interface import Classifier

VOCABULARY, WIDTH, HIDDEN = 11, 4, 3
CLS, EOS = 1, 2
MakeModel = Callable[[], tuple[Classifier, Batch]]


@pytest.fixture(autouse=True)
def _repeatable() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def some_vectors(width: int = WIDTH) -> Tensor:
    vectors = torch.randn(VOCABULARY, width)
    vectors[0] = 0
    return vectors


def make_batch(*texts: list[int], pairs: list[list[int]] | None = None, padding: int = 0) -> Batch:
    """A batch of [CLS] text [EOS], with `padding` more columns than needed."""
    ids, lengths = _padded([[CLS, *text, EOS] for text in texts], padding)
    pair_ids, pair_lengths = _padded(pairs, padding) if pairs else (None, None)
    rows = torch.arange(len(texts))
    return Batch(rows, ids, lengths, ids >= 3, torch.zeros_like(rows), pair_ids, pair_lengths)


def _padded(texts: list[list[int]], padding: int) -> tuple[Tensor, Tensor]:
    longest = max(map(len, texts)) + padding
    lengths = torch.tensor([len(text) for text in texts])
    return torch.tensor([text + [0] * (longest - len(text)) for text in texts]), lengths


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("kind", "width", "hidden", "classes", "expected"),
    [
        (BiLSTMAttention, 300, 128, 2, 300 * VOCABULARY + 473_858),
        (PairedBiLSTMAttention, 300, 128, 3, 600 * VOCABULARY + 1_012_739),
        (PairedBiLSTMAttention, 50, 32, 36, 100 * VOCABULARY + 52_548),
    ],
)
def test_parameter_counts_are_the_published_ones(
    kind: type[BiLSTMAttention | PairedBiLSTMAttention], width: int, hidden: int, classes: int, expected: int
) -> None:
    assert count(kind(some_vectors(width), hidden, classes)) == expected


def packed_reference(encoder: Encoder) -> nn.LSTM:
    """Torch's own bidirectional LSTM with the encoder's weights."""
    reference = nn.LSTM(WIDTH, HIDDEN, batch_first=True, bidirectional=True)
    ahead, back = encoder.forward_lstm.state_dict(), encoder.backward_lstm.state_dict()
    reference.load_state_dict({**ahead, **{f"{name}_reverse": value for name, value in back.items()}})
    return reference


def test_encoder_equals_a_packed_bidirectional_lstm() -> None:
    encoder = Encoder(some_vectors(), HIDDEN)
    lengths = torch.tensor([5, 1, 7, 3])
    embeddings = torch.randn(4, 7, WIDTH)
    packed = pack_padded_sequence(embeddings, lengths, batch_first=True, enforce_sorted=False)
    packed_states, (packed_final, _) = packed_reference(encoder)(packed)
    expected, _ = pad_packed_sequence(packed_states, batch_first=True)
    states, final = encoder(embeddings, lengths)
    present = torch.arange(7) < lengths[:, None]
    torch.testing.assert_close(states[present], expected[present])
    torch.testing.assert_close(final, torch.cat([packed_final[0], packed_final[1]], dim=-1))


def test_encoder_gradients_equal_those_of_a_packed_lstm() -> None:
    encoder = Encoder(some_vectors(), HIDDEN)
    lengths = torch.tensor([2, 4])
    embeddings = torch.randn(2, 4, WIDTH, requires_grad=True)
    packed = pack_padded_sequence(embeddings, lengths, batch_first=True, enforce_sorted=False)
    expected, _ = pad_packed_sequence(packed_reference(encoder)(packed)[0], batch_first=True)
    states, _ = encoder(embeddings, lengths)
    present = (torch.arange(4) < lengths[:, None])[..., None]
    (wanted,) = torch.autograd.grad((expected.sin() * present).sum(), embeddings)
    (gradient,) = torch.autograd.grad((states.sin() * present).sum(), embeddings)
    torch.testing.assert_close(gradient, wanted)
    assert torch.all(gradient[0, 2:] == 0)


def test_both_ways_to_take_rows_and_their_gradients_are_equal() -> None:
    places = torch.tensor([[2, 0, 0], [1, 1, 3]])
    values = torch.rand(2, 4, 5, requires_grad=True)
    weights = torch.rand(2, 3, 5)
    taken, by_row = _take(values, places), _take_by_row(values, places)
    assert torch.equal(taken, by_row)
    gradients = [torch.autograd.grad((found * weights).sum(), values)[0] for found in (taken, by_row)]
    torch.testing.assert_close(*gradients)


def test_lstms_stay_differentiable_on_cuda_in_evaluation_mode() -> None:
    model = BiLSTMAttention(some_vectors(), HIDDEN, 2).eval()
    assert not model.training and not model.encoder.training
    assert model.encoder.forward_lstm.training and model.encoder.backward_lstm.training


def test_padding_starts_without_gradient_and_vectors_are_copied() -> None:
    vectors = some_vectors()
    model = BiLSTMAttention(vectors, HIDDEN, 2)
    model.logits(make_batch([4, 5], [6], padding=1)).sum().backward()
    gradient = model.embedding_matrix.grad
    assert gradient is not None
    assert torch.all(gradient[0] == 0)
    assert torch.all(gradient[CLS] != 0)
    with torch.no_grad():
        model.embedding_matrix.fill_(9)
    assert not torch.any(vectors == 9)


def single() -> tuple[Classifier, Batch]:
    return BiLSTMAttention(some_vectors(), HIDDEN, 2), make_batch([4, 5, 6], [7])


def paired() -> tuple[Classifier, Batch]:
    batch = make_batch([4, 5, 6], [7], pairs=[[CLS, 8, EOS], [CLS, 9, 10, 8, EOS]])
    return PairedBiLSTMAttention(some_vectors(), HIDDEN, 3), batch


@pytest.mark.parametrize("make", [single, paired])
def test_attention_sums_to_one_over_maskable_tokens_alone(make: MakeModel) -> None:
    model, batch = make()
    weights = model.attention(batch)
    assert weights.shape == batch.input_ids.shape
    torch.testing.assert_close(weights.sum(-1), torch.ones(2))
    assert torch.all((weights > 0) == batch.maskable)


@pytest.mark.parametrize("make", [single, paired])
def test_nothing_maskable_gives_zero_attention_and_finite_gradients(make: MakeModel) -> None:
    model, batch = make()
    batch = replace(batch, maskable=torch.zeros_like(batch.maskable))
    assert torch.all(model.attention(batch) == 0)
    model.logits(batch).sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("make", [single, paired])
def test_given_embeddings_stand_in_for_looked_up_ones(make: MakeModel) -> None:
    model, batch = make()
    embeddings = model.embed(batch.input_ids)
    torch.testing.assert_close(model.logits(batch, embeddings), model.logits(batch))
    assert not torch.allclose(model.logits(batch, embeddings * 2), model.logits(batch))


def test_single_logits_follow_the_formula() -> None:
    model = BiLSTMAttention(some_vectors(), HIDDEN, 2)
    batch = make_batch([4, 5, 6])
    states = model.encoder(model.embed(batch.input_ids), batch.lengths)[0][0, 1:-1]
    hidden = torch.tanh(states @ model.attention_hidden.weight.T + model.attention_hidden.bias)
    share = (hidden @ model.attention_score.weight[0]).softmax(0)
    expected = model.decoder.weight @ (share @ states) + model.decoder.bias
    torch.testing.assert_close(model.logits(batch)[0], expected)


def test_paired_logits_follow_the_formula() -> None:
    model, batch = PairedBiLSTMAttention(some_vectors(), HIDDEN, 3), make_batch([4, 5, 6], pairs=[[CLS, 8, 9, EOS]])
    assert batch.pair_ids is not None
    states = model.encoder(model.embed(batch.input_ids), batch.lengths)[0][0, 1:-1]
    partner = model.pair_encoder.embedding(batch.pair_ids)
    _, (last, _) = packed_reference(model.pair_encoder)(partner)
    summary = torch.cat([last[0, 0], last[1, 0]])
    hidden = torch.tanh(model.attention_hidden(states) + model.attention_pair(summary))
    share = (hidden @ model.attention_score.weight[0]).softmax(0)
    mixed = torch.tanh(model.output_context(share @ states) + model.output_pair(summary))
    torch.testing.assert_close(model.logits(batch)[0], model.decoder(mixed))


def test_paired_encoders_start_equal_in_vectors_but_share_nothing() -> None:
    model = PairedBiLSTMAttention(some_vectors(), HIDDEN, 3)
    first, second = model.encoder.embedding.weight, model.pair_encoder.embedding.weight
    assert torch.equal(first, second)
    assert first.data_ptr() != second.data_ptr()


def test_logits_depend_on_the_partner() -> None:
    model, batch = paired()
    assert batch.pair_ids is not None
    other = replace(batch, pair_ids=torch.where(batch.pair_ids == 8, 9, batch.pair_ids))
    assert torch.all(model.logits(batch) != model.logits(other))


def test_single_decays_all_but_the_attention() -> None:
    model = BiLSTMAttention(some_vectors(), HIDDEN, 2)
    decay = {id(p): group["weight_decay"] for group in model.parameter_groups(0.5) for p in group["params"]}
    found = {name: decay[id(parameter)] for name, parameter in model.named_parameters()}
    assert {name for name, value in found.items() if value == 0.0} == {
        "attention_hidden.weight",
        "attention_hidden.bias",
        "attention_score.weight",
    }
    assert set(found.values()) == {0.0, 0.5}


def test_paired_decays_everything() -> None:
    model = PairedBiLSTMAttention(some_vectors(), HIDDEN, 3)
    (group,) = model.parameter_groups(0.5)
    assert group["weight_decay"] == 0.5
    assert {id(p) for p in group["params"]} == {id(p) for p in model.parameters()}
