"""What the published study has to do with a finished one: its scores, and in what the two differ."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recursive_roar.artifacts import write_json, write_table
from recursive_roar.config import Study
from recursive_roar.data.published import Difference, differences_of
from recursive_roar.plan import split_files
from recursive_roar.scoring.deviations import deviations
from recursive_roar.scoring.published import compare_performance, compare_with_published


def write_comparison(study: Study, runs: pa.Table, summary: pa.Table, scores: Path) -> None:
    """Write both published tables under `scores` and deviations.json beside that folder."""
    write_table(scores / "published.parquet", compare_with_published(study, summary))
    write_table(scores / "published_performance.parquet", compare_performance(study, runs))
    found = deviations(study, _differing_counts(study), summary.to_pylist(), runs.to_pylist())
    write_json(scores.parent / "deviations.json", {"deviations": found})


def _differing_counts(study: Study) -> list[Difference]:
    """Counts that the prepared data say are not the published ones, each once."""
    folders = [f"{study.results}/{kind}" for dataset in study.datasets for kind in _kinds(dataset.name)]
    files = [Path(file) for folder in folders for file in split_files(folder)]
    found = [pq.read_schema(file) for file in files if file.is_file()]
    return list(dict.fromkeys(difference for schema in found for difference in differences_of(schema.empty_table())))


def _kinds(dataset: str) -> tuple[str, str]:
    return f"datasets/{dataset}", f"tokens/{dataset}/word"
