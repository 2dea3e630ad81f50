"""What an interrupted training needs to go on as if it had never stopped."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from recursive_roar.artifacts import DamagedArtifactError, read_tensors, write_tensors
from recursive_roar.interruption import Interrupted, warned
from recursive_roar.optimizer import Adam

logger = logging.getLogger(__name__)

Tensors = dict[str, Tensor]


@dataclass
class Progress:
    """How far a training has come; epochs count from 1."""

    epochs: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    best_value: float = float("-inf")
    best_weights: Tensors = field(default_factory=dict)

    def record(self, epoch: dict[str, float], value: float, model: nn.Module) -> None:
        """Add a finished epoch and keep its weights if `value` beats every earlier epoch's; a tie keeps the earlier."""
        self.epochs.append(epoch)
        if value > self.best_value:
            self.best_epoch, self.best_value = len(self.epochs), value
            self.best_weights = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


class TrainingState:
    """One file that holds model, optimiser and progress as of the last saved epoch."""

    def __init__(self, path: Path, identity: str, every_seconds: float) -> None:
        """State of the training called `identity`, written at most once in `every_seconds` (0: after each epoch)."""
        self.path = Path(path)
        self.identity = identity
        self.every_seconds = every_seconds
        self._last_save = time.monotonic()

    def save(self, model: nn.Module, optimizer: Adam, progress: Progress, last: bool) -> None:
        """Replace the file, unless the last save is less than `every_seconds` ago; a finished training always does.

        So a step that is killed while it predicts or explains does not train again.

        Raises:
            Interrupted: the process was warned that it will be stopped; the state is saved.
        """
        if not (last or warned()) and time.monotonic() - self._last_save < self.every_seconds:
            return
        tensors = {
            **_prefixed("model", model.state_dict()),
            **_prefixed("best", progress.best_weights),
            **_prefixed("optimizer", optimizer.tensors()),
        }
        settings = {
            "identity": self.identity,
            "epoch": len(progress.epochs),
            "best_epoch": progress.best_epoch,
            "best_value": progress.best_value,
            "history": progress.epochs,
        }
        write_tensors(self.path, tensors, settings)
        self._last_save = time.monotonic()
        if warned():
            logger.info("saved after epoch %d, because this process will be stopped", len(progress.epochs))
            raise Interrupted

    def load(self, model: nn.Module, optimizer: Adam) -> Progress | None:
        """Put the saved state into model and optimiser; None, with both untouched, if there is no usable state."""
        found = self._read(model)
        if found is None:
            return None
        tensors, settings = found
        model.load_state_dict(_selected("model", tensors))
        optimizer.restore(_selected("optimizer", tensors))
        device = next(model.parameters()).device
        best_weights = {name: tensor.to(device) for name, tensor in _selected("best", tensors).items()}
        return Progress(settings["history"], settings["best_epoch"], settings["best_value"], best_weights)

    def clear(self) -> None:
        """Remove the file, and what a save that was killed half-way left beside it."""
        for leftover in self.path.parent.glob(f".{self.path.name}.*.partial"):
            leftover.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _read(self, model: nn.Module) -> tuple[Tensors, dict[str, Any]] | None:
        """Content of the file if it belongs to this training and fits `model`."""
        if not self.path.exists():
            return None
        try:
            tensors, settings = read_tensors(self.path)
        except DamagedArtifactError:
            self._warn("it is damaged")
            return None
        if settings.get("identity") != self.identity:
            self._warn("it belongs to a training with other data or settings")
            return None
        if _shapes(_selected("model", tensors)) != _shapes(model.state_dict()):
            self._warn("its weights do not fit the model")
            return None
        return tensors, settings

    def _warn(self, reason: str) -> None:
        logger.warning("%s: this training state is not used, because %s; training starts afresh.", self.path, reason)


def _prefixed(prefix: str, tensors: Mapping[str, Tensor]) -> Tensors:
    """In main memory; copied are those that share it with an earlier one, as tied weights do: safetensors refuses."""
    taken: set[int] = set()
    found = {}
    for name, tensor in tensors.items():
        here = tensor.detach().cpu()
        storage = here.untyped_storage().data_ptr()
        found[f"{prefix}/{name}"] = here.clone() if storage in taken else here
        taken.add(storage)
    return found


def _selected(prefix: str, tensors: Tensors) -> Tensors:
    start = f"{prefix}/"
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}
