"""Runs of a study as a table, and the curves in it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from recursive_roar.metrics import MEASURES

RUNS_SCHEMA = pa.schema(
    {
        "protocol": pa.string(),
        "ladder": pa.string(),
        "dataset": pa.string(),
        "model": pa.string(),
        "explainer": pa.string(),
        "seed": pa.int32(),
        "round": pa.int32(),
        "masked_share_asked": pa.float64(),  # null on the absolute ladder
        "masked_tokens_asked": pa.int32(),  # null on the relative ladder
        "masked_share": pa.float64(),  # among the maskable tokens of the test split
        "metric": pa.string(),
        "value": pa.float64(),  # on the test split
        "converged": pa.bool_(),  # false where the model predicts one class for every test example
        "status": pa.string(),  # done or missing
        "best_epoch": pa.int32(),  # of `epochs`, by the validation split; the last one: it may not have converged
        "epochs": pa.int32(),
        "validation": pa.float64(),  # the metric on the validation split
        "majority": pa.float64(),  # the metric on the test split when always its most frequent class is predicted
        "finite": pa.bool_(),  # whether every prediction on the test split is a finite number
        **{name: pa.float64() for name in MEASURES},  # on the test split, `metric` or not; null where not defined
    }
)

CELL = ("protocol", "ladder", "dataset", "model", "explainer", "seed")


@dataclass(frozen=True)
class Curve:
    """Performance of one cell over its rounds; None for a round that is missing."""

    cell: dict[str, Any]
    rounds: list[int]
    asked: list[float]  # share on the relative ladder, tokens on the absolute one
    values: list[float | None]
    one_class: list[bool]  # whether the training predicts one class although not everything is masked

    @property
    def collapsed(self) -> int:
        """How many trainings predict one class although not everything is masked."""
        return sum(self.one_class)

    @property
    def missing(self) -> list[int]:
        """Rounds without a value."""
        return [number for number, value in zip(self.rounds, self.values, strict=True) if value is None]


def curves(runs: pa.Table) -> list[Curve]:
    """One curve a cell, in the order of the table; rounds ascending."""
    by_cell: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in runs.to_pylist():
        by_cell[tuple(row[name] for name in CELL)].append(row)
    return [_curve(key, rows) for key, rows in by_cell.items()]


def predicts_one_class(run: Mapping[str, Any]) -> bool:
    """Whether a training predicts one class although not everything is masked."""
    return run.get("converged") is False and run["masked_share"] < 1


def _curve(key: tuple[Any, ...], rows: Iterable[dict[str, Any]]) -> Curve:
    ordered = sorted(rows, key=lambda row: int(row["round"]))
    column = "masked_tokens_asked" if ordered[0]["masked_share_asked"] is None else "masked_share_asked"
    return Curve(
        cell=dict(zip(CELL, key, strict=True)),
        rounds=[row["round"] for row in ordered],
        asked=[row[column] for row in ordered],
        values=[row["value"] if row["status"] == "done" else None for row in ordered],
        one_class=[predicts_one_class(row) for row in ordered],
    )
