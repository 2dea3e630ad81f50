"""The page about a model of one's own, done as it says."""

import csv
import random
import re

import yaml
from conftest import REPOSITORY

from recursive_roar.artifacts import read_table

PAGE = (REPOSITORY / "docs/own-model.md").read_text()
NEUTRAL = "the film was seen by a friend of mine last week in town".split()  # noqa: SIM905


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def write_reviews(file, number: int) -> None:
    generator = random.Random(number)
    with file.open("w", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["text", "label"])
        for row in range(number):
            words = generator.sample(NEUTRAL, 7)
            words.insert(generator.randrange(8), "good" if row % 2 else "bad")
            rows.writerow([" ".join(words), "positive" if row % 2 else "negative"])


def test_a_class_in_a_file_is_trained_masked_and_scored(empty) -> None:
    (empty.folder / "my_model.py").write_text(block("python"))
    for name, number in (("train", 300), ("test", 80)):
        write_reviews(empty.folder / f"{name}.csv", number)
    empty.configure(**yaml.safe_load(block("yaml")), ladders=[{"name": "relative", "step": 50}])
    empty.snakemake()
    runs = read_table(empty.folder / "results/scores/runs.parquet").to_pylist()
    assert {(row["model"], row["status"]) for row in runs} == {("my-model", "done")}
    assert next(row["value"] for row in runs if row["round"] == 0) > 0.9
    assert empty.planned() == {}
    empty.change("my_model.py", "relu()", "tanh()")
    planned = empty.planned()
    assert (planned["train_baseline"], planned["train_fully_masked"], planned["retrain_round"]) == (1, 1, 2)
    assert "prepare_dataset" not in planned
