"""How long trainings and explanations take, from those that were measured.

Time is taken to be proportional to tokens (times epochs of a training) within one kind of device, model and sizes: from
runs on the same dataset where there are any, else from runs on others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from recursive_roar import plan
from recursive_roar.artifacts import read_json
from recursive_roar.catalog.models import FAMILIES, WORD_TOKENIZER
from recursive_roar.config import Study
from recursive_roar.forecast.sizes import Size, counted_size, size
from recursive_roar.forecast.work import chain_length, explanations, trainings

Kind = Literal["gpu", "cpu"]
FOLDERS = {
    "baseline/*/*/seed*": (1, 2, None),
    "fully-masked/*/*/seed*": (1, 2, None),
    "*roar/*/*/*/*/seed*/round*": (2, 3, 4),
}
"""Folders of trainings under one of results, with where dataset, model and explainer stand in the path."""


@dataclass(frozen=True)
class Measured:
    """A finished training and what it took, with its own explaining if a later round builds on it."""

    kind: Kind
    device: str
    dataset: str
    model: str
    explainer: str | None
    sizes: tuple[Any, ...]
    tokens: Size
    epochs: int
    training: float  # seconds, predicting and masking among them
    explaining: float  # seconds; 0 where no later round builds on it


def measured(study: Study) -> list[Measured]:
    """Every finished training under the study's results and the folders of other results that it names."""
    return [found for folder in (study.results, *study.compute.measured) for found in _in_folder(Path(folder))]


def kind_of(device: str) -> Kind:
    """The kind of a device that metrics name."""
    return "gpu" if device.startswith("cuda") else "cpu"


def seconds_of(metrics: dict[str, Any]) -> tuple[float, float]:
    """Seconds of a training, whether it was interrupted or not, and of explaining in the same process."""
    phases = metrics["seconds"]
    epochs = sum(epoch["seconds"] for epoch in metrics["epochs"])
    others = sum(seconds for phase, seconds in phases.items() if phase not in ("train", "explain"))
    return epochs + others, phases.get("explain", 0.0)


class Clock:
    """Forecasts seconds from runs on one kind of device; None where nothing comparable was measured."""

    def __init__(self, study: Study, runs: Sequence[Measured]) -> None:
        self.study = study
        self.runs = runs

    def training(self, dataset: str, model: str) -> float | None:
        """Seconds of one training."""
        tokens, epochs = size(self.study, dataset, model), self.study.fitting(dataset, model).recipe.epochs
        runs = self._comparable(dataset, model)
        rate = _ratio((run.training, run.tokens.train * run.epochs) for run in runs)
        return None if rate is None or tokens is None else rate * tokens.train * epochs

    def explaining(self, dataset: str, model: str, explainer: str) -> float | None:
        """Seconds of explaining all splits once."""
        if not self.study.explainer(explainer).known.needs_model:
            return 0.0
        tokens = size(self.study, dataset, model)
        runs = [run for run in self.runs if run.explainer == explainer and run.explaining]
        rate = _ratio((run.explaining, run.tokens.every) for run in self._comparable(dataset, model, runs))
        return None if rate is None or tokens is None else rate * tokens.every

    def total(self) -> tuple[float | None, list[str]]:
        """Seconds of everything that can be forecast (None if nothing can), and what is not in it."""
        known: list[float] = []
        unknown: list[str] = []
        for (dataset, model), count in trainings(self.study).items():
            _sort(self.training(dataset, model), count, f"training {model} on {dataset}", known, unknown)
        for (dataset, model, explainer), count in explanations(self.study).items():
            label = f"explaining {model} on {dataset} by {explainer}"
            _sort(self.explaining(dataset, model, explainer), count, label, known, unknown)
        return (sum(known) if any(known) else None), unknown

    def longest_chain(self) -> float | None:
        """Seconds of the trainings and explanations that must follow one another; None if some are unknown."""
        chains = {
            (cell.dataset, cell.model, cell.explainer, chain_length(self.study, cell))
            for cell in plan.cells(self.study)
        }
        seconds = [self._chain(*chain) for chain in chains]
        return None if None in seconds else max(each for each in seconds if each is not None)

    def _chain(self, dataset: str, model: str, explainer: str, length: int) -> float | None:
        training, explaining = self.training(dataset, model), self.explaining(dataset, model, explainer)
        return None if training is None or explaining is None else length * training + (length - 1) * explaining

    def _comparable(self, dataset: str, model: str, among: Sequence[Measured] | None = None) -> list[Measured]:
        """Runs of the model in the same sizes: on the same dataset if there are any, else on others."""
        sizes = self.study.fitting(dataset, model).architecture
        wanted = (sizes.embedding_width, sizes.hidden_width) if sizes else ()
        runs = self.runs if among is None else among
        fitting = [run for run in runs if (run.model, run.sizes) == (model, wanted)]
        return [run for run in fitting if run.dataset == dataset] or fitting


def _in_folder(results: Path) -> Iterator[Measured]:
    for pattern, places in FOLDERS.items():
        for path in sorted(results.glob(f"{pattern}/metrics.json")):
            parts = path.relative_to(results).parts
            dataset, model, explainer = (None if place is None else parts[place] for place in places)
            tokenizer = WORD_TOKENIZER if model in FAMILIES else model
            tokens = counted_size(results / f"tokens/{dataset}/{tokenizer}")
            if tokens is not None:
                yield _measured(read_json(path), str(dataset), str(model), explainer, tokens)


def _measured(metrics: dict[str, Any], dataset: str, model: str, explainer: str | None, tokens: Size) -> Measured:
    sizes, (training, explaining) = metrics["settings"]["architecture"], seconds_of(metrics)
    return Measured(
        kind=kind_of(metrics["device"]),
        device=metrics["device"],
        dataset=dataset,
        model=model,
        explainer=explainer,
        sizes=tuple(sizes[key] for key in ("embedding_width", "hidden_width") if key in sizes),
        tokens=tokens,
        epochs=len(metrics["epochs"]),
        training=training,
        explaining=explaining,
    )


def _ratio(pairs: Iterable[tuple[float, float]]) -> float | None:
    """Sum of the first over sum of the second; None of nothing."""
    seconds, amounts = 0.0, 0.0
    for each, amount in pairs:
        seconds, amounts = seconds + each, amounts + amount
    return seconds / amounts if amounts else None


def _sort(seconds: float | None, count: int, label: str, known: list[float], unknown: list[str]) -> None:
    if seconds is None:
        unknown.append(label)
    else:
        known.append(count * seconds)
