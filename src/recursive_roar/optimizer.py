"""Adam in the forms that published recipes use, without the start-up cost of `torch.optim`'s classes.

Constructing `torch.optim.Adam` imports PyTorch's compiler, close to three seconds in every process of a short round.
The arithmetic here is PyTorch's own fused kernel.
"""

from typing import Any

import torch
from torch import Tensor
from torch.optim.adam import adam

from recursive_roar.config.recipe import Recipe


class Adam:
    """Adam with AMSGrad (Reddi et al. 2018) and an L2 penalty, or with decoupled decay (Loshchilov & Hutter 2019).

    Args:
        groups: each with `params` and `weight_decay`.
        recipe: which of the two, its learning rate, betas and warm-up; epsilon is 1e-8.
        total_steps: of the whole training, which the schedule of the learning rate spans.
    """

    def __init__(self, groups: list[dict[str, Any]], recipe: Recipe, total_steps: int) -> None:
        self.groups = groups
        self.recipe = recipe
        self.total_steps = total_steps
        self.amsgrad = recipe.optimizer == "amsgrad"
        self.parameters: list[Tensor] = [parameter for group in groups for parameter in group["params"]]
        self.state = {parameter: _fresh(parameter, self.amsgrad) for parameter in self.parameters}
        self.steps_done = torch.zeros((), dtype=torch.int64)

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient."""
        rate = learning_rate(self.recipe, int(self.steps_done), self.total_steps)
        for group in self.groups:
            moved = [parameter for parameter in group["params"] if parameter.grad is not None]
            states = [self.state[parameter] for parameter in moved]
            adam(
                moved,
                [parameter.grad for parameter in moved if parameter.grad is not None],
                [state["exp_avg"] for state in states],
                [state["exp_avg_sq"] for state in states],
                [state["max_exp_avg_sq"] for state in states] if self.amsgrad else [],
                [state["step"] for state in states],
                fused=True,
                amsgrad=self.amsgrad,
                decoupled_weight_decay=not self.amsgrad,
                beta1=self.recipe.betas[0],
                beta2=self.recipe.betas[1],
                lr=rate,
                weight_decay=group["weight_decay"],
                eps=1e-8,
                maximize=False,
            )
        self.steps_done += 1

    def tensors(self) -> dict[str, Tensor]:
        """Everything a resumed training needs, named `index of the parameter/quantity`, such as `0/exp_avg`."""
        moments = {
            f"{index}/{name}": tensor
            for index, parameter in enumerate(self.parameters)
            for name, tensor in self.state[parameter].items()
        }
        return {"steps_done": self.steps_done, **moments}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """The inverse of `tensors`."""
        for name, tensor in self.tensors().items():
            tensor.copy_(tensors[name])


def learning_rate(recipe: Recipe, step: int, total_steps: int) -> float:
    """Rate of a step, counted from 0: constant, or linear from 0 to the recipe's rate and back to 0."""
    if recipe.warm_up is None:
        return recipe.learning_rate
    rising = int(recipe.warm_up * total_steps)
    share = step / rising if step < rising else (total_steps - step) / (total_steps - rising)
    return recipe.learning_rate * share


def _fresh(parameter: Tensor, amsgrad: bool) -> dict[str, Tensor]:
    moments = ("exp_avg", "exp_avg_sq", *(["max_exp_avg_sq"] if amsgrad else []))
    zeros = {name: torch.zeros_like(parameter, requires_grad=False) for name in moments}
    return {**zeros, "step": torch.zeros((), dtype=torch.float32, device=parameter.device)}
