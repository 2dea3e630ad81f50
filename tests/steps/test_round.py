"""Trainings on toy texts in which one word is the label: what they learn tells what they saw."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import torch

from recursive_roar.artifacts import read_json, read_table, write_json, write_table
from recursive_roar.config import Study, load_study
from recursive_roar.errors import UserError
from recursive_roar.identity import explainer_settings, masking_settings, training_settings
from recursive_roar.splits import SPLITS
from recursive_roar.steps.baseline import train_baseline, train_fully_masked
from recursive_roar.steps.conditions import Conditions
from recursive_roar.steps.round import retrain_round

EXAMPLES = {"train": 40, "validation": 20, "test": 20}
RECIPE = {"batch_size": 8, "epochs": 10, "learning_rate": 0.05, "weight_decay": 0, "select": "accuracy"}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """With tokens of a dataset whose test labels are the other way round, and an importance that finds the cause."""
    for split, number in EXAMPLES.items():
        write_table(tmp_path / f"tokens/{split}.parquet", tokens(number, split == "test"))
        write_table(
            tmp_path / f"before/{split}.parquet", column("importance", [0, 0, 1, 0, 0, 0], number, pa.float32())
        )
    write_json(tmp_path / "tokens/vocabulary.json", {"words": list(map(str, range(12))), "mask_id": 3, "pad_id": 0})
    models = {"bilstm-attention": {"architecture": {"embedding_width": 8, "hidden_width": 6}, "recipe": RECIPE}}
    yield load_study(
        {
            "results": str(tmp_path),
            "datasets": [{"name": "toy", "generate": {"task": 1, "train": 1, "test": 1}, "models": models}],
            "explainers": ["random", "attention"],
            "seeds": [0],
            "ladders": [{"name": "relative", "step": 25}],
            "compute": {"device": "cpu"},
        }
    )
    torch.use_deterministic_algorithms(False)


def tokens(number: int, swapped: bool) -> pa.Table:
    columns = {
        "example_id": pa.array(range(number), pa.int32()),
        "input_ids": pa.array([[1, 7 + row % 3, 5 + row % 2, 10, 11, 2] for row in range(number)]),
        "maskable": pa.array([[False, True, True, True, True, False]] * number),
        "label": pa.array([(row + swapped) % 2 for row in range(number)], pa.int16()),
    }
    return pa.table(columns).replace_schema_metadata({"label_names": '["no", "yes"]'})


def column(name: str, values: list[int], number: int, kind: pa.DataType) -> pa.Table:
    return pa.table({name: pa.array([values] * number, pa.list_(kind))})


def trained(study: Study, step: Any, folder: str, seed: int = 0) -> dict[str, Any]:
    output = Path(study.results, folder)
    settings = training_settings(study, "toy", "bilstm-attention")
    step(settings, Path(study.results, "tokens"), seed, Conditions.of(study, 1), output)
    return read_json(output / "metrics.json")


def round_of(study: Study, number: int = 1, previous: str = "", explained: bool = False) -> dict[str, Any]:
    folder = Path(study.results)
    retrain_round(
        masking_settings(study, "relative", number),
        training_settings(study, "toy", "bilstm-attention"),
        explainer_settings(study, "attention") if explained else None,
        tokens=folder / "tokens",
        importance=[str(folder / f"before/{split}.parquet") for split in SPLITS],
        previous=[str(folder / f"{previous}/masked_at/{split}.parquet") for split in SPLITS] if previous else [],
        number=number,
        seed=0,
        conditions=Conditions.of(study, 1),
        output=folder / f"round{number}",
    )
    return read_json(folder / f"round{number}/metrics.json")


def learned(metrics: dict[str, Any]) -> bool:
    loss = metrics["epochs"][-1]["train_loss"]
    assert loss < 0.1 or loss > 0.5
    return bool(loss < 0.1)


def test_a_round_trains_on_what_it_masks_and_a_baseline_on_everything(study) -> None:
    found = [
        trained(study, train_baseline, "baseline"),
        round_of(study),
        trained(study, train_fully_masked, "fully-masked"),
    ]
    assert [learned(metrics) for metrics in found] == [True, False, False]
    assert [metrics["converged"] for metrics in (found[0], found[2])] == [True, False]


def test_the_best_epoch_is_the_one_of_the_validation_split(study) -> None:
    metrics = trained(study, train_baseline, "baseline")
    best = metrics["epochs"][metrics["best_epoch"] - 1]
    assert best["validation_accuracy"] == metrics["values"]["validation"]["accuracy"] == 1
    assert metrics["values"]["test"]["accuracy"] == 0


def test_masks_of_rounds_nest(study) -> None:
    round_of(study)
    for split in SPLITS:
        scores = column("importance", [0, 0, 0, 0, 1, 0], EXAMPLES[split], pa.float32())
        write_table(Path(study.results, f"before/{split}.parquet"), scores)
    metrics = round_of(study, 2, previous="round1")
    for split, number in EXAMPLES.items():
        masks = read_table(Path(study.results, f"round2/masked_at/{split}.parquet"))["masked_at"].to_pylist()
        assert masks == [[0, 0, 1, 0, 2, 0]] * number
    assert metrics["masked_share"] == 0.5


def test_what_is_explained_is_the_masked_text(study) -> None:
    round_of(study, explained=True)
    for split in SPLITS:
        scores = read_table(Path(study.results, f"round1/importance/{split}.parquet"))["importance"].to_pylist()
        assert scores[0] == pytest.approx(scores[3])  # texts that differ in what is masked alone
        assert scores[0] != pytest.approx(scores[1])


def test_the_seed_decides_the_weights(study) -> None:
    one, again, other = (trained(study, train_baseline, f"seed{n}", seed) for n, seed in enumerate((0, 0, 1)))
    assert one["epochs"][0]["train_loss"] == again["epochs"][0]["train_loss"] != other["epochs"][0]["train_loss"]


def test_texts_without_words_to_mask_are_refused_before_a_training(study) -> None:
    file = Path(study.results, "tokens/test.parquet")
    table = read_table(file)
    place = table.column_names.index("maskable")
    write_table(file, table.set_column(place, "maskable", pa.array([[False] * 6] * EXAMPLES["test"])))
    with pytest.raises(UserError, match="No token of the test split can be masked"):
        round_of(study)
    assert not Path(study.results, "round1/predictions").exists()
