"""A training of this package beside the plain one, on two threads: `python benchmarks/round.py`.

Both train for one epoch on the same made-up examples, in turn; the plain loop has its data loader processes besides.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from plain import train_plainly, write_pickle
from record import record
from shapes import SHAPES, Shape, classifier, recipe, split

from recursive_roar.devices import keep_freed_memory
from recursive_roar.training import train

EXAMPLES = {"sst": 3200, "imdb": 480, "babi-1": 4000}
TARGETS = {"sst": 3, "imdb": 3, "babi-1": 2}
REPEATS = 3
THREADS = WORKERS = 2


def compare(shape: Shape, folder: Path) -> dict[str, object]:
    """Median seconds of both, and their ratio."""
    examples = EXAMPLES[shape.name]
    splits = {"train": split(shape, examples), "validation": split(shape, examples // 8, seed=1)}
    for name, data in splits.items():
        write_pickle(data, folder / name)
    cpu = torch.device("cpu")
    runs: dict[str, Callable[[], object]] = {
        "plain": lambda: train_plainly(shape, folder / "train", folder / "validation", 1, WORKERS),
        "ours": lambda: train(classifier(shape), splits["train"], splits["validation"], recipe(shape, 1), 0, cpu),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(REPEATS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    plain, ours = (statistics.median(seconds[name]) for name in ("plain", "ours"))
    return {
        "shape": shape.name,
        "examples": examples,
        "plain_seconds": plain,
        "our_seconds": ours,
        "ratio": plain / ours,
        "target": TARGETS[shape.name],
    }


def main() -> None:
    torch.set_num_threads(THREADS)
    keep_freed_memory()
    with tempfile.TemporaryDirectory() as folder:
        record("round", [compare(shape, Path(folder)) for shape in (SHAPES[name] for name in EXAMPLES)])


if __name__ == "__main__":
    main()
