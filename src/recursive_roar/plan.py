"""What a study consists of: its cells, their runs, where files lie, and the settings that each step depends on.

Settings handed to a step hold exactly what its result depends on, so that an unrelated edit reruns nothing.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from recursive_roar.catalog.explainers import KnownExplainer
from recursive_roar.catalog.published import TABLE
from recursive_roar.config import Study
from recursive_roar.config.dataset import MIMIC_VECTORS
from recursive_roar.config.ladder import Amount
from recursive_roar.config.model import PARTS, Model
from recursive_roar.digest import code_digest, own_code_digest

REPORT = Path(__file__).parent / "report"
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Cell:
    """One explainer on one model, dataset and seed, under one protocol and ladder."""

    protocol: str
    ladder: str
    dataset: str
    model: str
    explainer: str
    seed: int


@dataclass(frozen=True)
class Run:
    """One training whose performance is a point of a cell's curve."""

    cell: Cell
    round: int
    amount: Amount
    metrics: Path

    @property
    def folder(self) -> Path:
        """Folder of everything the training left."""
        return self.metrics.parent

    @property
    def predictions(self) -> Path:
        """Logits on the test split."""
        return self.folder / "predictions/test.parquet"


def cell(wildcards: Any) -> Cell:
    """The cell that a path's wildcards name."""
    return Cell(
        wildcards.protocol,
        wildcards.ladder,
        wildcards.dataset,
        wildcards.model,
        wildcards.explainer,
        int(wildcards.seed),
    )


def cells(study: Study) -> Iterator[Cell]:
    """Every cell of a study."""
    for protocol in study.protocols:
        for ladder in study.ladders:
            for dataset in study.datasets:
                for model in study.models:
                    for explainer in study.explainers_of(model):
                        for seed in study.seeds:
                            yield Cell(protocol, ladder.name, dataset.name, model.name, explainer.name, seed)


def runs(study: Study, cell: Cell) -> Iterator[Run]:
    """The runs of a cell in order of round, from the baseline to the last."""
    ladder = study.ladder(cell.ladder)
    yield Run(cell, 0, Amount(ladder.name, 0), baseline(study, cell) / "metrics.json")
    for number, amount in ladder.amounts().items():
        yield Run(cell, number, amount, chain(study, cell) / f"round{number}" / "metrics.json")
    if ladder.ends_fully_masked:
        metrics = fully_masked(study, cell) / "metrics.json"
        yield Run(cell, len(ladder.amounts()) + 1, Amount(ladder.name, ladder.last), metrics)


def baseline(study: Study, cell: Cell) -> Path:
    """Folder of the training on unmasked data, shared by every explainer, protocol and ladder."""
    return Path(study.results, "baseline", cell.dataset, cell.model, f"seed{cell.seed}")


def fully_masked(study: Study, cell: Cell) -> Path:
    """Folder of the training on fully masked data, shared likewise."""
    return Path(study.results, "fully-masked", cell.dataset, cell.model, f"seed{cell.seed}")


def chain(study: Study, cell: Cell) -> Path:
    """Folder of a cell's rounds."""
    protocol = trained_under(study, cell)
    return Path(study.results, protocol, cell.ladder, cell.dataset, cell.model, cell.explainer, f"seed{cell.seed}")


def trained_under(study: Study, cell: Cell) -> str:
    """The protocol under which a cell's rounds are trained.

    An explainer that sees neither the model nor the training split gives the same masks under both protocols, so its
    rounds are trained once, under `roar`, as published.
    """
    return cell.protocol if study.explainer(cell.explainer).sees_masks else "roar"


def round_inputs(study: Study, cell: Cell, number: int) -> dict[str, list[str]]:
    """Files that a round's masking starts from: importance, and in later recursive rounds the earlier masks."""
    if cell.protocol == "roar" or number == 1:
        folder = baseline(study, cell) / "importance" / cell.explainer
        return {"importance": split_files(folder)}
    before = chain(study, cell) / f"round{number - 1}"
    return {"importance": split_files(before / "importance"), "masked_at": split_files(before / "masked_at")}


def split_files(folder: Path | str, splits: Iterable[str] = SPLITS) -> list[str]:
    """One Parquet file a split."""
    return [f"{folder}/{split}.parquet" for split in splits]


def metrics_files(study: Study) -> list[str]:
    """Metrics of every training of a study, each once."""
    return sorted({str(run.metrics) for cell in cells(study) for run in runs(study, cell)})


def importance_files(study: Study) -> list[str]:
    """What a study without rounds is run for; in any other, rounds ask for the importance that they need."""
    if study.protocols:
        return []
    folder = f"{study.results}/baseline"
    return [
        file
        for dataset, model, seed in product(study.datasets, study.models, study.seeds)
        for explainer in study.explainers_of(model)
        for file in split_files(
            f"{folder}/{dataset.name}/{model.name}/seed{seed}/importance/{explainer.name}", study.explain_splits
        )
    ]


def predictions_files(study: Study) -> list[str]:
    """Predictions of every training of a study, each once."""
    return sorted({str(run.predictions) for cell in cells(study) for run in runs(study, cell)})


def test_tokens(study: Study, dataset: str, model: str) -> str:
    """The tokenised test split, which holds the labels."""
    return token_files(study, dataset, model)[SPLITS.index("test")]


def figure_files(study: Study) -> list[str]:
    """One figure of curves for each protocol, ladder, dataset and model."""
    groups = dict.fromkeys((cell.protocol, cell.ladder, cell.dataset, cell.model) for cell in cells(study))
    return [f"{study.results}/figures/{'-'.join(group)}.svg" for group in groups]


def page_files() -> list[Path]:
    """What the report's page is made from, besides Python code."""
    return [file for file in sorted(REPORT.iterdir()) if file.suffix in (".html", ".css", ".js")]


def source_files(study: Study, dataset: str) -> list[str]:
    """Files that a dataset is prepared from, what an earlier rule made first; none for a generated one."""
    chosen = study.dataset(dataset)
    if chosen.hub is not None:
        return [f"{study.results}/fetched/{dataset}"]
    if chosen.mimic is not None:
        return [summaries(study), chosen.mimic.diagnoses, *chosen.mimic.admissions.values()]
    return list(chosen.files.paths.values()) if chosen.files else []


def summaries(study: Study) -> str:
    """The discharge summaries of MIMIC-III, shared by its datasets."""
    return f"{study.results}/mimic/discharge-summaries.parquet"


def mimic_notes(study: Study) -> list[str]:
    """The file that the discharge summaries are among; none in a study without MIMIC-III."""
    return [dataset.mimic.notes for dataset in study.datasets if dataset.mimic][:1]


def token_files(study: Study, dataset: str, model: str) -> list[str]:
    """A tokenised dataset: one file a split, then the vocabulary."""
    folder = f"{study.results}/tokens/{dataset}/{study.model(model).tokenizer}"
    return [*split_files(folder), f"{folder}/vocabulary.json"]


def gpus(study: Study) -> int:
    """GPUs that a training asks of a scheduler."""
    return 0 if study.compute.device == "cpu" else 1


def pretrained_folder(study: Study, model: str) -> str | None:
    """Where a transformer's configuration, tokeniser and weights lie; None for a model that starts from nothing."""
    chosen = study.model(model)
    return f"{study.results}/pretrained/{model}" if chosen.on_hub else chosen.pretrained


def start_files(study: Study, dataset: str, model: str) -> list[str]:
    """Files that a model's first weights come from: pretrained ones or word vectors; none where they are drawn."""
    return pretrained_files(study, model) + vector_files(study, dataset, model)


def vector_files(study: Study, dataset: str, model: str) -> list[str]:
    """The file of word vectors that a model starts from, if there is one."""
    sizes = study.fitting(dataset, model).architecture
    vectors = _vectors(study, sizes.vectors) if sizes else ""
    return [vectors] if vectors.endswith((".npy", ".txt")) else []


def pretrained_files(study: Study, model: str) -> list[str]:
    """What a transformer starts from: the fetched folder, or each file of a local one."""
    folder = pretrained_folder(study, model)
    if folder is None or study.model(model).on_hub:
        return [folder] if folder else []
    return sorted(str(file) for part in PARTS for file in Path(folder).glob(part))


def _vectors(study: Study, named: str) -> str:
    """Where word vectors come from, those that a rule makes by their file."""
    return f"{study.results}/mimic/vectors.npy" if named == MIMIC_VECTORS else named


def transformers(study: Study) -> str:
    """Regular expression for the names of models with a tokeniser of their own."""
    names = [re.escape(model.name) for model in study.models if model.pretrained]
    return "|".join(names) or "(?!)"


def explained_rounds(study: Study) -> str:
    """Regular expression for the protocol in the path of a recursive round that a later round builds on.

    It looks ahead to the ladder and the round, so that each output fits one rule: a second fit would make Snakemake
    build a third more jobs than there are.
    """
    return _protocol_of_rounds((ladder.name, list(ladder.amounts())[:-1]) for ladder in study.ladders)


def final_rounds(study: Study) -> str:
    """Regular expression for the protocol in the path of any other round."""
    return "roar|" + _protocol_of_rounds((ladder.name, list(ladder.amounts())[-1:]) for ladder in study.ladders)


def _protocol_of_rounds(rounds: Iterable[tuple[str, list[int]]]) -> str:
    ahead = [f"/{ladder}/.*/round({'|'.join(map(str, numbers))})/" for ladder, numbers in rounds if numbers]
    return f"recursive-roar(?={'|'.join(ahead)})" if ahead else "(?!)"


def fetch_settings(study: Study, dataset: str) -> dict[str, Any]:
    """What a download depends on."""
    hub = study.dataset(dataset).hub
    return {"hub": hub.model_dump() if hub else None}


def fetch_model_settings(study: Study, model: str) -> dict[str, Any]:
    """What the download of a pretrained model depends on."""
    return study.model(model).model_dump(include={"pretrained", "revision"})


def dataset_settings(study: Study, dataset: str) -> dict[str, Any]:
    """What a prepared dataset depends on."""
    kept = study.dataset(dataset).model_dump(mode="json", exclude={"models", "words", "metric", "classes"})
    return {"dataset": kept, "code": code_digest("recursive_roar.steps.prepare")}


def vector_settings(study: Study) -> dict[str, Any]:
    """What word vectors of MIMIC-III depend on, besides the summaries; its datasets agree in them."""
    chosen = next(dataset for dataset in study.datasets if dataset.mimic)
    cleaning = chosen.model_dump(mode="json", include={"replace", "rewrite"})
    return {"cleaning": cleaning, "code": code_digest("recursive_roar.data.word2vec", "recursive_roar.data.words")}


def token_settings(study: Study, dataset: str) -> dict[str, Any]:
    """What a tokenised dataset depends on."""
    chosen = study.dataset(dataset)
    return {
        "dataset": dataset,
        "words": chosen.words.model_dump(mode="json"),
        "private": chosen.private,
        "published": chosen.published.vocabulary,
        "code": code_digest("recursive_roar.steps.tokenize"),
    }


def subword_settings(study: Study, model: str) -> dict[str, Any]:
    """What a dataset in a transformer's own subwords depends on."""
    return {
        "pretrained": pretrained_folder(study, model),
        "subwords": study.model(model).subwords.model_dump(mode="json"),
        "code": code_digest("recursive_roar.steps.pretrained"),
    }


def training_settings(study: Study, dataset: str, model: str) -> dict[str, Any]:
    """What a training depends on, besides its seed and its tokens."""
    chosen = study.dataset(dataset)
    return {
        "path": study.model(model).family.path,
        "classes": chosen.classes,
        "metric": chosen.metric,
        "architecture": _architecture(study, dataset, model),
        "recipe": study.fitting(dataset, model).recipe.model_dump(mode="json"),
        "code": _training_code(study.model(model)),
    }


def _training_code(model: Model) -> str:
    modules = ("recursive_roar.steps.fit", model.family.path)
    return own_code_digest(model.own.source, *modules) if model.own else code_digest(*modules)


def _architecture(study: Study, dataset: str, model: str) -> dict[str, Any]:
    """Sizes and vectors of a model that starts from nothing, the folder of a pretrained one, one's own arguments."""
    chosen = study.model(model)
    if chosen.own:
        return {"class": chosen.own.path, "arguments": chosen.arguments, "paired": chosen.own.paired}
    sizes = study.fitting(dataset, model).architecture
    if sizes is None:
        return {"pretrained": pretrained_folder(study, model)}
    return {**sizes.model_dump(mode="json"), "vectors": _vectors(study, sizes.vectors)}


def explainer_settings(study: Study, explainer: str) -> dict[str, Any]:
    """What an importance depends on, besides the model and the seed; of a control, also what its base depends on."""
    chosen = study.explainer(explainer)
    base = {"base": explainer_settings(study, chosen.control_of)} if chosen.control_of else {}
    return {
        **base,
        "path": chosen.known.path,
        "arguments": chosen.arguments,
        "stochastic": chosen.known.stochastic,
        "needs_model": chosen.known.needs_model,
        "target": study.target,
        "code": _explainer_code(chosen.known),
    }


def _explainer_code(known: KnownExplainer) -> str:
    step = "recursive_roar.steps.explain"
    return own_code_digest(known.source, step) if known.source else code_digest(step, known.path.split(":")[0])


def masking_settings(study: Study, ladder: str, number: int) -> dict[str, Any]:
    """What a round's mask depends on, besides importance and earlier masks."""
    amount = study.ladder(ladder).amounts()[number]
    return {"ladder": amount.ladder, "value": amount.value, "code": code_digest("recursive_roar.masking")}


def score_settings(study: Study) -> dict[str, Any]:
    """What the scores depend on, besides the metrics of every run."""
    return {
        "statistics": study.statistics.of_intervals,
        "cells": len(list(cells(study))),
        "controls": study.control_of,
        "code": code_digest("recursive_roar.steps.score"),
    }


def comparison_settings(study: Study) -> dict[str, Any]:
    """What the comparison with the published table depends on, besides the scores."""
    return {
        "study": study.model_dump(mode="json", exclude={"compute", "results", "data"}),
        "published": hashlib.sha256(TABLE.read_bytes()).hexdigest()[:16],
    }


def figure_settings(study: Study) -> dict[str, Any]:
    """What the figures depend on, besides the scores."""
    return {"statistics": study.statistics.of_intervals, "code": code_digest("recursive_roar.report.figures")}


def export_settings(study: Study) -> dict[str, Any]:
    """What tables and figures for a paper depend on, besides the scores."""
    return {"statistics": study.statistics.of_intervals, "code": code_digest("recursive_roar.steps.export")}


def report_settings(study: Study) -> dict[str, Any]:
    """What the report depends on, besides the scores."""
    return {
        "study": study.model_dump(mode="json", exclude={"compute"}),
        "page": hashlib.sha256(b"".join(file.read_bytes() for file in page_files())).hexdigest()[:16],
        "code": code_digest("recursive_roar.steps.report"),
    }
