"""Step: words of a dataset as ids."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recursive_roar.artifacts import write_json
from recursive_roar.config.dataset import Words
from recursive_roar.data.privacy import confidential
from recursive_roar.data.published import warn_of_differences, word_counts
from recursive_roar.data.words import MASK, PAD, tokenize
from recursive_roar.splits import read_splits, write_splits

if TYPE_CHECKING:
    from recursive_roar.config import Study


def tokenize_dataset(study: "Study", settings: Mapping[str, Any], dataset: Path, output: Path) -> None:
    """Write `{split}.parquet` and `vocabulary.json` under `output`; of `study` only the published count is read."""
    with confidential(settings["private"], output):
        tables = read_splits(dataset)
        tokens, vocabulary = tokenize(tables, Words.model_validate(settings["words"]))
        write_splits(output, tokens)
        write_json(output / "vocabulary.json", {"words": vocabulary, "mask_id": MASK, "pad_id": PAD})
    warn_of_differences(study.dataset(dataset.name), word_counts(output))
