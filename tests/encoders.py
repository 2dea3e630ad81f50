"""A tiny RoBERTa and a tiny BERT with tokenisers of their own, saved as Hugging Face folders."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import AutoConfig, AutoModelForMaskedLM, PretrainedConfig, PreTrainedTokenizerFast

PIECES = "mary went to the kitchen garden where is john moved back good bad film . ? aa ##bb".split()  # noqa: SIM905
SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "initializer_range": 0.3,
}
NAMES = {
    "roberta": {"cls": "<s>", "pad": "<pad>", "sep": "</s>", "unk": "<unk>", "mask": "<mask>"},
    "bert": {"pad": "[PAD]", "cls": "[CLS]", "sep": "[SEP]", "unk": "[UNK]", "mask": "[MASK]"},
}


def save_encoder(kind: str, folder: Path, maximum_tokens: int = 32) -> Path:
    """A randomly initialised encoder of `kind`; `roberta` has padding id 1 and two separators in pairs."""
    tokenizer = _save_tokenizer("roberta" if kind == "roberta" else "bert", folder, maximum_tokens)
    torch.manual_seed(0)
    AutoModelForMaskedLM.from_config(_config(kind, tokenizer, maximum_tokens)).save_pretrained(folder)
    return folder


def _save_tokenizer(kind: str, folder: Path, maximum_tokens: int) -> PreTrainedTokenizerFast:
    names = NAMES[kind]
    roles = {f"{role}_token": token for role, token in names.items()}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(names, double=kind == "roberta"), model_max_length=maximum_tokens, **roles
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def _tokenizer(names: dict[str, str], double: bool) -> Tokenizer:
    vocabulary = {piece: number for number, piece in enumerate([*names.values(), *PIECES])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=names["unk"]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    cls, sep = names["cls"], names["sep"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{cls} $A {sep}",
        pair=f"{cls} $A {sep} {sep} $B {sep}" if double else f"{cls} $A {sep} $B:1 {sep}:1",
        special_tokens=[(token, vocabulary[token]) for token in (cls, sep)],
    )
    return tokenizer


def _config(kind: str, tokenizer: PreTrainedTokenizerFast, maximum_tokens: int) -> PretrainedConfig:
    special = {f"{role}_token_id": getattr(tokenizer, f"{role}_token_id") for role in ("pad", "cls", "sep")}
    # RoBERTa and MPNet count positions from the padding id on.
    sizes = {**SIZES, "vocab_size": len(tokenizer), "max_position_embeddings": maximum_tokens + 2}
    if kind == "bert":
        sizes["max_position_embeddings"] = maximum_tokens
    segments = {"type_vocab_size": 1} if kind == "roberta" else {}
    return AutoConfig.for_model(kind, **sizes, **special, **segments)
