"""Diagnostics of a small study whose masks and scores are written by hand."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from masked_study import EXAMPLES, configured, texts, token_folder, write_cells, write_dataset

from recursive_roar.artifacts import read_table, write_table
from recursive_roar.config import Study
from recursive_roar.diagnostics.plan import collected, folders, inputs
from recursive_roar.scoring.summary import SCORES_SCHEMA
from recursive_roar.steps.collect_diagnostics import collect_diagnostics
from recursive_roar.steps.diagnose import SCHEMAS, diagnose


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = configured(tmp_path)
    write_dataset(study)
    write_cells(study, seed=0)
    return study


def diagnosed(study: Study, table: str) -> list[dict]:
    (folder, _) = folders(study)
    diagnose(study, token_folder(study), texts(study), "babi-1", "bilstm-attention", 0, folder)
    found = read_table(folder / f"{table}.parquet")
    assert found.schema.remove_metadata() == SCHEMAS[table]
    return found.to_pylist()


def test_a_mask_that_tells_the_label_is_said_to(study) -> None:
    rows = diagnosed(study, "leakage")
    assert len(rows) == 2 * 3 * 3  # protocols, explainers and rounds
    for row in rows:
        leaks = row["explainer"] != "random" and row["round"] == 1
        assert row["leaks"] == leaks
        assert row["accuracy"] == (1 if leaks else 0.5)
        assert (row["majority"], row["random"]) == (0.5, 0.5)


def test_what_a_mask_tells_is_learned_on_the_training_split(study) -> None:
    for file in Path(study.results).glob("*/relative/*/*/attention/seed0/round1/masked_at/train.parquet"):
        write_table(file, pa.table({"masked_at": pa.array([[0, 1, 0, 0, 0, 0, 0]] * EXAMPLES["train"])}))
    rows = [row for row in diagnosed(study, "leakage") if (row["explainer"], row["round"]) == ("attention", 1)]
    assert [(row["leaks"], row["accuracy"]) for row in rows] == [(False, 0.5)] * 2


def test_without_random_masks_the_majority_is_what_is_compared_with(study) -> None:
    (explainer,) = (explainer for explainer in study.explainers if explainer.name == "attention")
    rows = diagnosed(study.model_copy(update={"explainers": (explainer,)}), "leakage")
    assert {(row["round"], row["leaks"]) for row in rows} == {(1, True), (2, False), (3, False)}
    assert {row["random"] for row in rows} == {None}


def test_sparsity_is_that_of_the_tokens_still_visible(study) -> None:
    rows = diagnosed(study, "sparsity")
    first = {
        (row["protocol"], row["explainer"], row["round"]): row["share"]
        for row in rows
        if (row["unit"], row["amount"]) == ("tokens", 1)
    }
    assert first["roar", "attention", 0] == pytest.approx(0.4)  # 4 of 4 + 3 + 2 + 1 + 0
    assert first["recursive-roar", "attention", 1] == pytest.approx(
        (3 / 6 + 4 / 10) / 2
    )  # without the first or the last
    assert first["recursive-roar", "attention", 2] == pytest.approx(2 / 3)
    assert first["recursive-roar", "random", 0] == pytest.approx(0.2)
    assert set(first) == {
        *((protocol, name, 0) for protocol in study.protocols for name in ("random", "attention", "attention-negated")),
        *(("recursive-roar", name, number) for name in ("attention", "attention-negated") for number in (1, 2)),
    }


def test_concentration_of_equal_scores(study) -> None:
    random = [row for row in diagnosed(study, "concentration") if row["explainer"] == "random"]
    assert [row["entropy"] for row in random] == pytest.approx([1, 1])
    assert [row["gini"] for row in random] == pytest.approx([0, 0])


def test_pairs_of_explainers_without_controls_are_compared_once(study) -> None:
    (row,) = diagnosed(study, "agreement")
    assert (row["explainer"], row["other"], row["seed"]) == ("random", "attention", 0)
    assert row["rank_correlation"] is None  # all tokens alike under one of the two
    assert row["top_overlap"] == 1  # the first on a tie, and the first


def test_supporting_tokens_are_found_or_not(study) -> None:
    found = {row["explainer"]: row for row in diagnosed(study, "plausibility")}
    assert [found["attention"][key] for key in ("auprc", "hit_at_1", "hit_at_support")] == [1, 1, 1]
    negated = found["attention-negated"]  # third, fourth and fifth of five
    assert negated["auprc"] == pytest.approx((1 / 3 + 2 / 4 + 3 / 5) / 3)
    assert (negated["hit_at_1"], negated["hit_at_support"]) == (0, pytest.approx(1 / 3))
    assert found["random"]["auprc"] == pytest.approx(0.6)


def test_no_ground_truth_no_plausibility(study) -> None:
    write_table(texts(study), read_table(texts(study)).drop_columns("support"))
    assert diagnosed(study, "plausibility") == []


def test_what_is_read_is_what_the_rule_waits_for(study) -> None:
    files = set(map(Path, inputs(study, "babi-1", "bilstm-attention", 0)))
    made = {*Path(study.results).rglob("masked_at/*"), *Path(study.results).rglob("importance/**/*.parquet")}
    assert files == made


def test_tables_are_collected_over_seeds(study) -> None:
    for seed, folder in enumerate(folders(study)):
        for table, schema in SCHEMAS.items():
            row = {"dataset": "babi-1", "model": "bilstm-attention", "explainer": "attention", "seed": seed}
            write_table(folder / f"{table}.parquet", pa.Table.from_pylist([row], schema=schema))
    assert all(Path(file).exists() for file in collected(study))
    root, key = Path(study.results), {"protocol": "roar", "ladder": "relative", "dataset": "d", "model": "m", "seed": 0}
    scores = [
        {**key, "explainer": name, "racu": racu} for name, racu in (("attention", 0.5), ("attention-negated", 0.1))
    ]
    write_table(root / "scores.parquet", pa.Table.from_pylist(scores, schema=SCORES_SCHEMA))
    collect_diagnostics(study, root / "scores.parquet", root / "scores")
    for table in SCHEMAS:
        assert [row["seed"] for row in read_table(root / f"scores/{table}.parquet").to_pylist()] == [0, 1]
    (row,) = read_table(root / "scores/controls.parquet").to_pylist()
    assert (row["control"], row["difference"]) == ("attention-negated", pytest.approx(0.4))


def test_a_diagnosis_does_not_load_torch() -> None:
    program = "import sys, recursive_roar.steps.diagnose, recursive_roar.steps.collect_diagnostics; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "transformers", "pandas", "matplotlib"} & set(loaded)
