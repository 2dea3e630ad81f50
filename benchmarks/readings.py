"""Scores of curves read otherwise: with the published end, at every second round alone, without collapsed trainings.

    python benchmarks/readings.py docs/reproduction/babi-1/runs.parquet docs/reproduction/sst-minilm/runs.parquet

With the published end, the last value of a curve is the published performance with everything masked, where there is
one. Where a training predicts one class, the curve goes straight between its neighbours. Only seeds with every run of a
cell and of random masking count.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from record import record

from recursive_roar.artifacts import read_table
from recursive_roar.catalog.published import published_performance
from recursive_roar.report.contents import by
from recursive_roar.scoring.curves import CELL, predicts_one_class
from recursive_roar.scoring.summary import score_cells

Rows = Sequence[Mapping[str, Any]]


def main() -> None:
    record("readings", [row for path in sys.argv[1:] for row in readings(read_table(Path(path)))])


def readings(runs: pa.Table) -> list[dict[str, Any]]:
    """Each score of a study, read in every way."""
    ended = pa.Table.from_pylist([_ended(row) for row in runs.to_pylist()], schema=runs.schema)
    coarser = runs.filter(pc.equal(pc.bit_wise_and(runs["round"], 1), 0))
    cells = by(runs.to_pylist(), *CELL).values()
    bridged = pa.Table.from_pylist([row for rows in cells for row in _bridged(rows)], schema=runs.schema)
    ways = zip(*(score_cells(table).to_pylist() for table in (runs, ended, coarser, bridged)), strict=True)
    return [
        {
            **{name: row[name] for name in ("dataset", "model", "explainer", "seed")},
            "racu": row["racu"],
            "racu_with_the_published_end": other["racu"],
            "racu_at_every_second_round": coarse["racu"],
            "racu_without_collapsed_trainings": bridge["racu"],
        }
        for row, other, coarse, bridge in ways
        if row["racu"] is not None
    ]


def _ended(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row, with the published value where everything is masked."""
    end = published_performance().get((row["dataset"], row["model"], 1.0))
    return {**row, "value": end.performance} if end and row["masked_share_asked"] == 1 else {**row}


def _bridged(rows: Rows) -> Rows:
    """The rows of a curve; a straight line where trainings predict one class before everything is masked."""
    kept = [row for row in rows if not predicts_one_class(row)]
    places, values = [row["masked_share_asked"] for row in kept], [row["value"] for row in kept]
    if None in values:  # a round is missing
        return rows
    return [{**row, "value": float(np.interp(row["masked_share_asked"], places, values))} for row in rows]


if __name__ == "__main__":
    main()
