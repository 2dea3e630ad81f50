"""Raw tables, one a split, from each kind of source."""

import logging
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from recursive_roar.config.dataset import Files, Generate, Hub
from recursive_roar.data import originals
from recursive_roar.data.babi import Question, simulate
from recursive_roar.data.formats import Format, SourceError, detect
from recursive_roar.errors import root_cause

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

VALIDATION = "validation"
logger = logging.getLogger(__name__)


def generated(settings: Generate) -> dict[str, pa.Table]:
    """Questions of a simulated world: columns story, question, answer, support (lines that the answer hangs on)."""
    questions = simulate(settings.task, settings.train + settings.test, settings.seed)
    return {"train": _question_table(questions[: settings.train]), "test": _question_table(questions[settings.train :])}


def local(settings: Files) -> dict[str, pa.Table]:
    """Tables from local files.

    Raises:
        SourceError: a file has an unknown format or cannot be parsed.
    """
    return {
        split: _read_file(Path(path), settings.format or detect(Path(path))) for split, path in settings.paths.items()
    }


def hub(settings: Hub) -> dict[str, pa.Table]:
    """Tables downloaded from the Hugging Face hub; no code of the dataset's repository is run.

    Raises:
        SourceError: no network, or no such dataset, revision, configuration or split.
    """
    found = _download(settings)
    return {split: _arrow(found[name]) for split, name in _names_on_hub(settings, found.keys()).items()}


def _question_table(questions: list[Question]) -> pa.Table:
    columns: dict[str, Any] = {
        "story": ["\n".join(question.story) for question in questions],
        "question": [question.question for question in questions],
        "answer": [question.answer for question in questions],
        "support": pa.array([question.support for question in questions], pa.list_(pa.int16())),
    }
    return pa.table(columns)


def _read_file(path: Path, kind: Format) -> pa.Table:
    match kind:
        case "sst":
            return originals.sentiment_trees(path)
        case "snli":
            return originals.inference_pairs(path)
        case "imdb":
            return originals.review_folders(path)
        case "babi":
            return _question_table(originals.stories(path))
        case _:
            return _read_table(path, kind)


def _read_table(path: Path, kind: str) -> pa.Table:
    from datasets import disable_progress_bars

    disable_progress_bars()  # they would be drawn over the progress of the workflow, for a moment's work
    try:
        return _arrow(_load(path, kind, **(_fields_as_text(path) if kind == "csv" else {})))
    except Exception as error:
        raise SourceError(f"{path} cannot be read as {kind}: {root_cause(error)}") from error


def _load(path: Path, kind: str, **options: Any) -> "Dataset":
    import tempfile

    from datasets import load_dataset

    with tempfile.TemporaryDirectory() as cache:
        return load_dataset(kind, data_files=str(path), split="train", cache_dir=cache, keep_in_memory=True, **options)


def _fields_as_text(path: Path) -> dict[str, Any]:
    """Options under which the fields of a CSV are read as they are written, numbers and words such as None alike."""
    from datasets import Features, Value

    columns = _load(path, "csv", nrows=1).column_names
    return {"features": Features({name: Value("string") for name in columns}), "na_filter": False}


def _download(settings: Hub) -> "DatasetDict":
    from datasets import load_dataset

    try:
        return load_dataset(settings.id, settings.configuration, revision=settings.revision)
    except Exception as error:
        raise SourceError(
            f"{settings.id} (revision {settings.revision}) could not be fetched from the Hugging Face hub: "
            f"{root_cause(error)}. Run this step on a machine with network access (`snakemake fetch`), "
            "or give local `files` for this dataset."
        ) from error


def _names_on_hub(settings: Hub, found: Collection[str]) -> dict[str, str]:
    """The hub's name of each split of the study; a validation split that is not named may be absent."""
    names = {split: name for split, name in settings.splits.model_dump().items() if name is not None}
    if VALIDATION in found and VALIDATION not in names.values():
        names.setdefault(VALIDATION, VALIDATION)
    missing = [name for name in names.values() if name not in found]
    if missing:
        raise SourceError(
            f"{settings.id} has no split {_listed(missing)}; it has {_listed(found)}. A training and a test split are "
            "needed: name them, `hub: {..., splits: {train: ..., test: ...}}`, or give local `files` for this dataset"
        )
    if left := [name for name in found if name not in names.values()]:
        logger.warning(
            "%s: not used: %s; `hub: {..., splits: {validation: ...}}` names one", settings.id, _listed(left)
        )
    return names


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _arrow(dataset: "Dataset") -> pa.Table:
    """The table behind a dataset, class labels as their names; -1, the hub's sign for no label, is null."""
    from datasets import ClassLabel

    table = dataset.data.table.combine_chunks()
    for name, feature in dataset.features.items():
        if isinstance(feature, ClassLabel):
            names = [None if value in (None, -1) else feature.int2str(value) for value in table[name].to_pylist()]
            table = table.set_column(table.column_names.index(name), name, pa.array(names, pa.string()))
    return table.replace_schema_metadata(None)
