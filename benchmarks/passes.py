"""How large a pass of explaining should be, and whether freed memory should be kept: `python benchmarks/passes.py`.

Each cell runs in a process of its own, in turn with the others, so that noise of the machine meets all alike.
"""

import json
import resource
import statistics
import subprocess
import sys
import time

import torch
from record import record
from shapes import SHAPES, classifier, split

from recursive_roar.devices import keep_freed_memory
from recursive_roar.explain.extract import extract_importance
from recursive_roar.explain.integrated_gradient import IntegratedGradient

EXAMPLES = {"sst": 2000, "imdb": 200, "babi-1": 1000, "babi-3": 150}
TOKENS = (1024, 4096, 16_384, 65_536)
REPEATS = 3


def measure(name: str, tokens: int, keep: bool) -> None:
    """Print seconds and peak memory in MB of three steps of integrated gradient on one thread."""
    torch.set_num_threads(1)
    if keep:
        keep_freed_memory()
    shape = SHAPES[name]
    data, model = split(shape, EXAMPLES[name]), classifier(shape)
    start = time.perf_counter()
    extract_importance(IntegratedGradient(3), model, data, "gold", tokens, torch.device("cpu"))
    seconds = time.perf_counter() - start
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def main() -> None:
    cells = [(name, tokens, keep) for name in EXAMPLES for tokens in TOKENS for keep in (False, True)]
    found: dict[tuple[str, int, bool], list[list[float]]] = {cell: [] for cell in cells}
    for _ in range(REPEATS):
        for name, tokens, keep in cells:
            command = [sys.executable, __file__, name, str(tokens), str(int(keep))]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            found[name, tokens, keep].append(json.loads(output))
    rows = [
        {
            "shape": name,
            "tokens_per_pass": tokens,
            "freed_memory_kept": keep,
            "examples_per_second": 3 * EXAMPLES[name] / statistics.median(seconds for seconds, _ in runs),
            "peak_memory_mb": max(memory for _, memory in runs),
        }
        for (name, tokens, keep), runs in found.items()
    ]
    record("passes", rows)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], int(sys.argv[2]), bool(int(sys.argv[3])))
    else:
        main()
