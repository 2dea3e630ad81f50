"""The two tasks on discharge summaries of MIMIC-III v1.4 (Johnson et al. 2016; tasks of Jain and Wallace 2019).

A summary belongs to an admission; its label comes from the ICD-9 codes of that admission.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from recursive_roar.config.dataset import Mimic
from recursive_roar.data.formats import SourceError

BLOCK_BYTES = 64 * 2**20  # of the unpacked file, in memory at once
NOTE_COLUMNS = ("SUBJECT_ID", "HADM_ID", "CHARTDATE", "CATEGORY", "DESCRIPTION", "TEXT")
CATEGORY = "Discharge summary"
ORDER = ("SUBJECT_ID", "HADM_ID", "addendum", "CHARTDATE")
ADDENDUM = "Addendum"
ACUTE_ANEMIA, CHRONIC_ANEMIA, DIABETES = "2851", "2852", "25000"  # ICD-9 285.1, 285.2 and 250.00 without the dot
LABEL_NAMES = {"anemia": ("chronic", "acute"), "diabetes": ("absent", "present")}
TEST_SHARE, TEST_SEED = 0.2, 12939  # of the published anemia task
VALIDATION_SHARE, VALIDATION_SEED = 0.15, 13448


def discharge_summaries(notes: Path) -> pa.Table:
    """One row an admission: admission, text (reports, then addenda, each by date, joined by blanks).

    The file is read in blocks, of which discharge summaries alone are kept; rows with an empty field are dropped.

    Raises:
        SourceError: the file is no readable CSV with the columns of MIMIC-III.
    """
    kept = pa.concat_tables(_summaries(block) for block in _blocks(notes, NOTE_COLUMNS))
    if len(kept) == 0:
        raise SourceError(f"{notes}: no note of the category '{CATEGORY}'")
    order = pc.sort_indices(kept.drop_columns(["TEXT"]), [(key, "ascending") for key in ORDER])
    return _joined(kept["HADM_ID"].take(order), kept["TEXT"].take(order))


def _joined(admissions: pa.ChunkedArray, texts: pa.ChunkedArray) -> pa.Table:
    """One row for each run of the same admission."""
    numbers = admissions.to_numpy()
    starts = np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1))
    ends = pa.array(np.append(starts, len(numbers)), pa.int32())
    runs = pa.ListArray.from_arrays(ends, texts.combine_chunks())
    return pa.table({"admission": numbers[starts], "text": pc.binary_join(runs, " ")})


def task_tables(settings: Mimic, summaries: pa.Table) -> dict[str, pa.Table]:
    """Tables of a task with columns admission, text, label; one a split.

    Raises:
        SourceError: a file cannot be read, the lists name an admission twice, or there are too few to split.
    """
    codes = _codes_by_admission(Path(settings.diagnoses))
    if settings.task == "anemia":
        return _split_at_random(_labelled(summaries, _anemia(codes), settings.task))
    labelled = _labelled(summaries, _diabetes(codes), settings.task)
    lists = {split: _admissions(Path(path)) for split, path in settings.admissions.items()}
    _require_named_once(settings, lists)
    return {
        split: labelled.filter(pc.is_in(labelled["admission"], pa.array(wanted, pa.int64())))
        for split, wanted in lists.items()
    }


def _blocks(path: Path, columns: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    """Batches of some columns as text, empty fields as null."""
    try:
        yield from csv.open_csv(
            path,
            read_options=csv.ReadOptions(block_size=BLOCK_BYTES),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                include_columns=list(columns),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except (pa.ArrowException, OSError, EOFError) as error:
        reason = re.sub(r"(, got \d+): .*", r"\1", str(error), flags=re.DOTALL)  # what follows is the row itself
        raise SourceError(f"{path} cannot be read as a table of MIMIC-III: {reason}") from None


def _summaries(block: pa.RecordBatch) -> pa.Table:
    table = pa.Table.from_batches([block]).drop_null()
    table = table.filter(pc.equal(table["CATEGORY"], CATEGORY))
    for key in ("SUBJECT_ID", "HADM_ID"):
        table = table.set_column(table.column_names.index(key), key, _numbers(table[key]))
    addendum = pc.equal(table["DESCRIPTION"], ADDENDUM).cast(pa.int8())
    return table.drop_columns(["CATEGORY", "DESCRIPTION"]).append_column("addendum", addendum)


def _numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole numbers, also where a tool wrote them with a fraction, as in 165315.0."""
    return column.cast(pa.float64()).cast(pa.int64())


def _codes_by_admission(path: Path) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for block in _blocks(path, ("HADM_ID", "ICD9_CODE")):
        table = pa.Table.from_batches([block]).drop_null()
        for admission, code in zip(_numbers(table["HADM_ID"]).to_pylist(), table["ICD9_CODE"].to_pylist(), strict=True):
            found.setdefault(admission, []).append(code.strip())
    return found


def _anemia(codes: Mapping[int, list[str]]) -> dict[int, int]:
    """Admissions with exactly one of acute (1) and chronic (0) anemia, as published."""
    found = {}
    for admission, own in codes.items():
        acute, chronic = (any(code.startswith(kind) for code in own) for kind in (ACUTE_ANEMIA, CHRONIC_ANEMIA))
        if acute != chronic:
            found[admission] = int(acute)
    return found


def _diabetes(codes: Mapping[int, list[str]]) -> dict[int, int]:
    return {admission: int(any(code.startswith(DIABETES) for code in own)) for admission, own in codes.items()}


def _labelled(summaries: pa.Table, labels: Mapping[int, int], task: str) -> pa.Table:
    """Summaries whose admission has a label, the label as its name."""
    numbers = [labels.get(admission) for admission in summaries["admission"].to_pylist()]
    names = [None if number is None else LABEL_NAMES[task][number] for number in numbers]
    table = summaries.append_column("label", pa.array(names, pa.string()))
    return table.filter(pc.is_valid(table["label"]))


def _admissions(path: Path) -> list[int]:
    """The ids of a list."""
    try:
        return [int(line) for line in path.read_text().split()]
    except ValueError:
        raise SourceError(f"{path}: expected one admission id a line, digits alone") from None


def _require_named_once(settings: Mimic, lists: Mapping[str, list[int]]) -> None:
    count = Counter(admission for wanted in lists.values() for admission in wanted)
    if repeated := sum(times > 1 for times in count.values()):
        raise SourceError(
            f"{', '.join(settings.admissions.values())}: admissions that are named more than once: "
            f"{repeated}; keep each once, in one of the lists"
        )


def _split_at_random(table: pa.Table) -> dict[str, pa.Table]:
    """The published stratified split; whether its row order was this one is not known, so members may differ."""
    rest, test = _stratified(table, TEST_SHARE, TEST_SEED)
    train, validation = _stratified(rest, VALIDATION_SHARE, VALIDATION_SEED)
    return {"train": train, "validation": validation, "test": test}


def _stratified(table: pa.Table, share: float, seed: int) -> tuple[pa.Table, pa.Table]:
    from sklearn.model_selection import train_test_split

    labels = np.array(table["label"].to_pylist())
    try:
        rest, taken = train_test_split(np.arange(len(table)), test_size=share, random_state=seed, stratify=labels)
    except ValueError as error:
        raise SourceError(f"MIMIC-III: {len(table)} labelled admissions cannot be split ({error})") from None
    return table.take(np.sort(rest)), table.take(np.sort(taken))
