"""Raw tables, one a split, from each kind of source."""

import logging
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from recursive_roar.config.dataset import Files, Generate, Hub
from recursive_roar.data import originals, tables
from recursive_roar.data.babi import Question, simulate
from recursive_roar.data.formats import Format, SourceError, detect
from recursive_roar.errors import nearest, root_cause

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

VALIDATION = "validation"
logger = logging.getLogger(__name__)


def generated(settings: Generate) -> dict[str, pa.Table]:
    """Questions of a simulated world: columns story, question, answer, support (lines that the answer depends on)."""
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
    try:
        table = READERS[kind](path)
    except UnicodeDecodeError:
        raise SourceError(f"{path} is not written in UTF-8; save it as UTF-8") from None
    except UnicodeEncodeError:
        raise SourceError(f"{path} holds half of a character, such as \\ud83d alone; write it whole") from None
    if len(table) == 0:
        raise SourceError(f"{path} holds no example")
    return table


def _stories(path: Path) -> pa.Table:
    return _question_table(originals.stories(path))


READERS: dict[Format, Callable[[Path], pa.Table]] = {
    "csv": tables.comma_separated,
    "json": tables.json_objects,
    "parquet": tables.parquet,
    "sst": originals.sentiment_trees,
    "snli": originals.inference_pairs,
    "imdb": originals.review_folders,
    "babi": _stories,
}


def _download(settings: Hub) -> "DatasetDict":
    from datasets import load_dataset

    try:
        return load_dataset(settings.id, settings.configuration, revision=settings.revision)
    except Exception as error:
        if isinstance(error, ValueError):
            _require_configuration(settings)
        raise SourceError(
            f"{settings.id} (revision {settings.revision}) could not be fetched from the Hugging Face hub: "
            f"{root_cause(error)}. Run this step on a machine with network access (`snakemake fetch`), "
            "or give local `files` for this dataset."
        ) from error


def _require_configuration(settings: Hub) -> None:
    """Refuse a dataset of several configurations of which none, or one that it does not have, is named."""
    known = _configurations(settings)
    if settings.configuration is None and len(known) > 1:
        wrong = "has several configurations"
    elif settings.configuration is not None and known and settings.configuration not in known:
        wrong = f"has no configuration '{settings.configuration}'"
    else:
        return
    raise SourceError(
        f"{settings.id} {wrong}; name one, `hub: {{..., configuration: NAME}}`, of {_listed(known)}."
        f"{nearest(settings.configuration or '', known)}"
    )


def _configurations(settings: Hub) -> list[str]:
    """What the hub tells of a dataset; nothing where it does not answer."""
    from datasets import get_dataset_config_names

    try:
        return list(get_dataset_config_names(settings.id, revision=settings.revision))
    except Exception:
        return []


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
    return tables.with_label_names(dataset.data.table.combine_chunks(), dataset.features)
