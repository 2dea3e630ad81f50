"""A small study of two seeds whose masks and scores are written by hand, for all that reads them."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from recursive_roar import plan
from recursive_roar.artifacts import write_table
from recursive_roar.config import Study, load_study
from recursive_roar.diagnostics.plan import cells, explained_rounds, masked_rounds

TEXT = "Mary left . John went"
PLACES = [(0, 0), (0, 4), (5, 9), (10, 11), (12, 16), (17, 21), (0, 0)]
MASKABLE = [False, True, True, True, True, True, False]
EXAMPLES = {"train": 60, "test": 40}


def configured(folder: Path) -> Study:
    """Two protocols, a ladder of three masked rounds and a control."""
    return load_study(
        {
            "results": str(folder),
            "datasets": ["babi-1"],
            "explainers": ["random", "attention"],
            "controls": ["negated"],
            "seeds": [0, 1],
            "ladders": [{"name": "relative", "step": 25}],
            "protocols": ["recursive-roar", "roar"],
        }
    )


def token_folder(study: Study) -> Path:
    return Path(plan.token_files(study, "babi-1", "bilstm-attention")[0]).parent


def texts(study: Study) -> Path:
    return Path(study.results, "datasets/babi-1/test.parquet")


def write_dataset(study: Study) -> None:
    """Labels 0 and 1 in turn."""
    for split, number in EXAMPLES.items():
        tokens = {"maskable": [MASKABLE] * number, "label": [0, 1] * (number // 2), "offsets": [PLACES] * number}
        write_table(token_folder(study) / f"{split}.parquet", pa.table(tokens))
    support = pa.array([[0]] * EXAMPLES["test"], pa.list_(pa.int16()))
    write_table(texts(study), pa.table({"text": [TEXT] * EXAMPLES["test"], "support": support}))


def write_cells(study: Study, seed: int) -> None:
    for cell in cells(study, "babi-1", "bilstm-attention", seed):
        write_cell(study, cell)


def write_cell(study: Study, cell: plan.Cell) -> None:
    """`attention` masks the front of one label and the back of the other, then the middle."""
    scores = {"random": [0.0, 1, 1, 1, 1, 1, 0], "attention": [9.0, 4, 3, 2, 1, 0, 9]}
    scores["attention-negated"] = [-score for score in scores["attention"]]
    for file in explained_rounds(study, cell).values():
        write_table(file, pa.table({"importance": [scores[cell.explainer]] * EXAMPLES["test"]}))
    for number, folder in masked_rounds(study, cell).items():
        for split, examples in EXAMPLES.items():
            masks = [mask(cell.explainer, label, number) for label in [0, 1] * (examples // 2)]
            write_table(folder / f"masked_at/{split}.parquet", pa.table({"masked_at": pa.array(masks)}))


def mask(explainer: str, label: int, number: int) -> list[int]:
    if explainer == "random":
        return [0, *np.random.default_rng(number).integers(0, 2, 5).tolist(), 0]
    first = [0, 1, 0, 0, 0, 0, 0] if label else [0, 0, 0, 0, 0, 1, 0]
    return first if number == 1 else [0, 1, number, 0, 0, 1, 0]
