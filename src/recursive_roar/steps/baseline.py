"""Steps: the training on unmasked data, and the one on fully masked data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recursive_roar.artifacts import write_tensors
from recursive_roar.data.tokens import Tokens
from recursive_roar.masking import mask_everything
from recursive_roar.steps.conditions import Conditions
from recursive_roar.steps.fit import Stopwatch, fit, write_metrics, write_predictions


def train_baseline(settings: Mapping[str, Any], tokens: Path, seed: int, conditions: Conditions, output: Path) -> None:
    """Write model.safetensors, predictions/test.parquet and metrics.json of the unmasked training under `output`."""
    data, stopwatch = Tokens.read(tokens), Stopwatch()
    fitted = fit(settings, data, seed, conditions, output, stopwatch)
    weights = {name: tensor.cpu() for name, tensor in fitted.model.state_dict().items()}
    write_tensors(output / "model.safetensors", weights, {"settings": dict(settings), "seed": seed})
    write_predictions(output / "predictions/test.parquet", data, fitted)
    write_metrics(output / "metrics.json", settings, data, fitted, stopwatch, seed=seed, masked_share=0.0)


def train_fully_masked(
    settings: Mapping[str, Any], tokens: Path, seed: int, conditions: Conditions, output: Path
) -> None:
    """Write predictions/test.parquet and metrics.json of the training with every maskable token masked."""
    data, stopwatch = Tokens.read(tokens), Stopwatch()
    data = data.masked({name: mask_everything(split.maskable, 1) for name, split in data.splits.items()})
    fitted = fit(settings, data, seed, conditions, output, stopwatch)
    write_predictions(output / "predictions/test.parquet", data, fitted)
    write_metrics(output / "metrics.json", settings, data, fitted, stopwatch, seed=seed, masked_share=1.0)
