"""How explaining grows with length and with steps, on one thread: `python benchmarks/explainer_growth.py`.

Each cell runs in a process of its own: texts of one length, explained by integrated gradient.
"""

import json
import resource
import subprocess
import sys
import time
from dataclasses import replace

import torch
from record import record
from shapes import SHAPES, split, untrained

from recursive_roar.devices import keep_freed_memory, usual_pass_tokens
from recursive_roar.explain.extract import extract_importance
from recursive_roar.explain.integrated_gradient import IntegratedGradient

TOKENS_EXPLAINED = {"sst": 8_192, "imdb-minilm": 512}
CELLS = [  # shape, words of each text, steps
    *(("sst", length, 10) for length in (32, 128, 512)),
    *(("sst", 512, steps) for steps in (30, 100)),
    *(("imdb-minilm", length, 10) for length in (32, 128, 512)),
    *(("imdb-minilm", 512, steps) for steps in (30, 100, 1000)),
]


def measure(name: str, length: int, steps: int) -> None:
    """Print tokens per second and the peak memory in MB."""
    torch.set_num_threads(1)
    keep_freed_memory()
    shape = replace(SHAPES[name], mean_length=length, longest=length, spread=0)
    model, data = untrained(shape), split(shape, TOKENS_EXPLAINED[name] // length)
    tokens = int(model.pass_share * usual_pass_tokens(torch.device("cpu")))
    start = time.perf_counter()
    extract_importance(IntegratedGradient(steps), model, data, "gold", tokens, torch.device("cpu"))
    speed = TOKENS_EXPLAINED[name] / (time.perf_counter() - start)
    print(json.dumps([speed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def row(name: str, length: int, steps: int) -> dict[str, object]:
    command = [sys.executable, __file__, name, str(length), str(steps)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    speed, memory = json.loads(output)
    return {
        "shape": name,
        "tokens_of_a_text": length,
        "steps": steps,
        "tokens_per_second": speed,
        "tokens_times_steps_per_second": speed * steps,
        "peak_mb": memory,
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        record("explainer_growth", [row(*cell) for cell in CELLS])
