"""Step: a dataset from its source to train, validation and test tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recursive_roar.artifacts import read_table
from recursive_roar.config.dataset import Dataset, Hub
from recursive_roar.data import sources
from recursive_roar.data.mimic import task_tables
from recursive_roar.data.preparation import prepare
from recursive_roar.data.privacy import confidential
from recursive_roar.data.published import split_counts, warn_of_differences
from recursive_roar.splits import write_splits

if TYPE_CHECKING:
    from recursive_roar.config import Study


def fetch_dataset(settings: Mapping[str, Any], output: Path) -> None:
    """Download a dataset of the Hugging Face hub into one Parquet file a split; needs the network."""
    with confidential(settings["private"], output):
        write_splits(output, sources.hub(Hub.model_validate(settings["hub"])))


def prepare_dataset(study: "Study", settings: Mapping[str, Any], made: Path | None, output: Path) -> None:
    """Write `{split}.parquet` with example_id, text, [pair_text], label under `output`.

    Of `study` only the published counts are read: a dataset that differs from them is the same dataset.

    `made` is what an earlier step made of the source: the folder that `fetch_dataset` filled for a dataset of the hub,
    the table of discharge summaries for one of MIMIC-III.
    """
    dataset = Dataset.model_validate({**settings["dataset"], "models": {}})
    with confidential(dataset.private, output):
        write_splits(output, prepare(dataset, _raw_tables(dataset, made)))
    warn_of_differences(study.dataset(dataset.name), split_counts(output))


def _raw_tables(dataset: Dataset, made: Path | None) -> dict[str, Any]:
    if dataset.generate is not None:
        return sources.generated(dataset.generate)
    if dataset.files is not None:
        return sources.local(dataset.files)
    assert made is not None
    if dataset.mimic is not None:
        return task_tables(dataset.mimic, read_table(made))
    return {path.stem: read_table(path) for path in sorted(made.glob("*.parquet"))}
