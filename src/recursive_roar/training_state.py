"""What an interrupted training needs to go on as if it had never stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from recursive_roar.optimizer import Adam
from recursive_roar.saved_state import SavedState, Tensors


@dataclass
class RunningEpoch:
    """How far the epoch has come that is being computed.

    `loss` is summed over `examples`, `seconds` are those spent, `random` holds the states of PyTorch's generators.
    """

    steps: int = 0
    examples: int = 0
    loss: float = 0.0
    seconds: float = 0.0
    random: Tensors = field(default_factory=dict)


@dataclass
class Progress:
    """How far a training has come; epochs count from 1."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    best_value: float = float("-inf")
    best_weights: Tensors = field(default_factory=dict)
    running: RunningEpoch = field(default_factory=RunningEpoch)

    def record(self, epoch: dict[str, float], value: float, model: nn.Module) -> None:
        """Add a finished epoch and keep its weights if `value` beats every earlier epoch's; a tie keeps the earlier."""
        self.epochs.append(epoch)
        self.running = RunningEpoch()
        if value > self.best_value:
            self.best_epoch, self.best_value = len(self.epochs), value
            self.best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


class TrainingState(SavedState):
    """Model, optimiser and progress as of the last saved step."""

    def save(self, model: nn.Module, optimizer: Adam, progress: Progress) -> None:
        """Replace the file.

        Raises:
            Interrupted: the process was warned that it will be stopped; the state is saved.
        """
        tensors = {
            **_prefixed("model", model.state_dict()),
            **_prefixed("best", progress.best_weights),
            **_prefixed("optimizer", optimizer.tensors()),
            **_prefixed("random", progress.running.random),
        }
        settings = {
            "epoch": len(progress.epochs),
            "best_epoch": progress.best_epoch,
            "best_value": progress.best_value,
            "history": progress.epochs,
            "running": {key: value for key, value in vars(progress.running).items() if key != "random"},
        }
        self.write(tensors, settings)

    def load(self, model: nn.Module, optimizer: Adam) -> Progress | None:
        """Put the saved state into model and optimiser; None, with both untouched, if there is no usable state."""
        found = self.read()
        if found is None:
            return None
        tensors, settings = found
        if _shapes(_selected("model", tensors)) != _shapes(model.state_dict()):
            self.refuse("its weights do not fit the model")
            return None
        model.load_state_dict(_selected("model", tensors))
        optimizer.restore(_selected("optimizer", tensors))
        device = next(model.parameters()).device
        best_weights = {name: tensor.to(device) for name, tensor in _selected("best", tensors).items()}
        running = RunningEpoch(**settings["running"], random=_selected("random", tensors))
        return Progress(settings["history"], settings["best_epoch"], settings["best_value"], best_weights, running)


def random_states(device: torch.device) -> Tensors:
    """States of the generators that a training step on `device` draws from."""
    states = {"cpu": torch.get_rng_state()}
    return states if device.type == "cpu" else {**states, "cuda": torch.cuda.get_rng_state(device)}


def set_random_states(states: Tensors, device: torch.device) -> None:
    """The inverse of `random_states`; does nothing without states."""
    if states:
        torch.set_rng_state(states["cpu"])
    if "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)


def _prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> Tensors:
    return {f"{prefix}/{name}": tensor.detach().cpu() for name, tensor in tensors.items()}


def _selected(prefix: str, tensors: Tensors) -> Tensors:
    start = f"{prefix}/"
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}
