"""The recurrent part of a bidirectional LSTM with frozen weights, differentiated with respect to its input alone.

PyTorch's LSTM on a CPU multiplies by the input weights in every pass, and its backward pass computes the gradient of
the weights whether asked for or not. Explaining needs neither: the weights are fixed, and along a straight path of
embeddings the products with the input weights lie on a straight path as well.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

ONE_POINT, A_PATH = 5_000_000, 1_000_000
"""Products saved at one place of a text from which on calling the operators of this loop one by one costs less.

For one gradient the published size of SST lies above, that of IMDB below; for a path both do; bAbI's is slower here.
"""

_left_out = ContextVar("left_out", default=False)


@contextmanager
def by_pytorch() -> Iterator[None]:
    """Within it nothing is computed here, so that every function a model calls is one of PyTorch's."""
    token = _left_out.set(True)
    try:
        yield
    finally:
        _left_out.reset(token)


def pays(lstm: nn.LSTM, texts: int, least: int) -> bool:
    """Whether gradients with respect to the input of `texts` rows are computed faster here than by PyTorch.

    `least` is `ONE_POINT` or, where `gates` is called once for many gradients, `A_PATH`.
    """
    if _left_out.get():
        return False
    frozen = not any(parameter.requires_grad for parameter in lstm.parameters())
    saved = texts * lstm.hidden_size * (3 * lstm.input_size + lstm.hidden_size)
    return frozen and saved >= least and next(lstm.parameters()).device.type == "cpu"


def hidden_states(gates: Tensor, lengths: Tensor, forward: Tensor, backward: Tensor) -> Tensor:
    """Hidden states of both directions, [batch, tokens, 2 hidden]; those of padding are void.

    Args:
        gates: the input's part of the input, forget, cell and output gates, biases included, first of the forward
            direction, then of the backward one, [batch, tokens, 8 hidden].
        lengths: of the texts, [batch].
        forward: weight of the hidden state before, [4 hidden, hidden]; no gradient reaches it.
        backward: the same of the backward direction.
    """
    padding = torch.arange(gates.shape[1])[:, None] >= lengths
    states: Tensor = _Bidirectional.apply(gates.transpose(0, 1), padding, forward, backward)  # type: ignore[no-untyped-call]
    return states.transpose(0, 1)


class _Bidirectional(torch.autograd.Function):
    """Everything is [tokens, batch, ...], so that a place is one block of memory."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, padding: Tensor, *weights: Tensor) -> Tensor:
        gates = inputs.clone(memory_format=torch.contiguous_format)
        if padding.any():  # the backward direction stays at zero until it reads a text's last token
            gates.chunk(2, -1)[1].masked_fill_(padding[..., None], float("-inf"))
        kept = [gates, *(gates.new_empty(*gates.shape[:2], gates.shape[2] // 4) for _ in range(3))]
        for direction, weight in enumerate(weights):
            _run([each.chunk(2, -1)[direction] for each in kept], weight, _order(len(gates), direction))
        ctx.save_for_backward(*kept[:3], *weights)
        return kept[3]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_states: Tensor) -> tuple[Tensor | None, ...]:
        *kept, forward, backward = ctx.saved_tensors
        found = torch.empty_like(kept[0])
        for direction, weight in enumerate((forward, backward)):
            parts = [each.chunk(2, -1)[direction] for each in (*kept, of_states, found)]
            _run_back(parts, weight, _order(len(found), direction))
        return found, None, None, None


def _order(places: int, direction: int) -> range:
    return range(places - 1, -1, -1) if direction else range(places)


def _run(kept: Sequence[Tensor], weight: Tensor, order: range) -> None:
    """Write one direction's gates after their nonlinearities, cells, their tanh, and hidden states."""
    gates, cells, cell_tanh, states = kept
    state = cell = torch.zeros_like(cells[0])
    for place in order:
        gate = gates[place].addmm_(state, weight.T)
        input_gate, forget_gate, candidate, output_gate = gate.chunk(4, dim=1)
        gate[:, : 2 * input_gate.shape[1]].sigmoid_()
        candidate.tanh_()
        output_gate.sigmoid_()
        cell = torch.mul(forget_gate, cell, out=cells[place]).addcmul_(input_gate, candidate)
        state = torch.mul(output_gate, torch.tanh(cell, out=cell_tanh[place]), out=states[place])


def _run_back(parts: Sequence[Tensor], weight: Tensor, order: range) -> None:
    """Write the gradient of one direction's gates before their nonlinearities."""
    gates, cells, cell_tanh, of_states, found = parts
    start = torch.zeros_like(cells[0])
    of_state, of_cell = of_states[order[-1]], start.clone()
    for place, before in zip(reversed(order), [*reversed(order[:-1]), None], strict=True):
        cell = start if before is None else cells[before]
        of_cell = _of_gates(of_state, of_cell, gates[place], cell, cell_tanh[place], out=found[place])
        if before is not None:
            of_state = torch.addmm(of_states[before], found[place], weight)


def _of_gates(
    of_state: Tensor, of_cell: Tensor, gates: Tensor, before: Tensor, cell_tanh: Tensor, out: Tensor
) -> Tensor:
    """Write the gradient of one place's gates; returns that of the cell before it, in the memory of `of_cell`."""
    input_gate, forget_gate, candidate, output_gate = gates.chunk(4, dim=1)
    of_input, of_forget, of_candidate, of_output = out.chunk(4, dim=1)
    through = of_state * output_gate
    of_cell.add_(through).addcmul_(through.mul_(cell_tanh), cell_tanh, value=-1)  # tanh' = 1 - tanh^2
    torch.mul(of_cell, candidate, out=of_input)
    torch.mul(of_cell, before, out=of_forget)
    torch.mul(of_state, cell_tanh, out=of_output)
    for gradient, gate in ((of_input, input_gate), (of_forget, forget_gate), (of_output, output_gate)):
        gradient.mul_(gate).addcmul_(gradient, gate, value=-1)  # sigmoid' = s (1 - s)
    torch.mul(of_cell, input_gate, out=of_candidate)
    of_candidate.addcmul_(of_candidate * candidate, candidate, value=-1)
    return of_cell.mul_(forget_gate)
