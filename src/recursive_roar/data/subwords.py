"""The tokeniser that a transformer was pretrained with; the units that are masked are its subwords."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from recursive_roar.errors import UserError, root_cause

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from recursive_roar.config.model import Subwords

UNLIMITED = sys.maxsize


class TokenizerError(UserError):
    """A tokeniser that cannot be used, or a text that does not fit it."""


@dataclass(frozen=True)
class Sequence:
    """One tokenised example: the text, and behind its `text_length` tokens the partner."""

    ids: list[int]
    offsets: list[tuple[int, int]]  # places in the text, (0, 0) elsewhere
    text_length: int  # special tokens around the text included


class SubwordTokenizer:
    """A pretrained fast tokeniser, its texts cut to a length.

    Raises:
        TokenizerError: the folder holds no fast tokeniser, or one without a mask or padding token.
    """

    def __init__(self, folder: Path, settings: "Subwords") -> None:
        self.tokenizer = _load(folder)
        self.pairs = settings.pairs
        self.maximum_tokens = min(settings.maximum_tokens, _own_limit(self.tokenizer, folder))
        self.mask_id, self.pad_id = (_required_id(self.tokenizer, kind, folder) for kind in ("mask", "pad"))
        kinds = ("pad", "cls", "sep", "bos", "eos")
        self._structure = {getattr(self.tokenizer, f"{kind}_token_id") for kind in kinds}

    @property
    def vocabulary(self) -> list[str]:
        """Every subword in order of id; an id that stands for none is empty."""
        number = self.tokenizer.get_vocab()
        pieces = [""] * (max(number.values()) + 1)
        for piece, index in number.items():
            pieces[index] = piece
        return pieces

    def table(self, examples: pa.Table) -> pa.Table:
        """Columns of `results/tokens/` for a prepared split.

        Maskable are the text's tokens that are not special; unknown and mask tokens in it count as text. A pair has
        the column `text_length`.

        Raises:
            TokenizerError: a partner is so long that nothing of its text would be left.
        """
        paired = "pair_text" in examples.column_names
        sequences = self._pairs(examples) if paired else self._texts(examples["text"].to_pylist())
        columns = {
            "example_id": examples["example_id"],
            "input_ids": pa.array([sequence.ids for sequence in sequences], pa.list_(pa.int32())),
            "maskable": pa.array([self._maskable(sequence) for sequence in sequences], pa.list_(pa.bool_())),
            "offsets": pa.array([s.offsets for s in sequences], pa.list_(pa.list_(pa.int32(), 2))),
            "label": examples["label"],
        }
        if paired:
            columns["text_length"] = pa.array([sequence.text_length for sequence in sequences], pa.int32())
        return pa.table(columns).replace_schema_metadata(examples.schema.metadata)

    def _maskable(self, sequence: Sequence) -> list[bool]:
        return [
            place < sequence.text_length and number not in self._structure for place, number in enumerate(sequence.ids)
        ]

    def _texts(self, texts: list[str]) -> list[Sequence]:
        encoded = self.tokenizer(
            texts, truncation=True, max_length=self.maximum_tokens, return_offsets_mapping=True, verbose=False
        )
        rows = zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
        return [Sequence(ids, offsets, len(ids)) for ids, offsets in rows]

    def _pairs(self, examples: pa.Table) -> list[Sequence]:
        texts, partners = examples["text"].to_pylist(), examples["pair_text"].to_pylist()
        if self.pairs == "paper":
            return [self._joined_as_published(*both) for both in zip(texts, partners, strict=True)]
        names = examples["example_id"].to_pylist()
        return [self._joined(*row) for row in zip(names, texts, partners, strict=True)]

    def _joined(self, example: int, text: str, partner: str) -> Sequence:
        """As the tokeniser builds pairs; only the text is cut."""
        special = self.tokenizer.num_special_tokens_to_add(pair=True)
        partner_tokens = len(self.tokenizer(partner, add_special_tokens=False, verbose=False)["input_ids"])
        if partner_tokens + special >= self.maximum_tokens:
            raise TokenizerError(
                f"example {example}: its pair text alone takes {partner_tokens} of {self.maximum_tokens} tokens, "
                "so nothing of its text would be left. Leave the example out, or set `pairs: paper` for this model."
            )
        encoded = self.tokenizer(
            text, partner, truncation="only_first", max_length=self.maximum_tokens, return_offsets_mapping=True
        )
        of_text = [part == 0 for part in encoded.sequence_ids()]
        offsets = [place if own else (0, 0) for place, own in zip(encoded["offset_mapping"], of_text, strict=True)]
        return Sequence(encoded["input_ids"], offsets, self.tokenizer.num_special_tokens_to_add() + sum(of_text))

    def _joined_as_published(self, text: str, partner: str) -> Sequence:
        """One separator in between, and what is too long is cut at the end: a long story loses its question."""
        first = self.tokenizer(text, return_offsets_mapping=True, verbose=False)
        ids = [*first["input_ids"], *self.tokenizer(partner, verbose=False)["input_ids"][1:]]
        offsets = [*first["offset_mapping"], *[(0, 0)] * (len(ids) - len(first["input_ids"]))]
        if len(ids) > self.maximum_tokens:
            ids = [*ids[: self.maximum_tokens - 1], ids[-1]]
            offsets = [*offsets[: self.maximum_tokens - 1], (0, 0)]
        return Sequence(ids, offsets, min(len(first["input_ids"]), self.maximum_tokens))


def tokenize(
    tables: Mapping[str, pa.Table], folder: Path, settings: "Subwords"
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Each split as ids of the tokeniser in `folder`, and its vocabulary with the ids of mask and padding."""
    tokenizer = SubwordTokenizer(folder, settings)
    vocabulary = {"words": tokenizer.vocabulary, "mask_id": tokenizer.mask_id, "pad_id": tokenizer.pad_id}
    return {name: tokenizer.table(table) for name, table in tables.items()}, vocabulary


def _load(folder: Path) -> "PreTrainedTokenizerFast":
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise TokenizerError(f"{folder}: its tokeniser cannot be read ({root_cause(error)})") from error
    if not tokenizer.is_fast:
        raise TokenizerError(f"{folder}: it has no fast tokeniser (tokenizer.json), which tells where tokens stand")
    return cast("PreTrainedTokenizerFast", tokenizer)


def _required_id(tokenizer: "PreTrainedTokenizerFast", kind: str, folder: Path) -> int:
    number: int | None = getattr(tokenizer, f"{kind}_token_id")
    if number is None:
        raise TokenizerError(
            f"{folder}: its tokeniser has no {kind} token; choose an encoder that was trained with one"
        )
    return number


def _own_limit(tokenizer: "PreTrainedTokenizerFast", folder: Path) -> int:
    """Tokens that the model can read: what its tokeniser says or its positions, whichever is fewer."""
    return min(int(tokenizer.model_max_length), _positions(folder))


def _positions(folder: Path) -> int:
    """Tokens that the model has a position for; it is built without weights to see how it counts them."""
    import torch
    from transformers import AutoConfig, AutoModel

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        with torch.device("meta"):
            model = AutoModel.from_config(config)
    except Exception as error:
        raise TokenizerError(f"{folder}: its model cannot be built ({root_cause(error)})") from error
    positions = getattr(config, "max_position_embeddings", None) or UNLIMITED
    return positions - _first_position(model) if positions > 0 else UNLIMITED


def _first_position(model: "PreTrainedModel") -> int:
    """RoBERTa's kind counts positions from behind its padding id, which pads its position embedding too."""
    paddings = [
        getattr(module, "padding_idx", None)
        for name, module in model.named_modules()
        if name.endswith("position_embeddings")
    ]
    return max((padding + 1 for padding in paddings if padding is not None), default=0)
