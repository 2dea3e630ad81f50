"""Scores of a study's curves read otherwise: with the published end, and at every second round alone.

    python benchmarks/readings.py docs/reproduction/babi-1/runs.parquet

With the published end, the last value of a curve is the published performance with everything masked. Only seeds with
every run of a cell and of random masking count.
"""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from record import record

from recursive_roar.artifacts import read_table
from recursive_roar.catalog.published import published_performance
from recursive_roar.scoring.summary import score_cells


def main() -> None:
    runs = read_table(Path(sys.argv[1]))
    ended = pa.Table.from_pylist([_ended(row) for row in runs.to_pylist()], schema=runs.schema)
    coarser = runs.filter(pc.equal(pc.bit_wise_and(runs["round"], 1), 0))
    ours, theirs, halved = (score_cells(table).to_pylist() for table in (runs, ended, coarser))
    rows = [
        {
            **{name: row[name] for name in ("dataset", "model", "explainer", "seed")},
            "racu": row["racu"],
            "racu_with_the_published_end": other["racu"],
            "racu_at_every_second_round": coarse["racu"],
        }
        for row, other, coarse in zip(ours, theirs, halved, strict=True)
        if row["racu"] is not None
    ]
    record("readings", rows)


def _ended(row: dict[str, object]) -> dict[str, object]:
    """The row, with the published value where everything is masked."""
    end = published_performance().get((row["dataset"], row["model"], 1.0))
    return {**row, "value": end.performance} if end and row["masked_share_asked"] == 1 else row


if __name__ == "__main__":
    main()
