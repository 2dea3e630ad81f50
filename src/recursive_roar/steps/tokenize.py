"""Step: words of a dataset as ids."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recursive_roar.artifacts import read_table, write_json, write_table
from recursive_roar.config.dataset import Words
from recursive_roar.data.batches import SPLITS
from recursive_roar.data.privacy import confidential
from recursive_roar.data.published import warn_of_differences, word_counts
from recursive_roar.data.words import MASK, PAD, tokenize

if TYPE_CHECKING:
    from recursive_roar.config import Study


def tokenize_dataset(study: "Study", settings: Mapping[str, Any], dataset: Path, output: Path) -> None:
    """Write `{split}.parquet` and `vocabulary.json` under `output`; of `study` only the published count is read."""
    with confidential(settings["private"], output):
        tables = {split: read_table(dataset / f"{split}.parquet") for split in SPLITS}
        tokens, vocabulary = tokenize(tables, Words.model_validate(settings["words"]))
        for split in SPLITS:
            write_table(output / f"{split}.parquet", tokens[split])
        write_json(output / "vocabulary.json", {"words": vocabulary, "mask_id": MASK, "pad_id": PAD})
    warn_of_differences(study.dataset(dataset.name), word_counts(output))
