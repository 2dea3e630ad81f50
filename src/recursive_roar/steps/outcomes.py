"""What the runs of a study predict for its test examples, read from the files that they left."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recursive_roar import plan
from recursive_roar.artifacts import read_table
from recursive_roar.config import Study
from recursive_roar.metrics import every_measure

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Prediction:
    """What one run predicts.

    Attributes:
        classes: predicted, [examples].
        finite: whether every logit is a finite number.
        values: of every measure, None where it is not defined.
    """

    classes: Integers
    finite: bool
    values: Mapping[str, float | None]


class StudyOutcomes:
    """Predictions and labels; each file is read once, however many cells share it."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.labels = cache(self._labels)
        self._read = cache(self._prediction)  # many cells share a baseline

    def prediction(self, run: plan.Run) -> Prediction:
        """What a run predicts for the test split."""
        return self._read(run.predictions, run.cell.dataset, run.cell.model)

    def predicted(self, cell: Mapping[str, Any]) -> Integers:
        """Predicted classes of every run of a cell, [rounds, examples]."""
        runs = plan.runs(self.study, plan.Cell(**cell))
        return np.stack([self.prediction(run).classes for run in runs])

    def metric(self, dataset: str) -> str:
        """The measure of the curves."""
        return self.study.dataset(dataset).metric

    def _labels(self, dataset: str, model: str) -> Integers:
        """True classes of the test split, [examples]."""
        table = read_table(Path(plan.test_tokens(self.study, dataset, model)))
        labels: Integers = table["label"].to_numpy().astype(np.int64)
        return labels

    def _prediction(self, path: Path, dataset: str, model: str) -> Prediction:
        table = read_table(path)
        logits = table["logits"].combine_chunks().flatten().to_numpy().reshape(table.num_rows, -1).astype(np.float64)
        values = every_measure(logits, self.labels(dataset, model))
        return Prediction(logits.argmax(axis=1), bool(np.isfinite(logits).all()), values)
