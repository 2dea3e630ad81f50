from pathlib import Path

import pyarrow as pa
import pytest
from mimic_files import note, write_diagnoses, write_folder, write_notes

from recursive_roar.config import load_study
from recursive_roar.config.dataset import Mimic
from recursive_roar.data import mimic
from recursive_roar.data.cleaning import cleaner
from recursive_roar.data.formats import SourceError
from recursive_roar.data.preparation import prepare


def summaries_of(folder: Path, *rows: list) -> dict[int, str]:
    write_notes(folder / "NOTEEVENTS.csv.gz", list(rows))
    table = mimic.discharge_summaries(folder / "NOTEEVENTS.csv.gz")
    return dict(zip(table["admission"].to_pylist(), table["text"].to_pylist(), strict=True))


def test_reports_come_before_addenda_each_by_date(tmp_path: Path) -> None:
    found = summaries_of(
        tmp_path,
        note(11, "late addendum", kind="Addendum", date="2150-03-01"),
        note(11, 'second "report",\nof two lines', date="2150-02-02"),
        note(12, "another admission"),
        note(11, "first report", date="2150-01-01"),
        note(11, "early addendum", kind="Addendum", date="2149-01-01"),
    )
    assert found == {
        11: 'first report second "report",\nof two lines early addendum late addendum',
        12: "another admission",
    }


def test_other_notes_and_incomplete_rows_are_dropped(tmp_path: Path) -> None:
    found = summaries_of(
        tmp_path, note(11, "kept"), note(12, "x", category="Nursing"), note("", "no admission"), note(13, "")
    )
    assert found == {11: "kept"}


def test_the_file_is_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mimic, "BLOCK_BYTES", 2000)
    rows = [
        note(number, f"text {number}\n" * 20, category=["Nursing", mimic.CATEGORY][number % 2]) for number in range(200)
    ]
    write_notes(tmp_path / "notes.csv.gz", rows)
    assert len(list(mimic._blocks(tmp_path / "notes.csv.gz", mimic.NOTE_COLUMNS))) > 10
    assert len(mimic.discharge_summaries(tmp_path / "notes.csv.gz")) == 100


def test_a_file_that_is_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "NOTEEVENTS.csv.gz"
    path.write_text("not gzip")
    with pytest.raises(SourceError, match="NOTEEVENTS.csv.gz cannot be read as a table of MIMIC-III"):
        mimic.discharge_summaries(path)
    write_diagnoses(path, {11: ["2851"]})
    with pytest.raises(SourceError, match="NOTEEVENTS.csv.gz cannot be read.*CHARTDATE"):
        mimic.discharge_summaries(path)
    write_notes(path, [note(11, "x", category="Nursing")])
    with pytest.raises(SourceError, match="no note of the category 'Discharge summary'"):
        mimic.discharge_summaries(path)


def test_anemia_keeps_exactly_one_of_acute_and_chronic(tmp_path: Path) -> None:
    own = {1: ["2851"], 2: ["28521", "4019"], 3: ["2851", "28522"], 4: ["4019"], 5: ["28529", "28521"]}
    write_diagnoses(tmp_path / "d.csv.gz", own)
    assert mimic._anemia(mimic._codes_by_admission(tmp_path / "d.csv.gz")) == {1: 1, 2: 0, 5: 0}


def test_anemia_is_split_at_random_with_the_same_shares_of_labels(tmp_path: Path) -> None:
    write_folder(tmp_path, 200)
    summaries = mimic.discharge_summaries(tmp_path / "NOTEEVENTS.csv.gz")
    tables = mimic.task_tables(Mimic(folder=str(tmp_path), task="anemia"), summaries)
    assert {split: len(table) for split, table in tables.items()} == {"train": 136, "validation": 24, "test": 40}
    for table in tables.values():
        assert table["label"].to_pylist().count("acute") * 2 == len(table)
    assert len({admission for table in tables.values() for admission in table["admission"].to_pylist()}) == 200


def test_diabetes_takes_the_listed_admissions(tmp_path: Path) -> None:
    write_folder(tmp_path, 30)
    summaries = mimic.discharge_summaries(tmp_path / "NOTEEVENTS.csv.gz")
    settings = Mimic(folder=str(tmp_path), task="diabetes")
    tables = mimic.task_tables(settings, summaries)
    assert {split: table["admission"].to_pylist()[0] for split, table in tables.items()} == {
        "train": 1000,
        "validation": 1010,
        "test": 1020,
    }
    assert tables["train"]["label"].to_pylist() == ["present", "absent"] * 5
    (tmp_path / "dev_50_hadm_ids.csv").write_text("1010\nx\n")
    with pytest.raises(SourceError, match="dev_50_hadm_ids.csv: expected one admission id a line"):
        mimic.task_tables(settings, summaries)


@pytest.mark.parametrize("again", ["1000\n1000\n", "1010\n"], ids=["in one list", "in two lists"])
def test_an_admission_that_is_named_twice_is_refused(again: str, tmp_path: Path) -> None:
    write_folder(tmp_path, 30)
    summaries = mimic.discharge_summaries(tmp_path / "NOTEEVENTS.csv.gz")
    (tmp_path / "train_50_hadm_ids.csv").write_text(again)
    with pytest.raises(SourceError, match="train_50_hadm_ids.csv, .*: admissions that are named more than once: 1;"):
        mimic.task_tables(Mimic(folder=str(tmp_path), task="diabetes"), summaries)


def test_no_text_of_a_broken_table_is_in_the_message(tmp_path: Path) -> None:
    path = tmp_path / "NOTEEVENTS.csv.gz"
    write_notes(path, [note(11, "kept"), [0, "secret text"]])
    with pytest.raises(SourceError, match="cannot be read as a table of MIMIC-III.*got 2$"):
        mimic.discharge_summaries(path)


def diabetes(folder: Path, **settings: object):
    entry = {"name": "mimic-diabetes", "mimic": {"folder": str(folder), **settings}}
    return load_study({"datasets": [entry], "explainers": ["random"], "seeds": [0]}).dataset("mimic-diabetes")


def test_the_published_length_filter_drops_nothing(tmp_path: Path) -> None:
    write_folder(tmp_path, 3)
    texts = ["word " * 6, "word " * 5, "word " * 4000, "word " * 4001]
    table = pa.table({"text": texts, "label": ["present", "absent", "absent", "absent"]})
    raw = dict.fromkeys(("train", "validation", "test"), table)
    assert len(prepare(diabetes(tmp_path), raw)["train"]) == 2
    assert len(prepare(diabetes(tmp_path, length_filter="paper"), raw)["train"]) == 4


def test_text_is_normalised_as_published(tmp_path: Path) -> None:
    write_folder(tmp_path, 3)
    clean = cleaner(diabetes(tmp_path))
    assert clean("Seen by Dr. [**Last Name\n 12**]on 5mg.\n-----\nBP 120/80 **") == (
        "seen by dr. < de > on [DIGITS] mg . - bp [DIGITS] *"
    )
