"""Step: words of a dataset as ids."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recursive_roar.artifacts import read_table, write_json, write_table
from recursive_roar.config.dataset import Words
from recursive_roar.data.batches import SPLITS
from recursive_roar.data.privacy import make_private
from recursive_roar.data.published import compare, noted
from recursive_roar.data.words import MASK, PAD, tokenize


def tokenize_dataset(settings: Mapping[str, Any], dataset: Path, output: Path) -> None:
    """Write `{split}.parquet` and `vocabulary.json` under `output`."""
    if settings["private"]:
        make_private(output)
    tables = {split: read_table(dataset / f"{split}.parquet") for split in SPLITS}
    tokens, vocabulary = tokenize(tables, Words.model_validate(settings["words"]))
    different = compare(settings["dataset"], "words in the vocabulary", len(vocabulary), settings["published"])
    tokens["train"] = noted(tokens["train"], different)
    for split in SPLITS:
        write_table(output / f"{split}.parquet", tokens[split])
    write_json(output / "vocabulary.json", {"words": vocabulary, "mask_id": MASK, "pad_id": PAD})
