"""What a round costs, counted: counts are the same on every machine, so a regression shows without a clock."""

from pathlib import Path

import pyarrow as pa
import pytest
import torch
import toys
from torch.utils._python_dispatch import TorchDispatchMode

from recursive_roar.artifacts import write_json, write_table
from recursive_roar.config import load_study
from recursive_roar.config.recipe import Recipe
from recursive_roar.identity import explainer_settings, masking_settings, training_settings
from recursive_roar.models.build import build_classifier
from recursive_roar.splits import SPLITS
from recursive_roar.steps.conditions import Conditions
from recursive_roar.steps.round import retrain_round
from recursive_roar.training import train

EXAMPLES, WORDS = 20, 8


class Counter(TorchDispatchMode):
    """Operator calls that reach PyTorch's kernels."""

    calls = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.calls += 1
        return function(*args, **(kwargs or {}))


def calls_of_an_epoch(examples: int, length: int, paired: bool) -> int:
    rows = [[1, *[3 + index % 5 for index in range(length)], 2]] * examples
    data = toys.split(rows, rows if paired else None, [index % 2 for index in range(examples)])
    validation = toys.split(rows[:2], rows[:2] if paired else None, [0, 1])
    model = build_classifier(
        "bilstm-attention", paired=paired, vectors=torch.randn(10, 4), hidden_width=3, classes=2, seed=0
    )
    recipe = Recipe(batch_size=2, epochs=1, learning_rate=0.01, weight_decay=0.0, select="accuracy")
    with Counter() as counter:
        train(model, data, validation, recipe, 0, torch.device("cpu"))
    return counter.calls


@pytest.mark.parametrize(("paired", "allowed"), [(False, 240), (True, 400)])
def test_operator_calls_of_a_training_step(paired: bool, allowed: int) -> None:
    steps = (calls_of_an_epoch(24, 6, paired) - calls_of_an_epoch(4, 6, paired)) / 10
    assert steps < allowed


def test_operator_calls_do_not_grow_with_length() -> None:
    assert calls_of_an_epoch(8, 40, False) == calls_of_an_epoch(8, 5, False)


@pytest.fixture
def round_folder(tmp_path: Path) -> Path:
    """What one explained round leaves behind."""
    ids = pa.array([[1, *range(5, 5 + WORDS), 2]] * EXAMPLES, pa.list_(pa.int32()))
    maskable = pa.array([[False, *[True] * WORDS, False]] * EXAMPLES)
    labels = pa.array([index % 2 for index in range(EXAMPLES)], pa.int16())
    number = pa.array(range(EXAMPLES), pa.int32())
    tokens = pa.table({"example_id": number, "input_ids": ids, "maskable": maskable, "label": labels})
    scores = pa.array([[0.0, *map(float, range(WORDS)), 0.0]] * EXAMPLES, pa.list_(pa.float32()))
    for split in SPLITS:
        write_table(tmp_path / f"tokens/{split}.parquet", tokens.replace_schema_metadata({"label_names": '["a", "b"]'}))
        write_table(tmp_path / f"before/{split}.parquet", pa.table({"example_id": number, "importance": scores}))
    write_json(
        tmp_path / "tokens/vocabulary.json",
        {"words": [str(index) for index in range(5 + WORDS)], "mask_id": 3, "pad_id": 0},
    )
    recipe = {"batch_size": 5, "epochs": 2, "learning_rate": 0.01, "weight_decay": 0, "select": "accuracy"}
    models = {"bilstm-attention": {"architecture": {"embedding_width": 4, "hidden_width": 3}, "recipe": recipe}}
    study = load_study({
        "results": str(tmp_path / "results"), "seeds": [0], "explainers": ["gradient"], "compute": {"device": "cpu"},
        "datasets": [{"name": "toy", "generate": {"task": 1, "train": 1, "test": 1}, "models": models}],
    })  # fmt: skip
    output = tmp_path / "results/round1"
    retrain_round(
        masking_settings(study, "relative", 1),
        training_settings(study, "toy", "bilstm-attention"),
        explainer_settings(study, "gradient"),
        tokens=tmp_path / "tokens",
        importance=[str(tmp_path / f"before/{split}.parquet") for split in SPLITS],
        previous=[],
        number=1,
        seed=0,
        conditions=Conditions.of(study, 1),
        output=output,
    )
    yield output
    torch.use_deterministic_algorithms(False)


def test_files_and_bytes_of_a_round(round_folder: Path) -> None:
    files = [path for path in round_folder.parent.rglob("*") if path.is_file()]
    assert len(files) == 2 * len(SPLITS) + 2
    assert sum(path.stat().st_size for path in files) < 20_000
