"""Step: a dataset from its source to train, validation and test tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recursive_roar.artifacts import read_table, write_table
from recursive_roar.config.dataset import Dataset, Hub
from recursive_roar.data import sources
from recursive_roar.data.batches import SPLITS
from recursive_roar.data.mimic import task_tables
from recursive_roar.data.preparation import prepare
from recursive_roar.data.privacy import confidential
from recursive_roar.data.published import split_counts, warn_of_differences

if TYPE_CHECKING:
    from recursive_roar.config import Study


def fetch_dataset(settings: Mapping[str, Any], output: Path) -> None:
    """Download a dataset of the Hugging Face hub into one Parquet file a split; needs the network."""
    with confidential(settings["private"], output):
        for split, table in sources.hub(Hub.model_validate(settings["hub"])).items():
            write_table(output / f"{split}.parquet", table)


def prepare_dataset(study: "Study", settings: Mapping[str, Any], made: Path | None, output: Path) -> None:
    """Write `{split}.parquet` with example_id, text, [pair_text], label under `output`.

    Of `study` only the published counts are read: a dataset that differs from them is the same dataset.

    `made` is what an earlier step made of the source: the folder that `fetch_dataset` filled for a dataset of the hub,
    the table of discharge summaries for one of MIMIC-III.
    """
    dataset = Dataset.model_validate({**settings["dataset"], "models": {}})
    with confidential(dataset.private, output):
        prepared = prepare(dataset, _raw_tables(dataset, made))
        for split in SPLITS:
            write_table(output / f"{split}.parquet", prepared[split])
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
