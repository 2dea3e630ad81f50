"""What is diagnosed: the cells of one dataset, model and seed, and where their masks and importance lie."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from recursive_roar import plan
from recursive_roar.config import Study
from recursive_roar.digest import code_digest

TABLES = ("leakage", "sparsity", "concentration", "agreement", "plausibility")


def cells(study: Study, dataset: str, model: str, seed: int) -> list[plan.Cell]:
    """Those cells of a study."""
    explainers = study.explainers_of(study.model(model))
    return [
        plan.Cell(protocol, ladder.name, dataset, model, explainer.name, seed)
        for protocol, ladder, explainer in product(study.protocols, study.ladders, explainers)
    ]


def masked_rounds(study: Study, cell: plan.Cell) -> dict[int, Path]:
    """Folders of the rounds that mask a part of each text, by number."""
    chain = plan.chain(study, cell)
    return {number: chain / f"round{number}" for number in study.ladder(cell.ladder).amounts()}


def explained_rounds(study: Study, cell: plan.Cell) -> dict[int, Path]:
    """Importance of the test split by round, 0 for the baseline; later ones where a next round is masked by it."""
    rounds = masked_rounds(study, cell)
    recursive = plan.chain(study, cell).is_relative_to(Path(study.results, "recursive-roar"))
    found = {0: plan.baseline(study, cell) / f"importance/{cell.explainer}/test.parquet"}
    for number in list(rounds)[:-1] if recursive else []:
        found[number] = rounds[number] / "importance/test.parquet"
    return found


def inputs(study: Study, dataset: str, model: str, seed: int) -> list[str]:
    """Every file that is diagnosed, each once."""
    return sorted({str(file) for cell in cells(study, dataset, model, seed) for file in _files(study, cell)})


def settings(study: Study) -> dict[str, Any]:
    """What diagnostics depend on, besides the files."""
    return {"confidence": study.statistics.confidence, "code": code_digest("recursive_roar.steps.diagnose")}


def folders(study: Study) -> list[Path]:
    """Where the diagnostics of each dataset, model and seed lie."""
    groups = dict.fromkeys((cell.dataset, cell.model, cell.seed) for cell in plan.cells(study))
    return [Path(study.results, "diagnostics", dataset, model, f"seed{seed}") for dataset, model, seed in groups]


def files(folder: Path | str) -> list[str]:
    """One file a table."""
    return [f"{folder}/{table}.parquet" for table in TABLES]


def collected(study: Study) -> list[str]:
    """Every file that is collected."""
    return [file for folder in folders(study) for file in files(folder)]


def collection_settings(study: Study) -> dict[str, Any]:
    """What the collected tables depend on, besides what is collected."""
    return {
        "statistics": study.statistics.of_intervals,
        "controls": study.control_of,
        "code": code_digest("recursive_roar.steps.collect_diagnostics"),
    }


def _files(study: Study, cell: plan.Cell) -> Iterator[Path]:
    for folder in masked_rounds(study, cell).values():
        yield from (folder / f"masked_at/{split}.parquet" for split in ("train", "test"))
    yield from explained_rounds(study, cell).values()
