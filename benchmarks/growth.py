"""How the cost of a round grows with examples, length and vocabulary: `python benchmarks/growth.py`.

Each point is a round of the size of SST's model in a process of its own, on one thread: mask, train for two epochs,
predict, explain by gradient, write. One quantity varies while the others stay. Time and memory count from the end of
the imports; exponents are of CPU time, which the neighbours of a shared machine leave alone, and of that memory.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from record import record
from shapes import SHAPES, Shape, classifier, conditions, settings, write_tokens

from recursive_roar.artifacts import read_json, read_table
from recursive_roar.devices import peak_memory_bytes
from recursive_roar.splits import SPLITS
from recursive_roar.steps.explain import explain_baseline
from recursive_roar.steps.round import retrain_round

BASE = {"examples": 1_000, "length": 32, "vocabulary": 8_000}
SIZES = {
    "examples": (500, 1_000, 2_000, 4_000, 8_000),
    "length": (16, 32, 64, 128, 256),
    "vocabulary": (1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000),
}
OTHER_SPLITS = 8  # one validation and one test example for so many training examples
EPOCHS = 2
MASKING = {"ladder": "relative", "value": 10}
RANDOM = {"path": "recursive_roar.explain.random:Random", "arguments": {}, "stochastic": True}
RANDOM |= {"needs_model": False, "target": "gold", "declared": {}}
GRADIENT = {"path": "recursive_roar.explain.gradient:Gradient", "arguments": {}, "stochastic": False}
GRADIENT |= {"needs_model": True, "target": "gold", "declared": {}}


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Slope of the line through logarithms: 1 where cost is proportional to size, 0 where it is constant."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def shape(length: int, vocabulary: int) -> Shape:
    """SST's model on texts of one length."""
    return replace(SHAPES["sst"], mean_length=length, longest=length, spread=0, vocabulary=vocabulary)


def grow(axis: str, sizes: Sequence[int], base: dict[str, int]) -> list[dict[str, object]]:
    """A row a size, with the exponents of all."""
    points = [point(**{**base, axis: size}) for size in sizes]
    seconds, memory = (exponent(sizes, [row[cost] for row in points]) for cost in ("cpu_seconds", "memory_mb"))
    exponents = {"exponent": seconds, "memory_exponent": memory}
    return [{"axis": axis, "size": size, **row, **exponents} for size, row in zip(sizes, points, strict=True)]


def point(examples: int, length: int, vocabulary: int) -> dict[str, float]:
    """What a round of these sizes trains on and takes; the model is weights, gradients, moments and best weights."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(folder, examples, length, vocabulary)
        command = [sys.executable, __file__, str(folder), str(length), str(vocabulary)]
        costs = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
        phases = read_json(folder / "round/metrics.json")["seconds"]
        explained = read_table(folder / "round/importance/train.parquet")["importance"]
    return {
        "training_tokens": sum(map(len, explained)),
        "model_mb": 6
        * 4
        * sum(parameter.numel() for parameter in classifier(shape(length, vocabulary)).parameters())
        / 2**20,
        **costs,
        "of_that_training": phases["train"],
        "of_that_explaining": phases["explain"],
    }


def prepare(folder: Path, examples: int, length: int, vocabulary: int) -> None:
    """Write what a round starts from: tokens and random importance."""
    chosen = shape(length, vocabulary)
    others = dict.fromkeys(SPLITS, examples // OTHER_SPLITS)
    write_tokens(chosen, {**others, "train": examples}, folder / "tokens")
    training, under = settings(chosen, EPOCHS), conditions(folder / "state")
    explain_baseline(RANDOM, training, folder / "tokens", folder, 0, under, folder / "importance")


def run(folder: Path, length: int, vocabulary: int) -> dict[str, float]:
    """Costs of a round in this process."""
    importance = [str(folder / f"importance/{split}.parquet") for split in SPLITS]
    training, under = settings(shape(length, vocabulary), EPOCHS), conditions(folder / "state")
    memory, start, cpu = _memory_mb(), time.perf_counter(), time.process_time()
    retrain_round(MASKING, training, GRADIENT, folder / "tokens", importance, [], 1, 0, under, folder / "round")
    cpu_seconds, seconds = time.process_time() - cpu, time.perf_counter() - start
    return {"memory_mb": _memory_mb() - memory, "cpu_seconds": cpu_seconds, "seconds": seconds}


def _memory_mb() -> float:
    return peak_memory_bytes(torch.device("cpu")) / 2**20


def main() -> None:
    record("growth", [row for axis, sizes in SIZES.items() for row in grow(axis, sizes, BASE)])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
    else:
        main()
