"""What is diagnosed: the cells of one dataset, model and seed, and where their masks and importance lie."""

from collections.abc import Iterator
from dataclasses import fields
from itertools import product
from pathlib import Path
from typing import Any

from recursive_roar import plan
from recursive_roar.artifacts import read_table
from recursive_roar.config import Study
from recursive_roar.digest import code_digest

Group = tuple[str, str, int]  # dataset, model and seed
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
    numbers = plan.explained_numbers(study, cell)
    return {number: plan.importance(study, cell, number) / "test.parquet" for number in numbers}


def inputs(study: Study, dataset: str, model: str, seed: int) -> list[str]:
    """Every file that is diagnosed, each once."""
    return sorted({str(file) for cell in cells(study, dataset, model, seed) for file in _files(study, cell)})


def finished(study: Study, dataset: str, model: str, seed: int) -> Study:
    """The study with those explainers alone whose files that are diagnosed are all there.

    There is none before `random` is one, because leakage is told by comparison with its masks.
    """
    lacking = {
        cell.explainer for cell in cells(study, dataset, model, seed) if not all(map(Path.exists, _files(study, cell)))
    }
    random = {explainer.name for explainer in study.explainers if explainer.method == "random"}
    chosen = [explainer for explainer in study.explainers if explainer.name not in lacking]
    return study.model_copy(update={"explainers": () if lacking & random else tuple(chosen)})


def settings(study: Study) -> dict[str, Any]:
    """What diagnostics depend on, besides the files."""
    return {"confidence": study.statistics.confidence, "code": code_digest("recursive_roar.steps.diagnose")}


def groups(study: Study) -> list[Group]:
    """Each dataset, model and seed."""
    return list(dict.fromkeys((cell.dataset, cell.model, cell.seed) for cell in plan.cells(study)))


def folder(results: Path | str, dataset: str, model: str, seed: int) -> Path:
    """Where the diagnostics of a dataset, model and seed lie."""
    return Path(results, "diagnostics", dataset, model, f"seed{seed}")


def folders(study: Study) -> list[Path]:
    """All of these."""
    return [folder(study.results, *group) for group in groups(study)]


def diagnosed(folder: Path) -> set[plan.Cell]:
    """The cells whose diagnostics lie in a folder, be it of a group or of all; none before every table is there."""
    if not all(Path(file).exists() for file in files(folder)):
        return set()
    named = read_table(folder / "concentration.parquet").select([field.name for field in fields(plan.Cell)])
    return {plan.Cell(**row) for row in named.to_pylist()}


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
