"""Diagnosing a study of the size of SST: `python benchmarks/diagnostics.py`. Texts, scores and masks are drawn."""

import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from record import record

from recursive_roar import plan
from recursive_roar.artifacts import write_table
from recursive_roar.config import Study, load_study
from recursive_roar.data.batches import Ragged
from recursive_roar.diagnostics.plan import cells, explained_rounds, folders, masked_rounds
from recursive_roar.masking import mask_most_important
from recursive_roar.steps.diagnose import diagnose

EXAMPLES = {"train": 6579, "test": 1776}  # of the published preparation
WORDS = 19.3  # of a text on average
EXPLAINERS = ["random", "attention", "gradient", "input-x-gradient", "integrated-gradient"]


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as results:
        configuration = {"datasets": ["sst"], "explainers": EXPLAINERS, "seeds": [0, 1, 2, 3, 4], "results": results}
        study = load_study(configuration)
        tokens, masked = Path(results, "tokens"), 0
        maskable = {split: _texts(tokens / f"{split}.parquet", number) for split, number in EXAMPLES.items()}
        write_table(tokens / "dataset.parquet", pa.table({"label": [0] * EXAMPLES["test"]}))
        for seed, folder in zip(study.seeds, folders(study), strict=True):
            chosen = cells(study, "sst", "bilstm-attention", seed)
            masked += sum(_fill(study, cell, maskable) for cell in chosen)
            start = time.perf_counter()
            diagnose(study, tokens, tokens / "dataset.parquet", "sst", "bilstm-attention", seed, folder)
            rows.append(time.perf_counter() - start)
    record("diagnostics", [{"seeds": len(rows), "masked_rounds": masked, "seconds": sum(rows), "longest": max(rows)}])


def _texts(file: Path, number: int) -> Ragged:
    """Write a split of texts of 6 words or more; which of their tokens may be masked."""
    random = np.random.default_rng(number)
    lengths = 6 + random.poisson(WORDS - 6, number) + 2
    offsets = torch.from_numpy(np.r_[0, lengths.cumsum()])
    values = torch.ones(int(offsets[-1]), dtype=torch.bool)
    values[offsets[:-1]] = values[offsets[1:] - 1] = False
    maskable = Ragged(values, offsets)
    labels = random.integers(0, 2, number)
    write_table(file, pa.table({"maskable": maskable.to_column(pa.bool_()), "label": labels}))
    return maskable


def _fill(study: Study, cell: plan.Cell, maskable: dict[str, Ragged]) -> int:
    """Write random scores and masks of every round of a cell; the number of rounds."""
    random = torch.Generator().manual_seed(cell.seed)
    scores = {
        split: Ragged(torch.rand(len(flags.values), generator=random), flags.offsets)
        for split, flags in maskable.items()
    }
    for file in explained_rounds(study, cell).values():
        write_table(file, pa.table({"importance": scores["test"].to_column(pa.float32())}))
    amounts = study.ladder(cell.ladder).amounts()
    for number, folder in masked_rounds(study, cell).items():
        for split, flags in maskable.items():
            mask = mask_most_important(scores[split], flags, None, amounts[number], number)
            write_table(folder / f"masked_at/{split}.parquet", pa.table({"masked_at": mask.to_column(pa.uint8())}))
    return len(amounts)


if __name__ == "__main__":
    main()
