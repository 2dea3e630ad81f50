"""The BiLSTM with additive attention of Jain & Wallace (2019), in the sizes of Madsen et al. (2022)."""

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from recursive_roar.data.batches import Batch
from recursive_roar.models.interface import Classifier


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
        mirror = _mirrored(embeddings.shape[1], lengths)  # [batch, tokens]
        ahead, _ = self.forward_lstm(embeddings)
        back, _ = self.backward_lstm(_take(embeddings, mirror))
        last = (lengths - 1)[:, None]
        final = torch.cat([_take(ahead, last), _take(back, last)], dim=-1).squeeze(1)
        return torch.cat([ahead, _take(back, mirror)], dim=-1), final

    def train(self, mode: bool = True) -> "Encoder":
        """Set the mode, except of the LSTMs: cuDNN differentiates them in training mode only.

        With one layer and no dropout both modes compute the same.
        """
        super().train(mode)
        self.forward_lstm.train()
        self.backward_lstm.train()
        return self


class _Attentive(Classifier):
    """What both classifiers share: the embeddings are the encoder's, and attention comes with the hidden states."""

    has_attention = True
    encoder: Encoder

    def attention(self, batch: Batch) -> Tensor:
        return self._attend(batch, None)[1]

    def embed(self, input_ids: Tensor) -> Tensor:
        embedded: Tensor = self.encoder.embedding(input_ids)
        return embedded

    @property
    def embedding_matrix(self) -> Tensor:
        matrix: Tensor = self.encoder.embedding.weight
        return matrix

    @abstractmethod
    def _attend(self, batch: Batch, embeddings: Tensor | None) -> tuple[Tensor, ...]:
        """Hidden states [batch, tokens, 2 hidden], attention weights [batch, tokens] and what a subclass adds."""


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

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:  # noqa: D102
        states, weights = self._attend(batch, embeddings)
        logits: Tensor = self.decoder(_weighted_sum(weights, states))
        return logits

    def parameter_groups(self, weight_decay: float) -> list[dict[str, Any]]:
        """Decay on encoder and decoder, none on attention."""
        decaying = [*self.encoder.parameters(), *self.decoder.parameters()]
        free = [*self.attention_hidden.parameters(), *self.attention_score.parameters()]
        return [{"params": decaying, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]

    def _attend(self, batch: Batch, embeddings: Tensor | None) -> tuple[Tensor, Tensor]:
        """Hidden states [batch, tokens, 2 hidden] and attention weights [batch, tokens]."""
        embeddings = self.embed(batch.input_ids) if embeddings is None else embeddings
        states, _ = self.encoder(embeddings, batch.lengths)
        scores = self.attention_score(torch.tanh(self.attention_hidden(states))).squeeze(-1)
        return states, _masked_softmax(scores, batch.maskable)


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

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:  # noqa: D102
        states, weights, pair = self._attend(batch, embeddings)
        context = self.output_context(_weighted_sum(weights, states))
        logits: Tensor = self.decoder(torch.tanh(context + self.output_pair(pair)))
        return logits

    def parameter_groups(self, weight_decay: float) -> list[dict[str, Any]]:
        """Decay on every parameter."""
        return [{"params": list(self.parameters()), "weight_decay": weight_decay}]

    def _attend(self, batch: Batch, embeddings: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Hidden states [batch, tokens, 2 hidden], attention weights [batch, tokens], partner [batch, 2 hidden]."""
        assert batch.pair_ids is not None
        assert batch.pair_lengths is not None
        embeddings = self.embed(batch.input_ids) if embeddings is None else embeddings
        states, _ = self.encoder(embeddings, batch.lengths)
        _, pair = self.pair_encoder(self.pair_encoder.embedding(batch.pair_ids), batch.pair_lengths)
        hidden = torch.tanh(self.attention_hidden(states) + self.attention_pair(pair)[:, None])
        weights = _masked_softmax(self.attention_score(hidden).squeeze(-1), batch.maskable)
        return states, weights, pair


def _mirrored(tokens: int, lengths: Tensor) -> Tensor:
    """Position read at each place when the first `lengths` tokens are reversed, [batch, tokens]; its own inverse."""
    positions = torch.arange(tokens, device=lengths.device)
    reverse = lengths[:, None] - 1 - positions
    return torch.where(reverse >= 0, reverse, positions)


def _take(values: Tensor, places: Tensor) -> Tensor:
    """Rows of `values` [batch, tokens, width] at `places` [batch, n], as [batch, n, width]."""
    return values.gather(1, places[..., None].expand(-1, -1, values.shape[-1]))


def _masked_softmax(scores: Tensor, allowed: Tensor) -> Tensor:
    """Softmax over allowed places, zero elsewhere, [batch, tokens]; all zero where a row allows nothing."""
    lowest = torch.finfo(scores.dtype).min
    return scores.masked_fill(~allowed, lowest).softmax(-1) * allowed


def _weighted_sum(weights: Tensor, states: Tensor) -> Tensor:
    """[batch, tokens] and [batch, tokens, width] to [batch, width]."""
    return torch.bmm(weights[:, None], states).squeeze(1)
