"""The least that a round can cost, beside what it costs: `python benchmarks/floor.py`.

Least: floating-point operations of the matrix products and bytes that the optimiser moves, at the rates of this machine
on one thread, both measured here. Real: seconds of one epoch by phase, one process a shape, on made-up data of the
shapes of the published tasks.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from record import record
from shapes import SHAPES, Shape, recipe, split, untrained, write_tokens
from torch.nn import functional

from recursive_roar.data.batches import Batch

EXAMPLES = {"sst": 3200, "imdb": 480, "babi-1": 4000, "babi-3": 500, "imdb-minilm": 32}
VALIDATION = 8  # one validation example for so many training examples
REPEATS = 3
ACCESSES = {"amsgrad": 9, "adamw": 7}  # reads of weight, gradient and moments, writes of weight and moments


def products(shape: Shape, batch: Batch) -> int:
    """Floating-point operations of a forward pass, a multiplication and an addition each; padding counts."""
    (texts, longest), hidden, width = batch.input_ids.shape, shape.hidden_width, shape.embedding_width
    if shape.layers:  # queries, keys, values and their outcome; scores and weighted sums; feed forward
        a_token = 2 * (4 * width * width + 2 * longest * width + 2 * width * hidden)
        return texts * longest * shape.layers * a_token
    lstm = 2 * 2 * 4 * hidden * (width + hidden)  # two directions
    attention = 2 * (2 * hidden * hidden + hidden + 2 * hidden)
    partner = 0 if batch.pair_ids is None else batch.pair_ids.numel()
    return texts * longest * (lstm + attention) + partner * lstm


def rates(shape: Shape) -> tuple[float, float]:
    """Operations a second of a step's largest product, and bytes a second of a long in-place sum."""
    rows, inner = shape.batch_size, shape.hidden_width
    if shape.layers:  # the tokens of a batch at once, not place by place
        rows, inner = rows * shape.mean_length, shape.embedding_width
    states, weights = torch.randn(rows, inner), torch.randn(inner, 4 * inner)
    target, source = torch.zeros(2**24), torch.ones(2**24)
    product = 2 * states.numel() * weights.shape[1] / _seconds(lambda: states @ weights, -(-400_000 // rows))
    return product, 3 * 4 * target.numel() / _seconds(lambda: target.add_(source), 10)


def _seconds(run: Callable[[], object], times: int) -> float:
    """Of one run, at the best of several tries: a rate is what the machine can do, not what its neighbours leave."""
    run()
    tries = []
    for _ in range(7):
        start = time.perf_counter()
        for _ in range(times):
            run()
        tries.append(time.perf_counter() - start)
    return min(tries) / times


class Phases:
    """Seconds by phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def end(self, phase: str) -> None:
        """What passed since the last phase ended belongs to `phase`."""
        now = time.perf_counter()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - self._last
        self._last = now


def epoch(shape: Shape, tokens: Path, started: float) -> dict[str, float]:
    """One epoch of training, validation, explaining and writing."""
    phases = Phases()
    phases.seconds["start and imports"] = time.time() - started
    from recursive_roar.data.tokens import Tokens
    from recursive_roar.devices import keep_freed_memory, usual_pass_tokens
    from recursive_roar.explain.extract import extract_importance, prepare
    from recursive_roar.explain.gradient import Gradient
    from recursive_roar.optimizer import Adam
    from recursive_roar.training import predict

    torch.set_num_threads(1)
    keep_freed_memory()
    phases.end("start and imports")
    data, model, device = Tokens.read(tokens), untrained(shape), torch.device("cpu")
    tokens_a_pass = int(model.pass_share * usual_pass_tokens(device))
    optimizer = Adam(model.parameter_groups(1e-5), recipe(shape, 1), total_steps=1)
    phases.end("load")
    batches = data.splits["train"].shuffled_batches(recipe(shape, 1).batch_size, torch.Generator().manual_seed(0))
    for batch in batches:
        phases.end("batches")
        optimizer.zero_grad()
        loss = functional.cross_entropy(model.logits(batch), batch.labels)
        phases.end("forward")
        loss.backward()
        phases.end("backward")
        optimizer.step()
        phases.end("optimiser")
    predict(model, data.splits["validation"], usual_pass_tokens(device), device)
    phases.end("validation")
    explainer = Gradient()
    prepare(explainer, model, data.splits["train"], tokens_a_pass)
    importance = extract_importance(explainer, model, data.splits["train"], "gold", tokens_a_pass, device)
    phases.end("explaining (gradient)")
    _write(importance, tokens / "importance.parquet")
    phases.end("writing")
    return phases.seconds


def _write(importance: object, path: Path) -> None:
    import pyarrow as pa

    from recursive_roar.artifacts import write_table

    write_table(path, pa.table({"importance": importance.to_column(pa.float32())}))


def operations(shape: Shape) -> int:
    """Floating-point operations of the products of an epoch; backward takes twice as many as forward."""
    batches = split(shape, EXAMPLES[shape.name]).shuffled_batches(shape.batch_size, torch.Generator())
    return 3 * sum(products(shape, batch) for batch in batches)


def compare(shape: Shape, folder: Path) -> dict[str, object]:
    """The least and the real seconds of one epoch on one thread."""
    examples = EXAMPLES[shape.name]
    write_tokens(shape, {"train": examples, "validation": examples // VALIDATION, "test": 100}, folder)
    runs = [_in_a_process(shape, folder) for _ in range(REPEATS)]
    phases = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    multiplied = operations(shape)
    steps = -(-examples // shape.batch_size)
    moved = steps * ACCESSES[recipe(shape, 1).optimizer] * 4 * sum(p.numel() for p in untrained(shape).parameters())
    torch.set_num_threads(1)
    a_second, bytes_a_second = rates(shape)
    trained = sum(phases[name] for name in ("batches", "forward", "backward", "optimiser"))
    least = multiplied / a_second + moved / bytes_a_second
    return {
        "shape": shape.name,
        "examples": examples,
        "gigaflop": multiplied / 1e9,
        "gigabytes": moved / 1e9,
        "gigaflop_a_second": a_second / 1e9,
        "gigabytes_a_second": bytes_a_second / 1e9,
        "least_seconds": least,
        "training_seconds": trained,
        "ratio": trained / least,
        **phases,
    }


def _in_a_process(shape: Shape, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, shape.name, str(folder), str(time.time())]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    phases: dict[str, float] = json.loads(output)
    return phases


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        record("floor", [compare(SHAPES[name], Path(folder, name)) for name in EXAMPLES])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(epoch(SHAPES[sys.argv[1]], Path(sys.argv[2]), float(sys.argv[3]))))
    else:
        main()
