"""How large the datasets of a study are, in tokens."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from recursive_roar.catalog.models import WORD_TOKENIZER
from recursive_roar.catalog.published import TOKENS
from recursive_roar.config import Study
from recursive_roar.plan import SPLITS


@dataclass(frozen=True)
class Size:
    """Tokens of the texts that are explained and masked."""

    train: float
    every: float  # of all splits


def size(study: Study, dataset: str, model: str) -> Size | None:
    """Counted in the tokenised dataset where there is one, else the published size, else None."""
    tokenizer = study.model(model).tokenizer
    counted = counted_size(Path(study.results, "tokens", dataset, tokenizer))
    return counted or (_published_size(study, dataset) if tokenizer == WORD_TOKENIZER else None)


@cache
def counted_size(folder: Path) -> Size | None:
    """From what the Parquet files of a tokenised dataset say of themselves; None where they are absent."""
    files = {split: folder / f"{split}.parquet" for split in SPLITS}
    if not all(file.is_file() for file in files.values()):
        return None
    tokens = {split: _tokens(file) for split, file in files.items()}
    return Size(tokens["train"], sum(tokens.values()))


def _tokens(file: Path) -> int:
    import pyarrow.parquet as pq

    found = pq.ParquetFile(file).metadata
    groups = [found.row_group(index) for index in range(found.num_row_groups)]
    columns = [group.column(index) for group in groups for index in range(group.num_columns)]
    return sum(column.num_values for column in columns if column.path_in_schema.startswith("input_ids."))


def _published_size(study: Study, dataset: str) -> Size | None:
    chosen = study.dataset(dataset)
    examples = [getattr(chosen.published, split) for split in SPLITS]
    if chosen.generate is not None or dataset not in TOKENS or None in examples:
        return None
    return Size(TOKENS[dataset] * examples[0], TOKENS[dataset] * sum(examples))
