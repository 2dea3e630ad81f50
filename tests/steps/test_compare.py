"""What is said of a study beside the published one."""

from pathlib import Path

import pyarrow as pa

from recursive_roar.artifacts import read_json, write_table
from recursive_roar.config import load_study
from recursive_roar.scoring.curves import RUNS_SCHEMA
from recursive_roar.scoring.summary import SUMMARY_SCHEMA
from recursive_roar.steps.compare import write_comparison


def test_a_count_that_is_not_the_published_one_is_a_deviation(tmp_path: Path) -> None:
    entry = {"name": "babi-1", "published": {"train": 17}}
    study = load_study(
        {"datasets": [entry], "explainers": ["random", "gradient"], "seeds": [0], "results": str(tmp_path)}
    )
    write_table(tmp_path / "datasets/babi-1/train.parquet", pa.table({"text": ["a"] * 3}))
    write_comparison(study, RUNS_SCHEMA.empty_table(), SUMMARY_SCHEMA.empty_table(), tmp_path / "scores")
    sentence = "dataset 'babi-1': 3 examples in train, published are 17."
    assert sentence in read_json(tmp_path / "deviations.json")["deviations"]
