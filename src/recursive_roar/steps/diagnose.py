"""Step: diagnostics of the masks and the importance of one dataset, model and seed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from recursive_roar import plan
from recursive_roar.artifacts import read_table, write_table
from recursive_roar.config import Study
from recursive_roar.config.explainer import ChosenExplainer
from recursive_roar.diagnostics.agreement import rank_correlation, top_overlap
from recursive_roar.diagnostics.leakage import Probe, leaks, majority, probe
from recursive_roar.diagnostics.plan import cells, explained_rounds, masked_rounds
from recursive_roar.diagnostics.plausibility import average_precision, hit_rate, supporting
from recursive_roar.diagnostics.rows import Rows
from recursive_roar.diagnostics.sparsity import entropy, gini, shares
from recursive_roar.scoring.curves import CELL, RUNS_SCHEMA

Row = dict[str, Any]
ROUND = [RUNS_SCHEMA.field(name) for name in (*CELL, "round")]
EXPLAINED = [RUNS_SCHEMA.field(name) for name in ("dataset", "model", "explainer")]


def _fields(**columns: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, kind) for name, kind in columns.items()]


SCHEMAS = {
    "leakage": pa.schema(
        ROUND
        + _fields(accuracy=pa.float64(), low=pa.float64(), high=pa.float64())
        + _fields(majority=pa.float64(), random=pa.float64(), leaks=pa.bool_())
    ),
    "sparsity": pa.schema(ROUND + _fields(unit=pa.string(), amount=pa.int32(), share=pa.float64())),
    "concentration": pa.schema(ROUND + _fields(entropy=pa.float64(), gini=pa.float64())),
    "agreement": pa.schema(
        EXPLAINED
        + _fields(other=pa.string(), seed=pa.int32())
        + _fields(rank_correlation=pa.float64(), top_overlap=pa.float64())
    ),
    "plausibility": pa.schema(
        EXPLAINED
        + _fields(seed=pa.int32())
        + _fields(auprc=pa.float64(), hit_at_1=pa.float64(), hit_at_support=pa.float64())
    ),
}


@dataclass(frozen=True)
class Subject:
    """What is diagnosed: the cells of one dataset, model and seed, and the tokens that they share."""

    study: Study
    cells: list[plan.Cell]
    tokens: dict[str, pa.Table]  # of training and test split
    dataset: pa.Table  # test split

    def maskable(self, split: str) -> Rows:
        """Whether each token of a split may be masked."""
        return Rows.of(self.tokens[split]["maskable"])

    def labels(self, split: str) -> np.ndarray:
        """Labels of a split, [examples]."""
        return np.asarray(self.tokens[split]["label"].to_numpy())

    def masks(self, folder: Path, split: str) -> Rows:
        """Whether each maskable token of a split is masked in the round of a folder."""
        masked_at = Rows.of(read_table(folder / f"masked_at/{split}.parquet")["masked_at"])
        return Rows(masked_at.values > 0, masked_at.offsets).only(self.maskable(split).values)

    def scores(self, importance: Path) -> Rows:
        """Scores of the maskable tokens of the test split."""
        return Rows.of(read_table(importance)["importance"]).only(self.maskable("test").values)

    @property
    def explainers(self) -> list[ChosenExplainer]:
        """The explainers that are tested on the model."""
        return list(self.study.explainers_of(self.study.model(self.cells[0].model)))

    def baseline(self) -> dict[str, Rows]:
        """Scores of the maskable tokens under the baseline, by explainer."""
        files = {cell.explainer: explained_rounds(self.study, cell)[0] for cell in self.cells}
        return {explainer: self.scores(file) for explainer, file in files.items()}


def diagnose(study: Study, tokens: Path, dataset: Path, name: str, model: str, seed: int, output: Path) -> None:
    """Write leakage, sparsity, concentration, agreement and plausibility as Parquet files under `output`.

    `tokens` is the folder of the tokenised dataset `name`, `dataset` the file of its test split.
    """
    tables = {split: read_table(tokens / f"{split}.parquet") for split in ("train", "test")}
    subject = Subject(study, cells(study, name, model, seed), tables, read_table(dataset))
    for table, found in DIAGNOSTICS.items():
        write_table(output / f"{table}.parquet", pa.Table.from_pylist(list(found(subject)), schema=SCHEMAS[table]))


def _leakage(subject: Subject) -> Iterator[Row]:
    labels = (subject.labels("train"), subject.labels("test"))

    @cache  # random masks are shared by both protocols, and compared with by every explainer
    def probed(folder: Path) -> Probe:
        masks = (subject.masks(folder, "train"), subject.masks(folder, "test"))
        return probe(masks, labels, subject.study.statistics.confidence)

    guessed = majority(labels[1])
    for cell in subject.cells:
        for number, folder in masked_rounds(subject.study, cell).items():
            found, random = probed(folder), _random(subject, cell, number, probed)
            yield {
                **vars(cell),
                "round": number,
                **vars(found),
                "majority": guessed,
                "random": random.accuracy if random else None,
                "leaks": leaks(found, guessed, random),
            }


def _random(subject: Subject, cell: plan.Cell, number: int, probed: Callable[[Path], Probe]) -> Probe | None:
    """The probe on random masks of the same round; None in a study without."""
    name = next((explainer.name for explainer in subject.explainers if explainer.method == "random"), None)
    return probed(masked_rounds(subject.study, replace(cell, explainer=name))[number]) if name else None


def _importance(subject: Subject) -> Iterator[tuple[Row, Rows]]:
    """Each round that is explained, with the scores of the tokens of the test split that it leaves visible."""
    for cell in subject.cells:
        folders = masked_rounds(subject.study, cell)
        for number, file in explained_rounds(subject.study, cell).items():
            scores = subject.scores(file)
            visible = scores.only(~subject.masks(folders[number], "test").values) if number else scores
            yield {**vars(cell), "round": number}, visible


def _sparsity(subject: Subject) -> Iterator[Row]:
    for key, scores in _importance(subject):
        for unit, amount, share in shares(scores):
            yield {**key, "unit": unit, "amount": amount, "share": share}


def _concentration(subject: Subject) -> Iterator[Row]:
    for key, scores in _importance(subject):
        yield {**key, "entropy": entropy(scores), "gini": gini(scores)}


def _agreement(subject: Subject) -> Iterator[Row]:
    """Every pair of explainers once, without controls: those are changed copies, and there are many."""
    baseline = subject.baseline()
    names = [explainer.name for explainer in subject.explainers if explainer.control_of is None]
    for one, other in combinations(names, 2):
        pair = (baseline[one], baseline[other])
        found = {"rank_correlation": rank_correlation(*pair), "top_overlap": top_overlap(*pair)}
        yield {**vars(subject.cells[0]), "explainer": one, "other": other, **found}


def _plausibility(subject: Subject) -> Iterator[Row]:
    if "support" not in subject.dataset.column_names:
        return
    columns = (subject.dataset["text"], subject.dataset["support"], subject.tokens["test"]["offsets"])
    truth = supporting(*(column.to_pylist() for column in columns))[subject.maskable("test").values]
    for explainer, scores in subject.baseline().items():
        yield {
            **vars(subject.cells[0]),
            "explainer": explainer,
            "auprc": average_precision(scores, truth),
            "hit_at_1": hit_rate(scores, truth, tokens=1),
            "hit_at_support": hit_rate(scores, truth),
        }


DIAGNOSTICS: dict[str, Callable[[Subject], Iterator[Row]]] = {
    "leakage": _leakage,
    "sparsity": _sparsity,
    "concentration": _concentration,
    "agreement": _agreement,
    "plausibility": _plausibility,
}
