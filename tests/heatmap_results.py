"""What a study leaves of its test split, made up without a training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from recursive_roar import plan
from recursive_roar.artifacts import write_table
from recursive_roar.config import Study
from recursive_roar.config.dataset import Words
from recursive_roar.data.words import tokenize
from recursive_roar.heatmaps.plan import Round, group_cells, groups, rounds, shows_text, source_files


def write_results(
    study: Study, texts: Sequence[str], labels: Sequence[int], pairs: Sequence[str] | None = None
) -> None:
    """Random importance, masks that follow a fixed random order, random logits: the same on each call."""
    columns = {"text": texts, "label": pa.array(labels, pa.int16()), **({"pair_text": pairs} if pairs else {})}
    examples = pa.table({"example_id": pa.array(range(100, 100 + len(texts)), pa.int32()), **columns})
    examples = examples.replace_schema_metadata({"label_names": '["no", "yes"]'})
    tokens = tokenize({"train": examples, "test": examples}, Words())[0]["test"]
    for dataset, model in groups(study):
        if not shows_text(study, dataset):
            continue
        sources = source_files(study, dataset, model)
        write_table(Path(sources["text"]), examples)
        write_table(Path(sources["tokens"]), tokens)
        for cell in group_cells(study, dataset, model):
            _write_cell(study, cell, [len(row) for row in tokens["input_ids"]])


def _write_cell(study: Study, cell: plan.Cell, lengths: list[int]) -> None:
    generator = np.random.default_rng(len(cell.explainer))
    orders = [generator.permutation(length - 2) + 1 for length in lengths]
    for step in rounds(study, cell):
        _write(step.predictions, "logits", [generator.normal(size=2) for _ in lengths], pa.float32())
        if step.importance:
            _write(step.importance, "importance", [generator.random(length) for length in lengths], pa.float32())
        if step.masked_at:
            masks = [_mask(study, cell, step, order) for order in orders]
            _write(step.masked_at, "masked_at", masks, pa.uint8())


def _mask(study: Study, cell: plan.Cell, step: Round, order: np.ndarray) -> np.ndarray:
    """As `masking` does it: an earlier round's number stays under recursive ROAR."""
    masked_at = np.zeros(len(order) + 2, np.uint8)
    for number, amount in study.ladder(cell.ladder).amounts().items():
        if number <= step.number:
            count = len(order) * amount.value // 100 if cell.ladder == "relative" else amount.value
            new = order[:count][masked_at[order[:count]] == 0]
            masked_at[new] = number if "recursive-roar" in step.masked_at.parts else step.number
    return masked_at


def _write(path: Path, name: str, rows: list[np.ndarray], kind: pa.DataType) -> None:
    ids = pa.array(range(100, 100 + len(rows)), pa.int32())
    write_table(path, pa.table({"example_id": ids, name: pa.array(rows, pa.list_(kind))}))
