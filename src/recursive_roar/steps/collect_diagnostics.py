"""Step: the diagnostics of every dataset, model and seed as one table each, and the comparison with controls."""

from pathlib import Path

import pyarrow as pa

from recursive_roar.artifacts import read_table, write_table
from recursive_roar.config import Study
from recursive_roar.diagnostics.against_controls import compare_with_controls
from recursive_roar.diagnostics.plan import TABLES, folders


def collect_diagnostics(study: Study, scores: Path, output: Path) -> None:
    """Write every table of diagnostics, and controls.parquet from the file `scores`, under `output`."""
    for name in TABLES:
        parts = [read_table(folder / f"{name}.parquet").replace_schema_metadata() for folder in folders(study)]
        write_table(output / f"{name}.parquet", pa.concat_tables(parts))
    statistics = study.statistics
    rows = read_table(scores).to_pylist()
    controls = compare_with_controls(rows, study.control_of, statistics.interval, statistics.confidence)
    write_table(output / "controls.parquet", controls)
