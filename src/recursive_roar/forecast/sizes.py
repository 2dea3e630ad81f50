"""How large the datasets of a study are, in tokens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from recursive_roar.catalog.models import WORD_TOKENIZER
from recursive_roar.catalog.published import TOKENS
from recursive_roar.config import Study
from recursive_roar.splits import SPLITS


@dataclass(frozen=True)
class Size:
    """Tokens of the texts that are explained and masked, by split."""

    by_split: Mapping[str, float]

    @property
    def train(self) -> float:
        """Of the training split."""
        return self.by_split["train"]

    @property
    def every(self) -> float:
        """Of all splits."""
        return self.of(SPLITS)

    def of(self, splits: Iterable[str]) -> float:
        """Of some splits."""
        return sum(self.by_split[split] for split in splits)


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
    return Size({split: _tokens(file) for split, file in files.items()})


def _tokens(file: Path) -> int:
    import pyarrow.parquet as pq

    found = pq.ParquetFile(file).metadata
    groups = [found.row_group(index) for index in range(found.num_row_groups)]
    columns = [group.column(index) for group in groups for index in range(group.num_columns)]
    return sum(column.num_values for column in columns if column.path_in_schema.startswith("input_ids."))


def _published_size(study: Study, dataset: str) -> Size | None:
    chosen = study.dataset(dataset)
    examples = {split: getattr(chosen.published, split) for split in SPLITS}
    if chosen.generate is not None or dataset not in TOKENS or None in examples.values():
        return None
    return Size({split: TOKENS[dataset] * number for split, number in examples.items()})
