"""What a study consists of: its cells, their runs, and where files lie."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from recursive_roar.config import Study
from recursive_roar.config.dataset import MIMIC_VECTORS
from recursive_roar.config.ladder import Amount
from recursive_roar.config.model import PARTS
from recursive_roar.models.word_list import vector_sources
from recursive_roar.splits import SPLITS, split_files

REPORT = Path(__file__).parent / "report"


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


def explained_numbers(study: Study, cell: Cell) -> list[int]:
    """Rounds whose models a cell's masks are made from: 0, the baseline, and of recursive ROAR all with a successor."""
    recursive = trained_under(study, cell) == "recursive-roar"
    return [0, *(study.ladder(cell.ladder).built_on if recursive else [])]


def importance(study: Study, cell: Cell, number: int) -> Path:
    """Folder of the importance of a round's model."""
    if number == 0:
        return baseline(study, cell) / "importance" / cell.explainer
    return chain(study, cell) / f"round{number}" / "importance"


def round_inputs(study: Study, cell: Cell, number: int) -> dict[str, list[str]]:
    """Files that a round's masking starts from: importance, and in later recursive rounds the earlier masks."""
    explained = number - 1 if cell.protocol == "recursive-roar" else 0
    inputs = {"importance": split_files(importance(study, cell, explained))}
    if explained:
        inputs["masked_at"] = split_files(chain(study, cell) / f"round{explained}" / "masked_at")
    return inputs


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
    """The file of word vectors that a model starts from, if there is one, and that of their words if it is another."""
    sizes = study.fitting(dataset, model).architecture
    return vector_sources(vectors(study, sizes.vectors)) if sizes else []


def pretrained_files(study: Study, model: str) -> list[str]:
    """What a transformer starts from: the fetched folder, or each file of a local one."""
    folder = pretrained_folder(study, model)
    if folder is None or study.model(model).on_hub:
        return [folder] if folder else []
    return sorted(str(file) for part in PARTS for file in Path(folder).glob(part))


def vectors(study: Study, named: str) -> str:
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
    return _protocol_of_rounds((ladder.name, ladder.built_on) for ladder in study.ladders)


def final_rounds(study: Study) -> str:
    """Regular expression for the protocol in the path of any other round."""
    return "roar|" + _protocol_of_rounds((ladder.name, list(ladder.amounts())[-1:]) for ladder in study.ladders)


def _protocol_of_rounds(rounds: Iterable[tuple[str, list[int]]]) -> str:
    ahead = [f"/{ladder}/.*/round({'|'.join(map(str, numbers))})/" for ladder, numbers in rounds if numbers]
    return f"recursive-roar(?={'|'.join(ahead)})" if ahead else "(?!)"
