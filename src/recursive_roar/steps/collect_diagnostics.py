"""Step: the diagnostics of every dataset, model and seed as one table each, and the comparison with controls."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from recursive_roar.artifacts import read_table, write_table
from recursive_roar.config import Study
from recursive_roar.diagnostics.against_controls import compare_with_controls
from recursive_roar.diagnostics.plan import folders
from recursive_roar.steps.diagnose import SCHEMAS


def collect_diagnostics(study: Study, scores: Path, output: Path) -> None:
    """Write every table of diagnostics, and controls.parquet from the file `scores`, under `output`."""
    collect(study, folders(study), scores, output)


def collect(study: Study, diagnosed: Iterable[Path], scores: Path, output: Path) -> None:
    """Write the same of the folders `diagnosed` alone."""
    found = list(diagnosed)
    for name, schema in SCHEMAS.items():
        parts = [read_table(folder / f"{name}.parquet").replace_schema_metadata() for folder in found]
        write_table(output / f"{name}.parquet", pa.concat_tables([schema.empty_table(), *parts]))
    statistics = study.statistics
    rows = read_table(scores).to_pylist()
    controls = compare_with_controls(rows, study.control_of, statistics.interval, statistics.confidence)
    write_table(output / "controls.parquet", controls)
