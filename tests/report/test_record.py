"""study.json, the report at any moment, and the learning curves, on made-up results."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from recursive_roar import plan
from recursive_roar.artifacts import read_json, write_json, write_text
from recursive_roar.config import ConfigurationError, Study, load_study
from recursive_roar.report.learning_curves import learning_curves, write_learning_curves
from recursive_roar.report.record import NoStudyError, git_revision, recorded_study, write_record

CONFIGURATION = {
    "datasets": ["babi-1"],
    "explainers": ["random"],
    "seeds": [0],
    "ladders": [{"name": "relative", "step": 50}],
}
EPOCHS = [{"epoch": number, "train_loss": 2.0 / number, "validation_accuracy": number / 10} for number in (1, 2)]
LOG = """2026-01-01 10:00:00,000 epoch 1 of 9: loss 2.5000, validation accuracy 0.1250
2026-01-01 10:00:01,000 a warning of something
2026-01-01 10:00:02,000 epoch 2 of 9: loss 1.5000, validation accuracy 0.2500
"""


def made(results: Path) -> Study:
    """A study whose baseline is done and whose first round runs."""
    study = load_study({**CONFIGURATION, "results": str(results)})
    (cell,) = plan.cells(study)
    write_json(plan.baseline(study, cell) / "metrics.json", {"epochs": EPOCHS})
    running = f"{plan.chain(study, cell).relative_to(results)}/round1.log"
    write_text(results / "logs/retrain_round" / running, LOG)
    return study


def test_the_record_names_configuration_and_digests(tmp_path: Path) -> None:
    study = made(tmp_path)
    (tmp_path / "scores").mkdir()
    (tmp_path / "scores/summary.parquet").write_bytes(b"scores")
    write_record(study, CONFIGURATION)
    record = read_json(tmp_path / "study.json")
    assert record["configuration"] == CONFIGURATION
    assert record["study"]["seeds"] == [0]
    assert record["scores"] == {"summary": hashlib.sha256(b"scores").hexdigest()}
    assert record["versions"]["torch"]


def test_moved_results_are_found_where_they_are(tmp_path: Path) -> None:
    write_record(made(tmp_path / "before"), CONFIGURATION)
    (tmp_path / "before").rename(tmp_path / "after")
    assert recorded_study(tmp_path / "after").results == str(tmp_path / "after")
    with pytest.raises(NoStudyError, match="start the study first"):
        recorded_study(tmp_path / "before")


def test_results_are_read_without_the_files_that_they_were_made_of(tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text("text,label\na,0\nb,1\n")
    source = {"train": str(tmp_path / "reviews.csv"), "test": str(tmp_path / "reviews.csv")}
    configuration = {**CONFIGURATION, "datasets": [{"name": "mine", "files": source}], "results": str(tmp_path)}
    write_record(load_study(configuration), configuration)
    (tmp_path / "reviews.csv").unlink()
    assert recorded_study(tmp_path).dataset("mine").files
    with pytest.raises(ConfigurationError, match="not a file"):
        load_study(configuration)


def test_outside_of_git_there_is_no_revision(tmp_path: Path) -> None:
    assert git_revision(tmp_path) is None


def test_curves_of_finished_trainings_come_from_metrics_and_of_running_ones_from_the_log(tmp_path: Path) -> None:
    rows = learning_curves(made(tmp_path)).to_pylist()
    columns = ("epoch", "train_loss", "validation", "finished")
    assert [(row["training"].split("/")[0], *(row[name] for name in columns)) for row in rows] == [
        ("baseline", 1, 2.0, 0.1, True),
        ("baseline", 2, 1.0, 0.2, True),
        ("roar", 1, 2.5, 0.125, False),
        ("roar", 2, 1.5, 0.25, False),
    ]


def test_a_study_without_rounds_has_the_curves_of_its_baselines(tmp_path: Path) -> None:
    rows = learning_curves(made(tmp_path).model_copy(update={"protocols": ()})).to_pylist()
    assert [(row["training"].split("/")[0], row["epoch"]) for row in rows] == [("baseline", 1), ("baseline", 2)]


def test_the_page_of_learning_curves_says_how_many_run(tmp_path: Path) -> None:
    page = write_learning_curves(made(tmp_path), tmp_path / "partial").read_text()
    assert "1 trainings finished, 1 running or stopped" in page
    assert "<svg" in page


def test_the_command_says_what_to_do_where_nothing_ran(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "recursive_roar.report", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "start the study first" in ended.stderr
