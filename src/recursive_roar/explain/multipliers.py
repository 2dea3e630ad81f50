"""Multipliers of DeepLIFT: how far a change of the input against a reference changes what is computed from it.

The first axis of every tensor holds the inputs and then, in the same order, their references. In the backward pass a
function of one value has the slope of the secant between the two (the rescale rule, Shrikumar et al. 2017, section
3.5.1), and a product shares its change among its factors by their Shapley values (Lundberg & Lee 2017): for ab it is
(a1 - a0) (b0 + b1) / 2 + (b1 - b0) (a0 + a1) / 2. Layer normalisation, attention and an LSTM are made of these, softmax
of a rule of its own. Whatever else is called is linear, or keeps its gradient.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from recursive_roar.errors import UserError

CLOSE = 1e-3
"""Below this distance of value and reference a secant is mostly rounding; the slope between them is as good."""


class NoRuleError(UserError):
    """A model computes something that multipliers do not pass."""


class Multipliers(TorchFunctionMode):
    """While it is entered, backward passes of what is computed yield multipliers instead of gradients."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        named = kwargs or {}
        rule = RULES.get(_name(func))
        if rule is None or not any(map(_depends_on_input, (*args, *named.values()))):
            return func(*args, **named)
        return rule(func, *args, **named)


def _name(func: Callable[..., Any]) -> str:
    """Operators go by their name, such as `mul`; what ends in one underscore changes its argument and stays apart."""
    name: str = func.__name__
    return name.strip("_") if name.startswith("__") else name


class _WithSlope(torch.autograd.Function):
    """The value that it is given; its gradient with respect to `source` is `slope`, of input and reference alike."""

    @staticmethod
    def forward(ctx: Any, source: Tensor, value: Tensor, slope: Tensor) -> Tensor:
        ctx.save_for_backward(slope)
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, of_value: Tensor) -> tuple[Tensor, None, None]:
        (slope,) = ctx.saved_tensors
        return torch.cat([half * slope for half in of_value.chunk(2)]), None, None


class _InPlaceOf(torch.autograd.Function):
    """`value`, through which a gradient passes to `source` as it is."""

    @staticmethod
    def forward(ctx: Any, source: Tensor, value: Tensor) -> Tensor:
        return value.view_as(value)

    @staticmethod
    def backward(ctx: Any, of_value: Tensor) -> tuple[Tensor, None]:
        return of_value, None


def _with_slope(source: Tensor, value: Tensor, slope: Tensor) -> Tensor:
    result: Tensor = _WithSlope.apply(source, value.detach(), slope)  # type: ignore[no-untyped-call]
    return result


def _in_place_of(source: Tensor, value: Tensor) -> Tensor:
    result: Tensor = _InPlaceOf.apply(source, value.detach())  # type: ignore[no-untyped-call]
    return result


def _depends_on_input(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad


def _middle(values: Tensor) -> Tensor:
    """Halfway between input and reference, for the rows of both; what does not depend on the input has no reference."""
    if not values.requires_grad:
        return values
    ours, theirs = values.detach().chunk(2)
    return (ours / 2 + theirs / 2).repeat(2, *[1] * (values.ndim - 1))


def _rescaled(function: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    """A function of each value alone, by the rescale rule."""
    return _with_slope(values, *_secant(function, values.detach()))


def _secant(function: Callable[[Tensor], Tensor], values: Tensor) -> tuple[Tensor, Tensor]:
    """The function's values, and its slopes between input and reference, one for the two."""
    result = function(values)
    (ours, theirs), (high, low) = values.chunk(2), result.chunk(2)
    run = ours - theirs
    close = ~(run.abs() > CLOSE)  # also where both are infinite
    slope = (high - low).div_(run)
    if close.any():
        slope[close] = _derivative(function, ours[close].add(theirs[close]).div_(2))
    return result, slope


def _derivative(function: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
    with torch.enable_grad():
        values = values.detach().requires_grad_()
        (slope,) = torch.autograd.grad(function(values).sum(), values)
    return slope


def _reciprocal(values: Tensor) -> Tensor:
    """1/a - 1/b = -(a - b) / ab, at any scale."""
    result = values.detach().reciprocal()
    ours, theirs = result.chunk(2)
    return _with_slope(values, result, -ours * theirs)


def _inverse_root(values: Tensor) -> Tensor:
    """With r = 1/sqrt(a) and s = 1/sqrt(b), r - s = -(a - b) r^2 s^2 / (r + s), at any scale."""
    result = values.detach().rsqrt()
    r, s = result.chunk(2)
    return _with_slope(values, result, -r * r * s * s / (r + s))


def _product(multiply: Callable[[Tensor, Tensor], Tensor], left: Tensor, right: Tensor) -> Tensor:
    """Any product that is linear in each of its factors, by their Shapley values."""
    if not (_depends_on_input(left) and _depends_on_input(right)):
        return multiply(left, right)
    halfway = multiply(_in_place_of(left, _middle(left)), _in_place_of(right, _middle(right)))
    return _in_place_of(halfway, multiply(left.detach(), right.detach()))


def _softmax(values: Tensor, dim: int) -> Tensor:
    """Exponentials of what log probabilities are: values minus the logarithm L of the sum of their exponentials.

    With w the slopes of the exponentials, probabilities change by w (dx - dL). Their sum stays, so dL is the mean of dx
    weighted by w. Unlike exponentials over their sum this has no large terms that cancel.
    """
    _, slopes = _secant(torch.exp, values.detach().log_softmax(dim))
    mean = _with_slope(values, values, slopes / slopes.sum(dim, keepdim=True)).sum(dim, keepdim=True)
    total = _in_place_of(mean, values.logsumexp(dim, keepdim=True))
    return _in_place_of(_rescaled(torch.exp, values - total), values.softmax(dim))


def _normalised(
    values: Tensor, shape: Sequence[int], weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Layer normalisation."""
    axes = tuple(range(-len(shape), 0))
    centred = values - values.mean(axes, keepdim=True)
    variance = _product(torch.mul, centred, centred).mean(axes, keepdim=True)
    normal = _product(torch.mul, centred, _inverse_root(variance + eps))
    scaled = normal if weight is None else normal * weight
    return scaled if bias is None else scaled + bias


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Scaled dot products, of which `attn_mask` leaves out what is False or adds what is a number."""
    if is_causal:
        attn_mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device).tril()
    scores = _product(torch.matmul, query, key.mT) * (query.shape[-1] ** -0.5 if scale is None else scale)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attn_mask, torch.finfo(scores.dtype).min)
    elif attn_mask is not None:
        scores = scores + attn_mask
    return _product(torch.matmul, _softmax(scores, -1), value)


def _lstm(
    values: Tensor,
    start: Sequence[Tensor] | Tensor,
    weights: Sequence[Tensor],
    biased: bool,
    layers: int,
    dropout: float,
    training: bool,
    bidirectional: bool,
    batch_first: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Hidden states, last hidden state and last cell.

    Raises:
        NoRuleError: it is not one layer in one direction over [batch, tokens, width].
    """
    if isinstance(start, Tensor) or layers > 1 or bidirectional or not batch_first:
        raise NoRuleError("deeplift: an LSTM has a rule with one layer, one direction and batch_first, not packed")
    inward, recurrent, *biases = weights
    gates = sum(biases, start=functional.linear(values, inward))
    state, cell, states = start[0][0], start[1][0], []
    for gate in gates.unbind(1):
        i, f, g, o = (gate + state @ recurrent.T).chunk(4, dim=1)
        input_gate, forget_gate, output_gate = (_rescaled(torch.sigmoid, each) for each in (i, f, o))
        candidate = _rescaled(torch.tanh, g)
        cell = _product(torch.mul, forget_gate, cell) + _product(torch.mul, input_gate, candidate)
        state = _product(torch.mul, output_gate, _rescaled(torch.tanh, cell))
        states.append(state)
    return torch.stack(states, 1), state[None], cell[None]


def _of_one_value(func: Callable[..., Tensor], values: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    others = {name: value for name, value in kwargs.items() if name != "inplace"}
    return _rescaled(lambda each: func(each, *args, **others), values)


def _of_two_factors(func: Callable[..., Tensor], left: Any, right: Any) -> Tensor:
    return _product(func, left, right)


def _quotient(func: Callable[..., Tensor], left: Any, right: Any) -> Tensor:
    """`func` is kept where the divisor does not depend on the input."""
    return _product(torch.mul, left, _reciprocal(right)) if _depends_on_input(right) else func(left, right)


ACTIVATIONS = ("tanh", "sigmoid", "relu", "gelu", "silu", "elu", "leaky_relu", "softplus")

Rule = Callable[..., Any]  # of the function that was called and its arguments

RULES: Mapping[str, Rule] = {
    **dict.fromkeys((*ACTIVATIONS, "exp", "log", "sqrt", "pow", "erf"), _of_one_value),
    **dict.fromkeys(("mul", "rmul", "multiply", "matmul", "rmatmul", "bmm"), _of_two_factors),
    **dict.fromkeys(("div", "truediv", "divide"), _quotient),
    "rdiv": lambda _, divisor, value: _product(torch.mul, value, _reciprocal(divisor)),
    "square": lambda _, values: _product(torch.mul, values, values),
    "reciprocal": lambda _, values: _reciprocal(values),
    "rsqrt": lambda _, values: _inverse_root(values),
    "softmax": lambda _, values, dim, *others, **named: _softmax(values, dim),
    "layer_norm": lambda _, *given, **named: _normalised(*given, **named),
    "scaled_dot_product_attention": lambda _, *given, **named: _attention(*given, **named),
    "lstm": lambda _, *given, **named: _lstm(*given, **named),
}
