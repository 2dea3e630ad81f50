"""Made-up data of the shape of real tasks: for time and memory, only shapes count."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch

from recursive_roar.artifacts import write_json, write_table
from recursive_roar.catalog.models import FAMILIES
from recursive_roar.config.recipe import Recipe
from recursive_roar.config.study import Compute
from recursive_roar.data.batches import Ragged, Split
from recursive_roar.data.words import MASK, PAD
from recursive_roar.models.build import build_classifier
from recursive_roar.models.interface import Classifier
from recursive_roar.steps.conditions import Conditions


@dataclass(frozen=True)
class Shape:
    """Sizes of a task as published; `longest` bounds the words of a text, `question` is the length of its partner.

    `spread` is the deviation of lengths as a share of their mean. With `layers` the model is a transformer, otherwise
    a BiLSTM.
    """

    name: str
    mean_length: int
    longest: int
    vocabulary: int
    embedding_width: int
    hidden_width: int
    classes: int
    batch_size: int
    question: int = 0
    spread: float = 0.5
    layers: int = 0


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("sst", 21, 55, 13_766, 300, 128, 2, 32),
        Shape("imdb", 180, 402, 12_487, 300, 128, 2, 32),
        Shape("imdb-minilm", 240, 512, 30_522, 384, 1_536, 2, 16, layers=6),
        Shape("babi-1", 40, 70, 25, 50, 32, 36, 50, question=5),
        Shape("babi-3", 300, 1349, 40, 50, 32, 36, 50, question=9),
    )
}


def split(shape: Shape, examples: int, seed: int = 0) -> Split:
    """Random tokens and labels; lengths are normal around the mean, cut at 7 and at the longest."""
    generator = torch.Generator().manual_seed(seed)
    drawn = (1 + shape.spread * torch.randn(examples, generator=generator)) * shape.mean_length
    texts = _ragged(shape, drawn.clamp(7, shape.longest).long(), generator)
    questions = _ragged(shape, torch.full((examples,), shape.question), generator) if shape.question else None
    maskable = Ragged(texts.values >= 3, texts.offsets)
    labels = torch.randint(0, min(shape.classes, 6), (examples,), generator=generator)
    return Split(torch.arange(examples), texts, maskable, labels, questions)


def untrained(shape: Shape, seed: int = 0) -> Classifier:
    """A model of the sizes of the shape."""
    return encoder(shape, seed) if shape.layers else classifier(shape, seed)


def classifier(shape: Shape, seed: int = 0) -> Classifier:
    """An untrained BiLSTM with attention of the published sizes."""
    vectors = torch.randn(shape.vocabulary, shape.embedding_width, generator=torch.Generator().manual_seed(seed))
    return build_classifier(
        "bilstm-attention",
        paired=bool(shape.question),
        vectors=vectors,
        hidden_width=shape.hidden_width,
        classes=shape.classes,
        seed=seed,
    )


def encoder(shape: Shape, seed: int = 0) -> Classifier:
    """An encoder of the sizes of MiniLM-L6 with random weights; `hidden_width` is that of its feed-forward layers."""
    from transformers import BertConfig, BertForSequenceClassification

    from recursive_roar.models.transformer import Transformer

    config = BertConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.embedding_width,
        num_hidden_layers=shape.layers,
        num_attention_heads=12,
        intermediate_size=shape.hidden_width,
        num_labels=shape.classes,
    )
    torch.manual_seed(seed)
    return Transformer(BertForSequenceClassification(config), mask_id=MASK, pad_id=PAD)


def recipe(shape: Shape, epochs: int) -> Recipe:
    """The published recipe, for fewer epochs."""
    if shape.layers:
        return Recipe(
            batch_size=shape.batch_size, epochs=epochs, optimizer="adamw", learning_rate=1e-5, warm_up=0.06,
            weight_decay=0.1, select="accuracy",
        )  # fmt: skip
    return Recipe(
        batch_size=shape.batch_size, epochs=epochs, learning_rate=0.001, weight_decay=0.00001, select="accuracy"
    )


def settings(shape: Shape, epochs: int) -> dict[str, Any]:
    """What the workflow hands to a training step."""
    sizes = {"embedding_width": shape.embedding_width, "hidden_width": shape.hidden_width, "vectors": "normal"}
    return {
        "path": FAMILIES["bilstm-attention"].path,
        "classes": shape.classes,
        "architecture": sizes,
        "recipe": recipe(shape, epochs).model_dump(),
    }


def write_tokens(shape: Shape, examples: dict[str, int], folder: Path) -> None:
    """A tokenised dataset as the workflow's steps read it."""
    for seed, (name, number) in enumerate(examples.items()):
        data = split(shape, number, seed)
        columns = {
            "example_id": pa.array(data.example_ids.numpy(), pa.int32()),
            "input_ids": data.input_ids.to_column(pa.int32()),
            "maskable": data.maskable.to_column(pa.bool_()),
            "label": pa.array(data.labels.numpy(), pa.int16()),
        }
        if data.pair_ids is not None:
            columns["pair_ids"] = data.pair_ids.to_column(pa.int32())
        names = json.dumps([str(label) for label in range(shape.classes)])
        table = pa.table(columns).replace_schema_metadata({"label_names": names})
        write_table(folder / f"{name}.parquet", table)
    words = [f"word{number}" for number in range(shape.vocabulary)]
    write_json(folder / "vocabulary.json", {"words": words, "mask_id": MASK, "pad_id": PAD})


def conditions(folder: Path) -> Conditions:
    """One thread of the CPU, training states under `folder`."""
    return Conditions(Compute(device="cpu"), 1, folder)


def _ragged(shape: Shape, lengths: torch.Tensor, generator: torch.Generator) -> Ragged:
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
    return Ragged(torch.randint(3, shape.vocabulary, (int(offsets[-1]),), generator=generator), offsets)
