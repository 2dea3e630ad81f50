"""Step: importance of every token for a trained classifier."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from recursive_roar.artifacts import read_tensors, write_table
from recursive_roar.data.batches import Split
from recursive_roar.data.tokens import Tokens
from recursive_roar.devices import choose_device, keep_freed_memory, prepare_determinism
from recursive_roar.explain.budget import find_pass_tokens
from recursive_roar.explain.explaining_state import ExplainingState
from recursive_roar.explain.extract import extract_importance, prepare
from recursive_roar.explain.interface import Explainer
from recursive_roar.explain.load import load_explainer
from recursive_roar.interruption import listen
from recursive_roar.models.interface import Classifier
from recursive_roar.splits import SPLITS
from recursive_roar.steps.conditions import Conditions
from recursive_roar.steps.fit import new_model
from recursive_roar.steps.work import work_identity

PREPARING = "preparing"  # name of a state beside those of the splits


def explain_baseline(
    settings: Mapping[str, Any],
    training: Mapping[str, Any],
    tokens: Path,
    model: Path,
    seed: int,
    conditions: Conditions,
    output: Path,
    splits: Sequence[str] = SPLITS,
) -> None:
    """Write the importance of some splits under the baseline model, `{split}.parquet` under `output`."""
    prepare_determinism(conditions.threads)
    keep_freed_memory()
    listen()
    data = Tokens.read(tokens)
    device = choose_device(conditions.compute.device)
    classifier = None
    if settings["needs_model"]:
        classifier = new_model(training, data, seed)
        classifier.load_state_dict(read_tensors(model)[0])
        classifier.to(device)
    write_importance(settings, data, classifier, seed, conditions, device, output, splits)


def write_importance(
    settings: Mapping[str, Any],
    tokens: Tokens,
    model: Classifier | None,
    seed: int,
    conditions: Conditions,
    device: torch.device,
    output: Path,
    splits: Sequence[str] = SPLITS,
) -> None:
    """Extract and write the importance of some splits; the training split is seen by explainers that need it.

    What an interrupted explanation of the same `output` and content has come to is continued.
    """
    explainer = new_explainer(settings, seed)
    train = tokens.splits["train"]
    pass_tokens = conditions.compute.explain_pass_tokens or find_pass_tokens(model, train, device)
    identity = work_identity(settings, tokens, model, seed, device)
    states = {name: conditions.state(ExplainingState, output / name, identity) for name in (*splits, PREPARING)}
    prepare(explainer, model, train, pass_tokens, states[PREPARING])
    for name in splits:
        split, state = tokens.splits[name], states[name]
        importance = extract_importance(explainer, model, split, settings["target"], pass_tokens, device, state)
        write_table(output / f"{name}.parquet", _table(split, importance.to_column(pa.float32())))
    for state in states.values():
        state.clear()


def new_explainer(settings: Mapping[str, Any], seed: int) -> Explainer:
    """The explainer that settings name by its path; a stochastic one gets the run's seed, a control its base."""
    arguments = {**settings["arguments"], **({"seed": seed} if settings["stochastic"] else {})}
    if "base" in settings:
        arguments["base"] = new_explainer(settings["base"], seed)
    return load_explainer(settings["path"], arguments, **settings["declared"])


def _table(split: Split, importance: pa.Array) -> pa.Table:
    return pa.table({"example_id": pa.array(split.example_ids.numpy(), pa.int32()), "importance": importance})
