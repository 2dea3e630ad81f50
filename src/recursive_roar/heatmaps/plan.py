"""Which files the heatmaps are made of, where they lie, and how many tokens the page has room for."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recursive_roar import plan
from recursive_roar.config import Study
from recursive_roar.digest import code_digest

ROOM = 1_000_000  # importances and rounds of masking, a byte each, of all heatmaps together


@dataclass(frozen=True)
class Round:
    """What one training left of the test split.

    Attributes:
        number: 0 of the baseline.
        amount: masked, in percent or tokens as the ladder has it.
        predictions: logits of every example.
        masked_at: None of the baseline and where everything is masked.
        importance: None where the model was not explained.
    """

    number: int
    amount: int
    predictions: Path
    masked_at: Path | None
    importance: Path | None

    @property
    def files(self) -> list[Path]:
        """Every file of the round."""
        return [path for path in (self.predictions, self.masked_at, self.importance) if path is not None]


def groups(study: Study) -> list[tuple[str, str]]:
    """Each dataset and model, whose heatmaps make one file; none where the study asks for no examples."""
    if not study.report.examples:
        return []
    return [(dataset.name, model.name) for dataset in study.datasets for model in study.models]


def heatmap_files(study: Study) -> list[str]:
    """Everything that the step writes."""
    return [str(heatmap_file(Path(study.results, "heatmaps"), *group)) for group in groups(study)]


def heatmap_file(folder: Path, dataset: str, model: str) -> Path:
    """Heatmaps of a model on a dataset."""
    return folder / f"{dataset}-{model}.json"


def source_files(study: Study, dataset: str, model: str) -> dict[str, str]:
    """The test split as text and as tokens."""
    tokens = Path(plan.token_files(study, dataset, model)[0]).parent
    return {"text": f"{study.results}/datasets/{dataset}/test.parquet", "tokens": f"{tokens}/test.parquet"}


def input_files(study: Study) -> list[str]:
    """Every file that the heatmaps are made from; none of a dataset whose text is withheld."""
    names: dict[str, None] = {}
    for dataset, model in groups(study):
        if shows_text(study, dataset):
            names.update(dict.fromkeys(source_files(study, dataset, model).values()))
    for cell in _shown_cells(study):
        names.update((str(path), None) for step in rounds(study, cell) for path in step.files)
    return list(names)


def shows_text(study: Study, dataset: str) -> bool:
    """Whether examples of a dataset are shown: text of a private one only where the study asks for it."""
    return study.report.private_text or not study.dataset(dataset).private


def group_cells(study: Study, dataset: str, model: str) -> list[plan.Cell]:
    """Cells of the first seed, which are shown."""
    return [cell for cell in _shown_cells(study) if (cell.dataset, cell.model) == (dataset, model)]


def rounds(study: Study, cell: plan.Cell) -> Iterator[Round]:
    """The rounds of a cell, from the baseline to the last."""
    partly_masked, explained = study.ladder(cell.ladder).amounts(), plan.explained_numbers(study, cell)
    for run in plan.runs(study, cell):
        importance = plan.importance(study, cell, run.round) / "test.parquet"
        yield Round(
            number=run.round,
            amount=run.amount.value,
            predictions=run.folder / "predictions/test.parquet",
            masked_at=run.folder / "masked_at/test.parquet" if run.round in partly_masked else None,
            importance=importance if run.round in explained else None,
        )


def explained_once(study: Study, cell: plan.Cell) -> bool:
    """Whether every round masks by the importance of the baseline."""
    return plan.trained_under(study, cell) == "roar"


def room(study: Study) -> int:
    """Tokens that may be shown of each dataset and model, so that the page stays small however large the study is."""
    maps = sum(1 + sum(step.importance is not None for step in rounds(study, cell)) for cell in _shown_cells(study))
    return ROOM // max(maps, 1)


def settings(study: Study) -> dict[str, Any]:
    """What the heatmaps depend on, besides what the rounds left."""
    return {
        "report": study.report.model_dump(),
        "seed": study.seeds[0],
        "withheld": [dataset.name for dataset in study.datasets if not shows_text(study, dataset.name)],
        "cells": len(_shown_cells(study)),
        "code": code_digest("recursive_roar.steps.heatmaps"),
    }


def _shown_cells(study: Study) -> list[plan.Cell]:
    return [cell for cell in plan.cells(study) if cell.seed == study.seeds[0] and shows_text(study, cell.dataset)]
