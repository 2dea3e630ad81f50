"""What the published study has to do with a finished one: its scores, and in what the two differ."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from recursive_roar.artifacts import write_json, write_table
from recursive_roar.catalog.models import WORD_TOKENIZER
from recursive_roar.config import Study
from recursive_roar.data.published import Difference, differences, split_counts, word_counts
from recursive_roar.scoring.deviations import deviations
from recursive_roar.scoring.published import compare_performance, compare_with_published


def write_comparison(study: Study, runs: pa.Table, summary: pa.Table, scores: Path) -> None:
    """Write both published tables under `scores` and deviations.json beside that folder."""
    write_table(scores / "published.parquet", compare_with_published(study, summary))
    write_table(scores / "published_performance.parquet", compare_performance(study, runs))
    found = deviations(study, list(_differing_counts(study)), summary.to_pylist(), runs.to_pylist())
    write_json(scores.parent / "deviations.json", {"deviations": found})


def _differing_counts(study: Study) -> Iterator[Difference]:
    """Counts of the prepared data that are not the published ones."""
    for dataset in study.datasets:
        splits = split_counts(Path(study.results, "datasets", dataset.name))
        words = word_counts(Path(study.results, "tokens", dataset.name, WORD_TOKENIZER))
        yield from differences(dataset, {**splits, **words})
