"""Train one classifier and say how well it does: what baseline, round and fully masked steps share."""

import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from torch import Tensor

from recursive_roar import __version__
from recursive_roar.artifacts import write_json, write_table
from recursive_roar.config.recipe import Recipe
from recursive_roar.data.tokens import Tokens
from recursive_roar.devices import (
    choose_device,
    describe_device,
    keep_freed_memory,
    peak_memory_bytes,
    prepare_determinism,
    return_freed_memory,
    usual_pass_tokens,
)
from recursive_roar.interruption import listen
from recursive_roar.metrics import performances
from recursive_roar.models.interface import Classifier
from recursive_roar.steps.conditions import Conditions
from recursive_roar.steps.work import work_identity
from recursive_roar.training import History, TrainingError, predict, train
from recursive_roar.training_state import TrainingState

VERSIONS = ("torch", "numpy", "pyarrow", "snakemake")


@dataclass
class Stopwatch:
    """Seconds spent by phase."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time spent inside to a phase."""
        start = time.perf_counter()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0) + time.perf_counter() - start, 3)


@dataclass(frozen=True)
class Fit:
    """A trained classifier and its predictions, logits [examples, classes] by split."""

    model: Classifier
    history: History
    logits: Mapping[str, Tensor]
    device: torch.device
    state: TrainingState


def fit(
    settings: Mapping[str, Any], tokens: Tokens, seed: int, conditions: Conditions, output: Path, stopwatch: Stopwatch
) -> Fit:
    """Train from scratch on `tokens`, continuing an interrupted training of the same `output` and content."""
    prepare_determinism(conditions.threads)
    keep_freed_memory()
    device = choose_device(conditions.compute.device)
    model = new_model(settings, tokens, seed)
    state = conditions.state(TrainingState, output, work_identity(settings, tokens, model, seed, device))
    recipe = Recipe.model_validate(settings["recipe"])
    listen()
    with stopwatch.phase("train"):
        history = train(model, tokens.splits["train"], tokens.splits["validation"], recipe, seed, device, state)
    return_freed_memory()
    with stopwatch.phase("predict"):
        logits = {
            split: predict(model, tokens.splits[split], usual_pass_tokens(device), device)
            for split in ("validation", "test")
        }
    return Fit(model, history, logits, device, state)


def new_model(settings: Mapping[str, Any], tokens: Tokens, seed: int) -> Classifier:
    """An untrained classifier of the family at `path`; its weights depend on settings, vocabulary and seed alone.

    Raises:
        TrainingError: there are more labels than classes.
    """
    names = tokens.label_names
    classes = settings["classes"] or len(names)
    if len(names) > classes:
        raise TrainingError(
            f"there are {len(names)} labels, more than `classes: {classes}` of their dataset; "
            "set it to the number of labels or more, or leave it out"
        )
    model: Classifier = import_module(settings["path"]).build(settings["architecture"], tokens, classes, seed)
    return model


def write_predictions(path: Path, tokens: Tokens, fitted: Fit) -> None:
    """Logits of the test split, kept because the model is not."""
    logits = fitted.logits["test"].cpu()
    column = pa.FixedSizeListArray.from_arrays(pa.array(logits.flatten().numpy(), pa.float32()), logits.shape[1])
    table = {"example_id": tokens.splits["test"].example_ids.numpy(), "logits": column.cast(pa.list_(pa.float32()))}
    write_table(path, pa.table(table).set_column(0, "example_id", pa.array(table["example_id"], pa.int32())))


def write_metrics(
    path: Path, settings: Mapping[str, Any], tokens: Tokens, fitted: Fit, stopwatch: Stopwatch, **facts: Any
) -> None:
    """What is known of a run, written last: its presence means that the run is complete."""
    labels = {split: tokens.splits[split].labels for split in fitted.logits}
    content = {
        **facts,
        "values": {split: performances(logits.cpu(), labels[split]) for split, logits in fitted.logits.items()},
        "converged": len(fitted.logits["test"].argmax(-1).unique()) > 1,
        "best_epoch": fitted.history.best_epoch,
        "epochs": fitted.history.epochs,
        "seconds": stopwatch.seconds,
        "device": describe_device(fitted.device),
        "peak_memory_bytes": peak_memory_bytes(fitted.device),
        "versions": {
            "recursive-roar": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in VERSIONS},
        },
        "settings": dict(settings),
    }
    write_json(path, content)
    fitted.state.clear()
