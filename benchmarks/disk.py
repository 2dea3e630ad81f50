"""What the SST row of the published table leaves on disk, and the memory of a round: `python benchmarks/disk.py`.

Each kind of file is made for real by the workflow's own steps, on made-up data of SST's shape and size, and counted as
often as the row needs it. Beside it what the published code keeps: for every training a checkpoint with the state of
its optimiser and the masked dataset as a pickle of Python lists. Memory is the peak of a process of a round above
what the same process held after a round of a few texts of ten words, which loads all code; model means weights,
gradients, moments and best weights, data the three splits in memory.
"""

import io
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from plain import write_pickle
from record import record
from shapes import SHAPES, Shape, classifier, conditions, settings, split, write_tokens

from recursive_roar.data.tokens import Tokens
from recursive_roar.devices import peak_memory_bytes
from recursive_roar.steps.baseline import train_baseline, train_fully_masked
from recursive_roar.steps.explain import explain_baseline
from recursive_roar.steps.round import retrain_round

SHAPE = SHAPES["sst"]
EXAMPLES = {"train": 6579, "validation": 848, "test": 1776}
SMALL = replace(SHAPE, mean_length=10, longest=10, vocabulary=10, embedding_width=2, hidden_width=2)
FEW_EXAMPLES = dict.fromkeys(EXAMPLES, 8)
SEEDS, MEASURES, ROUNDS = 5, 4, 9  # measures besides random; rounds that mask a part
TRAININGS = SEEDS * (2 + (MEASURES + 1) * ROUNDS)
EXPLAINING = {"path": "recursive_roar.explain.gradient:Gradient", "arguments": {}, "stochastic": False}
EXPLAINING |= {"needs_model": True, "target": "gold", "declared": {}}
MASKING = {"ladder": "relative", "value": 10}


def size(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def first_steps(shape: Shape, examples: dict[str, int], folder: Path) -> None:
    """Tokens, the baseline of one epoch and its importance."""
    write_tokens(shape, examples, folder / "tokens")
    training, under, tokens = settings(shape, 1), conditions(folder / "state"), folder / "tokens"
    train_baseline(training, tokens, 0, under, folder / "baseline")
    model = folder / "baseline/model.safetensors"
    explain_baseline(EXPLAINING, training, tokens, model, 0, under, folder / "importance")


def one_round(shape: Shape, folder: Path, name: str, explaining: dict[str, object] | None) -> Path:
    """A round of one epoch after `first_steps`, with importance for a next one if asked for."""
    importance = [str(folder / f"importance/{split}.parquet") for split in EXAMPLES]
    output = folder / name
    training, under = settings(shape, 1), conditions(folder / "state")
    retrain_round(MASKING, training, explaining, folder / "tokens", importance, [], 1, 0, under, output)
    return output


def ours(folder: Path) -> int:
    """Bytes of the row as this project leaves it."""
    first_steps(SHAPE, EXAMPLES, folder)
    tokens = folder / "tokens"
    train_fully_masked(settings(SHAPE, 1), tokens, 0, conditions(folder / "state"), folder / "full")
    explained, last = one_round(SHAPE, folder, "round", EXPLAINING), one_round(SHAPE, folder, "last", None)
    a_seed = size(folder / "baseline") + size(folder / "full") + (MEASURES + 1) * size(folder / "importance")
    a_seed += MEASURES * ((ROUNDS - 1) * size(explained) + size(last)) + ROUNDS * size(last)
    return size(tokens) + SEEDS * a_seed


def theirs(folder: Path) -> int:
    """Bytes of the row as masked datasets and checkpoints."""
    data = [split(SHAPE, number, seed) for seed, number in enumerate(EXAMPLES.values())]
    for number, each in enumerate(data):
        write_pickle(each, folder / f"pickle{number}")
    model = classifier(SHAPE)
    optimizer = torch.optim.Adam(model.parameters(), amsgrad=True)
    sum(parameter.sum() for parameter in model.parameters()).backward()
    optimizer.step()
    checkpoint = io.BytesIO()
    torch.save({"state_dict": model.state_dict(), "optimizer": optimizer.state_dict()}, checkpoint)
    pickles = sum((folder / f"pickle{number}").stat().st_size for number in range(len(data)))
    return TRAININGS * (pickles + checkpoint.tell())


def memory(folder: Path) -> dict[str, float]:
    """Peak of a round's process above that of a small round, beside model and data, MB."""
    command = [sys.executable, __file__, str(folder)]
    peak, small = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    model = 6 * 4 * sum(parameter.numel() for parameter in classifier(SHAPE).parameters())
    splits = Tokens.read(folder / "tokens").splits.values()
    columns = [column for each in splits for column in (each.input_ids, each.maskable)]
    data = sum(column.values.nbytes + column.offsets.nbytes for column in columns)
    return {
        "peak_mb": peak,
        "small_round_mb": small,
        "model_mb": model / 2**20,
        "data_mb": data / 2**20,
        "memory_ratio": (peak - small) / ((model + data) / 2**20),
        "memory_target": 2.0,
    }


def peak_mb() -> float:
    return peak_memory_bytes(torch.device("cpu")) / 2**20


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        kept, stored = ours(folder), theirs(folder)
        row = {
            "trainings": TRAININGS,
            "our_mb": kept / 2**20,
            "stored_mb": stored / 2**20,
            "ratio": stored / kept,
            "target": 50,
            **memory(folder),
        }
    record("disk", [row])


def print_peaks(folder: Path) -> None:
    """Peak of this process after a round of the shape, and before it, after a small one."""
    first_steps(SMALL, FEW_EXAMPLES, folder / "small")
    one_round(SMALL, folder / "small", "again", EXPLAINING)
    small = peak_mb()
    one_round(SHAPE, folder, "again", EXPLAINING)
    print(json.dumps([peak_mb(), small]))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print_peaks(Path(sys.argv[1]))
    else:
        main()
