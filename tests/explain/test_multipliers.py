"""Every rule computes what PyTorch does, and its multipliers account for all of the change."""

import pytest
import torch
from torch.nn import functional

from recursive_roar.explain.multipliers import Multipliers, NoRuleError

ONE_VALUE = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": functional.relu,
    "relu in place": lambda values: functional.relu(values * 1.0, inplace=True),
    "gelu": lambda values: functional.gelu(values, approximate="tanh"),
    "silu": functional.silu,
    "elu": functional.elu,
    "leaky relu": functional.leaky_relu,
    "softplus": functional.softplus,
    "exp": torch.exp,
    "erf": torch.erf,
    "cube": lambda values: values**3,
    "square": torch.square,
    "log": lambda values: torch.log(values.exp()),
    "root": lambda values: torch.sqrt(values.exp()),
    "reciprocal": lambda values: values.exp().reciprocal(),
    "one over": lambda values: 1 / values.exp(),
    "inverse root": lambda values: torch.rsqrt(values.exp()),
}
MIXING = {
    "product": lambda values: values * values.roll(1, -1),
    "quotient": lambda values: values / values.roll(1, -1).exp(),
    "matrix product": lambda values: values @ values.mT,
    "batched product": lambda values: torch.bmm(values, values.mT),
    "softmax": lambda values: values.softmax(-1),
    "softmax over the first axis of an example": lambda values: functional.softmax(values, dim=1),
    "softmax with infinite scores": lambda values: values.masked_fill(torch.eye(4) > 0, float("-inf")).softmax(-1),
    "softmax of wide scores": lambda values: (40 * values).softmax(-1),
    "layer normalisation": lambda values: functional.layer_norm(values, (4,), torch.arange(4.0), torch.ones(4)),
    "plain layer normalisation": lambda values: functional.layer_norm(values, (4, 4)),
    "attention": lambda values: functional.scaled_dot_product_attention(values, values.roll(1, -1), values),
    "masked attention": lambda values: functional.scaled_dot_product_attention(
        values, values, values, attn_mask=torch.ones(4, 4).tril() > 0, scale=0.7
    ),
    "causal attention": lambda values: functional.scaled_dot_product_attention(
        query=values, key=values, value=values, is_causal=True
    ),
    "attention with added scores": lambda values: functional.scaled_dot_product_attention(
        values, values, values, torch.arange(16.0).view(4, 4)
    ),
    "linear": lambda values: functional.linear(values, torch.arange(12.0).view(3, 4), torch.ones(3)),
    "dropout": lambda values: functional.dropout(values, 0.5, training=False),
}


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def multipliers(function, values, reference, weight):
    """Of the sum of `weight` times the function's values, and by how much that sum changes."""
    point = values.clone().requires_grad_()
    with Multipliers():
        both = function(torch.cat([point, reference]))
    plain = function(torch.cat([values, reference]))
    assert torch.allclose(both, plain, equal_nan=True)
    ours, theirs = (both.nan_to_num() * weight).view(len(both), -1).sum(1).chunk(2)
    (found,) = torch.autograd.grad(ours.sum(), point)
    return found, (ours - theirs).detach()


@pytest.fixture(autouse=True)
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", [*ONE_VALUE, *MIXING])
def test_changes_are_accounted_for(name) -> None:
    function = {**ONE_VALUE, **MIXING}[name]
    values, reference = drawn(3, 4, 4), drawn(6, 4, 4)[3:]
    weight = torch.randn(function(values).shape[1:], generator=torch.Generator().manual_seed(1))
    found, change = multipliers(function, values, reference, weight)
    assert torch.allclose((found * (values - reference)).flatten(1).sum(1), change)


@pytest.mark.parametrize("name", ONE_VALUE)
def test_a_function_of_one_value_has_the_slope_of_its_secant(name) -> None:
    values, reference = drawn(1, 5), drawn(2, 5)[1:]
    function = ONE_VALUE[name]
    found, _ = multipliers(function, values, reference, 1.0)
    assert torch.allclose(found, (function(values) - function(reference)) / (values - reference))


def test_where_value_and_reference_meet_it_is_the_gradient() -> None:
    values = drawn(1, 5)
    found, _ = multipliers(torch.tanh, values, values.clone(), 1.0)
    assert torch.allclose(found, 1 - values.tanh() ** 2)


def test_a_product_is_shared_as_by_shapley() -> None:
    """Of a b from (2, 3) to (5, 7): a gets the mean of 3 x 3 and 3 x 7, b that of 4 x 2 and 4 x 5."""
    point, reference = torch.tensor([[5.0, 7]]), torch.tensor([[2.0, 3]])
    found, change = multipliers(lambda values: values[:, 0] * values[:, 1], point, reference, 1.0)
    assert (found * (point - reference)).tolist() == [[15, 14]]
    assert change.tolist() == [29]


@pytest.mark.parametrize("biased", [True, False])
def test_an_lstm_is_that_of_pytorch_and_accounted_for(biased) -> None:
    torch.manual_seed(0)
    lstm = torch.nn.LSTM(4, 3, batch_first=True, bias=biased).requires_grad_(False)
    values, reference = drawn(2, 5, 4), torch.zeros(2, 5, 4)
    for place in (0, 1):  # hidden states, and the last of them
        found, change = multipliers(lambda each, place=place: result(lstm, each)[place], values, reference, 1.0)
        assert torch.allclose((found * values).flatten(1).sum(1), change)


@pytest.mark.parametrize("other", [{"num_layers": 2}, {"bidirectional": True}, {"batch_first": False}])
def test_any_other_lstm_is_refused(other) -> None:
    lstm = torch.nn.LSTM(4, 4, **{"batch_first": True, **other}).requires_grad_(False)
    with pytest.raises(NoRuleError, match="one layer"):
        multipliers(lambda each: lstm(each)[0], drawn(2, 5, 4), torch.zeros(2, 5, 4), 1.0)


def test_a_packed_lstm_is_refused() -> None:
    lstm = torch.nn.LSTM(4, 4, batch_first=True).requires_grad_(False)
    pack = torch.nn.utils.rnn.pack_padded_sequence
    with pytest.raises(NoRuleError, match="packed"):
        multipliers(lambda each: lstm(pack(each, [5] * 4, True))[0].data, drawn(2, 5, 4), torch.zeros(2, 5, 4), 1.0)


def test_what_changes_its_argument_does_so() -> None:
    values = torch.ones(2, 3, requires_grad=True)
    with Multipliers():
        changed = values + 0
        changed.mul_(3.0)
    assert changed.tolist() == [[3.0] * 3] * 2


def result(lstm, values):
    states, (last, _) = lstm(values)
    return states, last[0]


def test_what_does_not_hang_on_the_input_is_left_alone() -> None:
    with Multipliers():
        assert torch.equal(torch.tanh(torch.ones(3)), torch.full((3,), 1.0).tanh())
