"""A small set of files of MIMIC-III's schema, made up."""

import csv
import gzip
from pathlib import Path

HEADER = (
    "ROW_ID", "SUBJECT_ID", "HADM_ID", "CHARTDATE", "CHARTTIME", "STORETIME",
    "CATEGORY", "DESCRIPTION", "CGID", "ISERROR", "TEXT",
)  # fmt: skip
SUMMARY = "Discharge summary"


def note(admission: object, text: str, category: str = SUMMARY, kind: str = "Report", date: str = "2150-01-01") -> list:
    subject = int(admission) // 10 if str(admission).isdecimal() else 1
    return [0, subject, admission, date, "", "", category, kind, "", "", text]


def write_notes(path: Path, rows: list[list]) -> None:
    """NOTEEVENTS.csv.gz: every text quoted, with line breaks in it."""
    _write(path, HEADER, rows)


def write_diagnoses(path: Path, codes: dict[int, list[str]]) -> None:
    """DIAGNOSES_ICD.csv.gz: one row a code."""
    rows = [[0, admission // 10, admission, n, code] for admission, own in codes.items() for n, code in enumerate(own)]
    _write(path, ("ROW_ID", "SUBJECT_ID", "HADM_ID", "SEQ_NUM", "ICD9_CODE"), rows)


def write_folder(folder: Path, admissions: int) -> None:
    """Half of the admissions with acute anemia and diabetes, half with chronic anemia; seven words a summary."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [1000 + number for number in range(admissions)]
    texts = {True: "Acute loss of blood", False: "Chronic and old disease"}
    rows = [note(i, f"Patient [**Name {i}**]\n{texts[i % 2 == 0]}, 5 mg") for i in ids]
    write_notes(folder / "NOTEEVENTS.csv.gz", rows)
    write_diagnoses(
        folder / "DIAGNOSES_ICD.csv.gz", {i: ["2851", "25000"] if i % 2 == 0 else ["28521", "V4581"] for i in ids}
    )
    third = len(ids) // 3
    for place, name in enumerate(("train", "dev", "test")):
        lines = "".join(f"{i}\n" for i in ids[place * third : (place + 1) * third])
        (folder / f"{name}_50_hadm_ids.csv").write_text(lines)


def _write(path: Path, header: tuple, rows: list[list]) -> None:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(header)
        writer.writerows(rows)
