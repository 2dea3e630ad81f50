"""The report of an unfinished study: two seeds, of which one is diagnosed already."""

import stat
from pathlib import Path

import pyarrow as pa
import pytest
from masked_study import EXAMPLES, configured, texts, token_folder, write_cells, write_dataset

from recursive_roar import plan
from recursive_roar.artifacts import read_table, write_json, write_table
from recursive_roar.config import Study
from recursive_roar.diagnostics.plan import TABLES, folders
from recursive_roar.steps.diagnose import diagnose
from recursive_roar.steps.partial import write_partial_report

EVERY = {"random", "attention", "attention-negated"}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Everything but the trainings after the baselines."""
    study = configured(tmp_path)
    write_dataset(study)
    for seed in study.seeds:
        write_cells(study, seed)
        write_baseline(next(cell for cell in plan.cells(study) if cell.seed == seed), study)
    return study


def write_baseline(cell: plan.Cell, study: Study) -> None:
    run = next(plan.runs(study, cell))
    logits = pa.array([[1.0, 0.0]] * EXAMPLES["test"], pa.list_(pa.float32()))
    write_table(run.predictions, pa.table({"example_id": range(EXAMPLES["test"]), "logits": logits}))
    values = {split: {"accuracy": 0.5} for split in ("test", "validation")}
    content = {"values": values, "masked_share": 0, "converged": False, "best_epoch": 1}
    write_json(
        run.metrics,
        {**content, "epochs": [{"seconds": 1}], "device": "cpu", "seconds": {}, "versions": {}, "peak_memory_bytes": 0},
    )


def ran(study: Study, seed: int) -> None:
    """Rule `diagnose` ran for a seed."""
    folder = folders(study)[seed]
    diagnose(study, token_folder(study), texts(study), "babi-1", "bilstm-attention", seed, folder)


def lose(study: Study, explainer: str, seed: int) -> None:
    """An explainer's last masks are not there yet."""
    protocols = ("recursive-roar", "roar") if explainer != "random" else ("roar",)
    for protocol in protocols:
        rounds = Path(study.results, protocol, "relative/babi-1/bilstm-attention", explainer, f"seed{seed}")
        (rounds / "round3/masked_at/test.parquet").unlink()


def shown(study: Study) -> tuple[dict[str, set[tuple[int, str]]], str]:
    """The seed and explainer of each row, by table, and the page."""
    assert "What finished" in write_partial_report(study)
    folder = Path(study.results, "partial")
    tables = {name: read_table(folder / f"scores/{name}.parquet").to_pylist() for name in TABLES}
    rows = {name: {(row["seed"], row["explainer"]) for row in found} for name, found in tables.items()}
    return rows, (folder / "report.html").read_text()


def test_what_is_finished_is_diagnosed_and_the_rest_named(study) -> None:
    ran(study, seed=0)
    lose(study, "attention-negated", seed=1)
    rows, page = shown(study)
    expected = {*((0, name) for name in EVERY), (1, "random"), (1, "attention")}
    assert all(rows[name] == expected for name in ("leakage", "sparsity", "concentration", "plausibility"))
    assert rows["agreement"] == {(0, "random"), (1, "random")}
    assert "Leakage, sparsity, agreement and plausibility are not known yet of 2 of 8 cells." in page  # both protocols
    assert page.count("<li>attention-negated, seed 1: missing</li>") == 2
    assert "attention, seed 1: missing</li>" not in page
    assert not folders(study)[1].exists()


@pytest.mark.parametrize(("private_text", "mode"), [(True, 0o600), (False, 0o644)])
def test_a_page_with_private_text_opens_to_its_owner_only(study, private_text, mode) -> None:
    datasets = (study.datasets[0].model_copy(update={"private": True}),)
    report = study.report.model_copy(update={"private_text": private_text})
    write_partial_report(study.model_copy(update={"datasets": datasets, "report": report}))
    assert stat.S_IMODE(Path(study.results, "partial/report.html").stat().st_mode) == mode


def test_nothing_is_diagnosed_before_the_random_masks_that_leakage_is_compared_with(study) -> None:
    lose(study, "random", seed=0)
    rows, page = shown(study)
    assert rows["leakage"] == {(1, name) for name in EVERY}
    assert "attention, seed 0: missing</li>" in page


def test_diagnostics_made_before_an_explainer_was_added_are_made_for_what_is_there_now(study) -> None:
    ran(study.model_copy(update={"explainers": study.explainers[:2]}), seed=0)
    rows, page = shown(study)
    assert rows["leakage"] == {(seed, name) for seed in (0, 1) for name in EVERY}
    assert "Without diagnostics" not in page


def test_a_later_report_forgets_what_is_lost(study) -> None:
    assert shown(study)[0]["leakage"]
    for seed in study.seeds:
        lose(study, "random", seed)
    rows, page = shown(study)
    assert not any(rows.values())
    assert "not known yet of 8 of 8 cells" in page
