"""The BiLSTM with additive attention of Jain & Wallace (2019), in the sizes of Madsen et al. (2022)."""

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from recursive_roar.data.batches import Batch
from recursive_roar.models import recurrence
from recursive_roar.models.interface import Classifier, FirstLayer


class Encoder(nn.Module):
    """Embeddings and a bidirectional LSTM of one layer.

    Each direction is an LSTM over padded rows; the backward one reads each row's own tokens in reverse. The result is
    that of a packed sequence, at less than half its time on a CPU.
    """

    def __init__(self, vectors: Tensor, hidden_width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors.clone(), freeze=False, padding_idx=0)
        self.forward_lstm = nn.LSTM(vectors.shape[1], hidden_width, batch_first=True)
        self.backward_lstm = nn.LSTM(vectors.shape[1], hidden_width, batch_first=True)

    def forward(self, embeddings: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden states [batch, tokens, 2 hidden] and final states [batch, 2 hidden]; states of padding are void."""
        if torch.is_grad_enabled() and recurrence.pays(self.forward_lstm, len(embeddings), recurrence.ONE_POINT):
            return self.from_gates(self.gates(embeddings), lengths)
        mirror = _mirrored(embeddings.shape[1], lengths)  # [batch, tokens]
        ahead, _ = self.forward_lstm(embeddings)
        back, _ = self.backward_lstm(_take(embeddings, mirror))
        last = (lengths - 1)[:, None]
        final = torch.cat([_take(ahead, last), _take(back, last)], dim=-1).squeeze(1)
        return torch.cat([ahead, _take(back, mirror)], dim=-1), final

    def gates(self, embeddings: Tensor) -> Tensor:
        """The input's part of the gates of both directions, [batch, tokens, 8 hidden]; affine in the embeddings."""
        forward, backward = (dict(lstm.named_parameters()) for lstm in (self.forward_lstm, self.backward_lstm))
        weight = torch.cat([forward["weight_ih_l0"], backward["weight_ih_l0"]])
        bias = torch.cat([each["bias_ih_l0"] + each["bias_hh_l0"] for each in (forward, backward)])
        return nn.functional.linear(embeddings, weight, bias)

    def from_gates(self, gates: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The same as `forward`, of what `gates` returned, without a gradient for weights."""
        weights = [lstm.get_parameter("weight_hh_l0") for lstm in (self.forward_lstm, self.backward_lstm)]
        states = recurrence.hidden_states(gates, lengths, *weights)
        ahead, back = states.chunk(2, dim=-1)
        return states, torch.cat([_take(ahead, (lengths - 1)[:, None]).squeeze(1), back[:, 0]], dim=-1)

    def train(self, mode: bool = True) -> "Encoder":
        """Set the mode, except of the LSTMs: cuDNN differentiates them in training mode only.

        With one layer and no dropout both modes compute the same.
        """
        super().train(mode)
        self.forward_lstm.train()
        self.backward_lstm.train()
        return self


class _Attentive(Classifier):
    """What both classifiers share: embeddings and hidden states are the encoder's."""

    has_attention = True
    encoder: Encoder

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
        return self._read(batch, self._states(batch, embeddings))

    def first_layer(self, batch: Batch) -> FirstLayer:
        """The input's part of the gates, where that is faster."""
        if not recurrence.pays(self.encoder.forward_lstm, len(batch.lengths), recurrence.A_PATH):
            return super().first_layer(batch)
        return FirstLayer(
            self.encoder.gates, lambda gates: self._read(batch, self.encoder.from_gates(gates, batch.lengths)[0])
        )

    def attention(self, batch: Batch) -> Tensor:
        return self._attend(batch, self._states(batch, None))[0]

    def embed(self, input_ids: Tensor) -> Tensor:
        embedded: Tensor = self.encoder.embedding(input_ids)
        return embedded

    @property
    def embedding_matrix(self) -> Tensor:
        matrix: Tensor = self.encoder.embedding.weight
        return matrix

    def _states(self, batch: Batch, embeddings: Tensor | None) -> Tensor:
        """Hidden states, [batch, tokens, 2 hidden]."""
        embeddings = self.embed(batch.input_ids) if embeddings is None else embeddings
        states: Tensor = self.encoder(embeddings, batch.lengths)[0]
        return states

    @abstractmethod
    def _attend(self, batch: Batch, states: Tensor) -> tuple[Tensor, ...]:
        """Attention weights [batch, tokens] of hidden states, and what a subclass adds."""

    @abstractmethod
    def _read(self, batch: Batch, states: Tensor) -> Tensor:
        """Class scores [batch, classes] from hidden states."""


class BiLSTMAttention(_Attentive):
    """Single sequence: attention over hidden states, then a linear layer.

    Args:
        vectors: initial word vectors, [vocabulary, width].
        hidden_width: of each LSTM direction and of the attention.
        classes: width of the output.
    """

    def __init__(self, vectors: Tensor, hidden_width: int, classes: int) -> None:
        super().__init__()
        self.encoder = Encoder(vectors, hidden_width)
        self.attention_hidden = nn.Linear(2 * hidden_width, hidden_width)
        self.attention_score = nn.Linear(hidden_width, 1, bias=False)
        self.decoder = nn.Linear(2 * hidden_width, classes)

    def _read(self, batch: Batch, states: Tensor) -> Tensor:
        (weights,) = self._attend(batch, states)
        logits: Tensor = self.decoder(_weighted_sum(weights, states))
        return logits

    def parameter_groups(self, weight_decay: float) -> list[dict[str, Any]]:
        """Decay on encoder and decoder, none on attention."""
        decaying = [*self.encoder.parameters(), *self.decoder.parameters()]
        free = [*self.attention_hidden.parameters(), *self.attention_score.parameters()]
        return [{"params": decaying, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]

    def _attend(self, batch: Batch, states: Tensor) -> tuple[Tensor]:
        scores = self.attention_score(torch.tanh(self.attention_hidden(states))).squeeze(-1)
        return (_masked_softmax(scores, batch.maskable),)


class PairedBiLSTMAttention(_Attentive):
    """Two sequences: attention over the explained one, guided by a summary of its partner."""

    def __init__(self, vectors: Tensor, hidden_width: int, classes: int) -> None:
        super().__init__()
        self.encoder = Encoder(vectors, hidden_width)
        self.pair_encoder = Encoder(vectors, hidden_width)
        self.attention_hidden = nn.Linear(2 * hidden_width, hidden_width)
        self.attention_pair = nn.Linear(2 * hidden_width, hidden_width)
        self.attention_score = nn.Linear(hidden_width, 1, bias=False)
        self.output_context = nn.Linear(2 * hidden_width, hidden_width)
        self.output_pair = nn.Linear(2 * hidden_width, hidden_width)
        self.decoder = nn.Linear(hidden_width, classes)

    def _read(self, batch: Batch, states: Tensor) -> Tensor:
        weights, pair = self._attend(batch, states)
        context = self.output_context(_weighted_sum(weights, states))
        logits: Tensor = self.decoder(torch.tanh(context + self.output_pair(pair)))
        return logits

    def parameter_groups(self, weight_decay: float) -> list[dict[str, Any]]:
        """Decay on every parameter."""
        return [{"params": list(self.parameters()), "weight_decay": weight_decay}]

    def _attend(self, batch: Batch, states: Tensor) -> tuple[Tensor, Tensor]:
        """Attention weights [batch, tokens] and the partner's summary [batch, 2 hidden]."""
        assert batch.pair_ids is not None
        assert batch.pair_lengths is not None
        _, pair = self.pair_encoder(self.pair_encoder.embedding(batch.pair_ids), batch.pair_lengths)
        hidden = torch.tanh(self.attention_hidden(states) + self.attention_pair(pair)[:, None])
        weights = _masked_softmax(self.attention_score(hidden).squeeze(-1), batch.maskable)
        return weights, pair


def _mirrored(tokens: int, lengths: Tensor) -> Tensor:
    """Position read at each place when the first `lengths` tokens are reversed, [batch, tokens]; its own inverse."""
    positions = torch.arange(tokens, device=lengths.device)
    reverse = lengths[:, None] - 1 - positions
    return torch.where(reverse >= 0, reverse, positions)


def _take(values: Tensor, places: Tensor) -> Tensor:
    """Rows of `values` [batch, tokens, width] at `places` [batch, n], as [batch, n, width]."""
    if values.is_cuda:
        return _take_by_row(values, places)
    return values.gather(1, places[..., None].expand(-1, -1, values.shape[-1]))


def _take_by_row(values: Tensor, places: Tensor) -> Tensor:
    """The same, for CUDA: its reproducible gradient sorts the rows; that of `gather` would sort all their numbers."""
    return values[torch.arange(len(values), device=values.device)[:, None], places]


def _masked_softmax(scores: Tensor, allowed: Tensor) -> Tensor:
    """Softmax over allowed places, zero elsewhere, [batch, tokens]; all zero where a row allows nothing."""
    lowest = torch.finfo(scores.dtype).min
    return scores.masked_fill(~allowed, lowest).softmax(-1) * allowed


def _weighted_sum(weights: Tensor, states: Tensor) -> Tensor:
    """[batch, tokens] and [batch, tokens, width] to [batch, width]."""
    return torch.bmm(weights[:, None], states).squeeze(1)
