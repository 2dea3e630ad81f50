"""How long trainings and explanations take, from those that were measured.

Time is taken to be proportional to tokens (times epochs of a training) within one kind of device, model and sizes: from
what was measured on the same dataset where anything was, else from others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from recursive_roar.artifacts import read_json
from recursive_roar.catalog.models import WORD_TOKENIZER
from recursive_roar.config import Study
from recursive_roar.forecast.benchmarks import FOLDER, read_benchmark
from recursive_roar.forecast.sizes import Size, counted_size, size
from recursive_roar.forecast.work import cells, chain_length, explained, explanations, trainings
from recursive_roar.splits import SPLITS

Kind = Literal["gpu", "cpu"]
FOLDERS = {
    "baseline/*/*/seed*": (1, 2, None),
    "fully-masked/*/*/seed*": (1, 2, None),
    "*roar/*/*/*/*/seed*/round*": (2, 3, 4),
}
"""Folders of trainings under one of results, with where dataset, model and explainer stand in the path."""


@dataclass(frozen=True)
class Measured:
    """Seconds of a training, or of explaining, and what they were spent on."""

    kind: Kind
    device: str
    dataset: str
    model: str
    sizes: tuple[Any, ...]
    explainer: str | None  # None: seconds of a training, predicting and masking among them
    seconds: float
    tokens: float  # of a training, times its epochs
    whole_job: bool = False  # whether starting a process and loading the model are among the seconds


def measured(study: Study) -> list[Measured]:
    """What was measured under the study's results and the folders of other results that it names."""
    folders = [Path(folder) for folder in (study.results, *study.compute.measured)]
    return [found for folder in folders for found in (*_trainings_in(folder), *_jobs_in(folder))]


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
        rate = self._rate(dataset, model, None)
        return None if rate is None or tokens is None else rate * tokens.train * epochs

    def explaining(self, dataset: str, model: str, explainer: str) -> float | None:
        """Seconds of explaining every split that the study wants explained once."""
        if not self.study.explainer(explainer).known.needs_model:
            return 0.0
        tokens, rate = size(self.study, dataset, model), self._rate(dataset, model, explainer)
        return None if rate is None or tokens is None else rate * tokens.of(self.study.explain_splits)

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
            (cell.dataset, cell.model, cell.explainer, chain_length(self.study, cell), explained(self.study, cell))
            for cell in cells(self.study)
        }
        seconds = [self._chain(*chain) for chain in chains]
        return None if None in seconds else max(each for each in seconds if each is not None)

    def _chain(self, dataset: str, model: str, explainer: str, trained: int, explained: int) -> float | None:
        training, explaining = self.training(dataset, model), self.explaining(dataset, model, explainer)
        return None if training is None or explaining is None else trained * training + explained * explaining

    def _rate(self, dataset: str, model: str, explainer: str | None) -> float | None:
        """Seconds a token, of a training where `explainer` is None; None where nothing comparable was measured."""
        runs = self._comparable(dataset, model, explainer)
        tokens = sum(run.tokens for run in runs)
        return sum(run.seconds for run in runs) / tokens if tokens else None

    def _comparable(self, dataset: str, model: str, explainer: str | None) -> list[Measured]:
        """Of the model in the same sizes: on the same dataset if there are any, whole jobs where nothing else is."""
        sizes = self.study.fitting(dataset, model).architecture
        wanted = (sizes.embedding_width, sizes.hidden_width) if sizes else ()
        runs = [run for run in self.runs if (run.model, run.sizes, run.explainer) == (model, wanted, explainer)]
        runs = [run for run in runs if run.dataset == dataset] or runs
        return [run for run in runs if not run.whole_job] or runs


def _trainings_in(results: Path) -> Iterator[Measured]:
    """Finished trainings, each with its own explaining if a later round builds on it."""
    for pattern, places in FOLDERS.items():
        for path in sorted(results.glob(f"{pattern}/metrics.json")):
            parts = path.relative_to(results).parts
            dataset, model, explainer = (None if place is None else parts[place] for place in places)
            metrics = read_json(path)
            tokens = _tokens(results, str(dataset), str(model), metrics)
            if tokens is not None:
                training = _training(metrics, str(dataset), str(model), tokens)
                yield training
                if explaining := seconds_of(metrics)[1]:
                    yield replace(training, explainer=explainer, seconds=explaining, tokens=tokens.every)


def _jobs_in(results: Path) -> Iterator[Measured]:
    """Explanations of baselines, of the splits that lie there."""
    for path in sorted(results.glob(f"{FOLDER}/*/*/seed*/*.tsv")):
        dataset, model, seed = path.parts[-4:-1]
        baseline = results / "baseline" / dataset / model / seed
        splits = [split for split in SPLITS if (baseline / f"importance/{path.stem}/{split}.parquet").is_file()]
        if not splits or not (baseline / "metrics.json").is_file():
            continue
        metrics = read_json(baseline / "metrics.json")
        tokens = _tokens(results, dataset, model, metrics)
        if tokens is not None:
            training = _training(metrics, dataset, model, tokens)
            seconds = float(read_benchmark(path)["s"])
            yield replace(training, explainer=path.stem, seconds=seconds, tokens=tokens.of(splits), whole_job=True)


def _tokens(results: Path, dataset: str, model: str, metrics: dict[str, Any]) -> Size | None:
    """In words, or in the subwords of a model that brought its own."""
    tokenizer = model if "pretrained" in metrics["settings"]["architecture"] else WORD_TOKENIZER
    return counted_size(results / f"tokens/{dataset}/{tokenizer}")


def _training(metrics: dict[str, Any], dataset: str, model: str, tokens: Size) -> Measured:
    sizes = metrics["settings"]["architecture"]
    return Measured(
        kind=kind_of(metrics["device"]),
        device=metrics["device"],
        dataset=dataset,
        model=model,
        sizes=tuple(sizes[key] for key in ("embedding_width", "hidden_width") if key in sizes),
        explainer=None,
        seconds=seconds_of(metrics)[0],
        tokens=tokens.train * len(metrics["epochs"]),
    )


def _sort(seconds: float | None, count: int, label: str, known: list[float], unknown: list[str]) -> None:
    if seconds is None:
        unknown.append(label)
    else:
        known.append(count * seconds)
