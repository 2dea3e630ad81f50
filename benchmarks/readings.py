"""Scores of a study if its curves ended at the published performance with everything masked.

    python benchmarks/published_end.py docs/reproduction/babi-1/runs.parquet

Only seeds with every run of a cell and of random masking count.
"""

import sys
from pathlib import Path

import pyarrow as pa
from record import record

from recursive_roar.artifacts import read_table
from recursive_roar.catalog.published import published_performance
from recursive_roar.scoring.summary import score_cells


def main() -> None:
    runs = read_table(Path(sys.argv[1]))
    ended = pa.Table.from_pylist([_ended(row) for row in runs.to_pylist()], schema=runs.schema)
    ours, theirs = (score_cells(table).to_pylist() for table in (runs, ended))
    rows = [
        {
            **{name: row[name] for name in ("dataset", "model", "explainer", "seed")},
            "racu": row["racu"],
            "racu_with_the_published_end": other["racu"],
        }
        for row, other in zip(ours, theirs, strict=True)
        if row["racu"] is not None
    ]
    record("published_end", rows)


def _ended(row: dict[str, object]) -> dict[str, object]:
    """The row, with the published value where everything is masked."""
    end = published_performance().get((row["dataset"], row["model"], 1.0))
    return {**row, "value": end.performance} if end and row["masked_share_asked"] == 1 else row


if __name__ == "__main__":
    main()
