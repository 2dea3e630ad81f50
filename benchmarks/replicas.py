"""Three ways to train several seeds at a time, beside one training that has the machine.

`python benchmarks/replicas.py`: processes side by side, each on its share of the cores; threads of one process; one
program of stacked weights, in which every operation serves all seeds. On a CPU there are as many seeds as cores, on a
GPU (`--device cuda`) eight.
"""

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from record import record
from shapes import SHAPES, Shape, classifier, recipe, split
from torch import Tensor, nn

from recursive_roar.data.batches import Split
from recursive_roar.devices import keep_freed_memory, prepare_determinism
from recursive_roar.optimizer import Adam
from recursive_roar.training import train

EXAMPLES = {"sst": 3200, "babi-1": 4000}
REPEATS = 3


class StackedLSTM(nn.Module):
    """One direction of as many LSTMs as there are seeds, [seeds, ...] in front of every weight."""

    def __init__(self, seeds: int, width: int, hidden: int) -> None:
        super().__init__()
        bound = hidden**-0.5
        self.input = nn.Parameter(torch.empty(seeds, width, 4 * hidden).uniform_(-bound, bound))
        self.recurrent = nn.Parameter(torch.empty(seeds, hidden, 4 * hidden).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(seeds, 1, 4 * hidden))

    def forward(self, embedded: Tensor) -> Tensor:
        """[seeds, batch, tokens, width] to [seeds, batch, tokens, hidden]."""
        seeds, batch, tokens, width = embedded.shape
        gates = torch.baddbmm(self.bias, embedded.reshape(seeds, batch * tokens, width), self.input)
        gates = gates.view(seeds, batch, tokens, -1)
        hidden = gates.new_zeros(seeds, batch, self.recurrent.shape[1])
        cell, states = torch.zeros_like(hidden), []
        for step in range(tokens):
            ingate, forget, candidate, output = torch.baddbmm(gates[:, :, step], hidden, self.recurrent).chunk(4, -1)
            cell = forget.sigmoid() * cell + ingate.sigmoid() * candidate.tanh()
            hidden = output.sigmoid() * cell.tanh()
            states.append(hidden)
        return torch.stack(states, 2)


class StackedClassifier(nn.Module):
    """The single-sequence classifier for several seeds at a time; a partner is left out, which favours it."""

    def __init__(self, shape: Shape, seeds: int) -> None:
        super().__init__()
        width, hidden = shape.embedding_width, shape.hidden_width
        self.embedding = nn.Parameter(torch.randn(seeds, shape.vocabulary, width))
        self.directions = nn.ModuleList(StackedLSTM(seeds, width, hidden) for _ in range(2))
        self.attention_hidden = nn.Parameter(torch.randn(seeds, 2 * hidden, hidden) * hidden**-0.5)
        self.attention_score = nn.Parameter(torch.randn(seeds, hidden, 1) * hidden**-0.5)
        self.decoder = nn.Parameter(torch.randn(seeds, 2 * hidden, shape.classes) * hidden**-0.5)

    def forward(self, ids: Tensor) -> Tensor:
        """Token ids [seeds, batch, tokens] to logits [seeds, batch, classes]."""
        seeds, batch, tokens = ids.shape
        embedded = self.embedding[torch.arange(seeds, device=ids.device)[:, None, None], ids]
        ahead, back = self.directions[0](embedded), self.directions[1](embedded.flip(2)).flip(2)
        states = torch.cat([ahead, back], -1).view(seeds, batch * tokens, -1)
        scores = torch.tanh(states @ self.attention_hidden) @ self.attention_score
        weights = scores.view(seeds, batch, tokens).masked_fill(ids == 0, -1e9).softmax(-1)
        context = torch.einsum("sbt,sbtw->sbw", weights, states.view(seeds, batch, tokens, -1))
        return context @ self.decoder


def train_one(shape: Shape, data: Split, seed: int, device: str) -> None:
    validation = split(shape, len(data) // 8, seed=1)
    train(classifier(shape, seed), data, validation, recipe(shape, 1), seed, torch.device(device))


def train_stacked(shape: Shape, data: Split, seeds: int, device: str) -> None:
    model = StackedClassifier(shape, seeds).to(device)
    optimizer = Adam([{"params": list(model.parameters()), "weight_decay": 1e-5}], recipe(shape, 1), total_steps=1)
    orders = [data.shuffled_batches(shape.batch_size, torch.Generator().manual_seed(seed)) for seed in range(seeds)]
    for batches in zip(*orders, strict=True):
        longest, size = max(batch.input_ids.shape[1] for batch in batches), min(len(b.labels) for b in batches)
        ids = torch.stack(
            [nn.functional.pad(b.input_ids[:size], (0, longest - b.input_ids.shape[1])) for b in batches]
        ).to(device)
        labels = torch.stack([batch.labels[:size] for batch in batches]).to(device)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(ids).flatten(0, 1), labels.flatten()).backward()
        optimizer.step()


def worker(shape: Shape, data: Split, seed: int, device: str, threads: int, barrier: Any) -> None:
    prepare_determinism(threads)
    keep_freed_memory()
    train_one(shape, split(shape, 4 * shape.batch_size), seed, device)
    barrier.wait()
    train_one(shape, data, seed, device)
    barrier.wait()


def in_processes(shape: Shape, data: Split, seeds: int, device: str) -> float:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(seeds + 1)
    threads = max(1, (os.cpu_count() or 1) // seeds)
    started = [
        context.Process(target=worker, args=(shape, data, seed, device, threads, barrier)) for seed in range(seeds)
    ]
    for process in started:
        process.start()
    barrier.wait()
    start = time.perf_counter()
    barrier.wait()
    seconds = time.perf_counter() - start
    for process in started:
        process.join()
    return seconds


def timed(threads: int, run: Callable[[], object]) -> float:
    prepare_determinism(threads)
    start = time.perf_counter()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def in_threads(shape: Shape, data: Split, seeds: int, device: str) -> float:
    def run() -> None:
        with ThreadPoolExecutor(seeds) as pool:
            list(pool.map(lambda seed: train_one(shape, data, seed, device), range(seeds)))

    return timed(max(1, (os.cpu_count() or 1) // seeds), run)


def compare(shape: Shape, seeds: int, device: str) -> list[dict[str, object]]:
    """Examples per second of all seeds together, and how many times that of one training."""
    data, cores = split(shape, EXAMPLES[shape.name]), os.cpu_count() or 1
    ways: dict[str, tuple[int, Callable[[], float]]] = {
        "one training": (1, lambda: timed(cores, lambda: train_one(shape, data, 0, device))),
        "processes": (seeds, lambda: in_processes(shape, data, seeds, device)),
        "threads": (seeds, lambda: in_threads(shape, data, seeds, device)),
        "stacked weights": (seeds, lambda: timed(cores, lambda: train_stacked(shape, data, seeds, device))),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(REPEATS):
        for name, (_, run) in ways.items():
            seconds[name].append(run())
    speed = {name: ways[name][0] * len(data) / statistics.median(seconds[name]) for name in ways}
    return [
        {
            "shape": shape.name,
            "way": name,
            "seeds": ways[name][0],
            "cores": cores,
            "examples_per_second": speed[name],
            "ratio": speed[name] / speed["one training"],
        }
        for name in ways
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    device = parser.parse_args().device
    seeds = 8 if device == "cuda" else os.cpu_count() or 1
    keep_freed_memory()
    record(f"replicas_{device}", [row for name in EXAMPLES for row in compare(SHAPES[name], seeds, device)], device)


if __name__ == "__main__":
    main()
