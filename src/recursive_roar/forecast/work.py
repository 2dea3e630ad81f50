"""What there is to do in a study, counted."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from recursive_roar import plan
from recursive_roar.config import Study
from recursive_roar.diagnostics import plan as diagnostics
from recursive_roar.heatmaps import plan as heatmaps


def cells(study: Study) -> Iterator[plan.Cell]:
    """The cells of a study; of one without rounds, those whose baselines it trains and explains."""
    alike = {"protocols": ("roar",), "ladders": study.ladders[:1]}  # any protocol and ladder have the same baselines
    return plan.cells(study if study.protocols else study.model_copy(update=alike))


def runs(study: Study, cell: plan.Cell) -> Iterator[plan.Run]:
    """The trainings of a cell in order of round; of a study without rounds, the baseline alone."""
    return islice(plan.runs(study, cell), None if study.protocols else 1)


def trainings(study: Study) -> Counter[tuple[str, str]]:
    """Trainings by dataset and model, each once however many cells share it."""
    return Counter(_trained(study).values())


def rounds(study: Study) -> Counter[tuple[str, str]]:
    """Those of the trainings that are on partly masked data."""
    return Counter(key for folder, key in _trained(study).items() if folder.name.startswith("round"))


def explanations(study: Study) -> Counter[tuple[str, str, str]]:
    """How often a dataset is explained whole, by dataset, model and explainer: at the baseline and between rounds."""
    found = {}
    for cell in cells(study):
        key = (cell.dataset, cell.model, cell.explainer)
        for number in _explained_numbers(study, cell):
            found[plan.importance(study, cell, number)] = key
    return Counter(found.values())


def chain_length(study: Study, cell: plan.Cell) -> int:
    """Trainings of a cell that must follow one another."""
    return 1 + (explained(study, cell) if study.protocols else 0)


def explained(study: Study, cell: plan.Cell) -> int:
    """Trainings of its chain that are explained: those that a later one builds on, without rounds the baseline."""
    return len(_explained_numbers(study, cell))


def jobs(study: Study) -> dict[str, int]:
    """Jobs by rule when nothing has been made yet."""
    counts = {**_of_data(study), **_of_trainings(study), **_of_report(study)}
    return {rule: count for rule, count in counts.items() if count}


def _of_data(study: Study) -> dict[str, int]:
    transformers = sum(model.pretrained is not None for model in study.models)
    datasets = len(study.datasets)
    return {
        "fetch_dataset": sum(dataset.hub is not None for dataset in study.datasets),
        "fetch_model": sum(model.on_hub for model in study.models),
        "collect_summaries": int(bool(plan.mimic_notes(study))),
        "train_vectors": int(_trains_vectors(study)),
        "prepare_dataset": datasets,
        "tokenize_dataset": datasets * (transformers < len(study.models)),
        "tokenize_into_subwords": datasets * transformers,
    }


def _of_trainings(study: Study) -> dict[str, int]:
    baselines = len({plan.baseline(study, cell) for cell in cells(study)})
    first = len({(plan.baseline(study, cell), cell.explainer) for cell in cells(study) if explained(study, cell)})
    between = explanations(study).total() - first
    return {
        "train_baseline": baselines,
        "train_fully_masked": trainings(study).total() - rounds(study).total() - baselines,
        "explain_baseline": first,
        "retrain_and_explain_round": between,
        "retrain_round": rounds(study).total() - between,
    }


def _of_report(study: Study) -> dict[str, int]:
    if not study.protocols:
        return {}
    once = dict.fromkeys(("collect_diagnostics", "score", "draw_figures", "export", "write_report"), 1)
    shown = int(bool(heatmaps.groups(study)))
    return {"diagnose": len(diagnostics.groups(study)), "collect_heatmaps": shown, **once}


def _explained_numbers(study: Study, cell: plan.Cell) -> list[int]:
    return plan.explained_numbers(study, cell) if study.protocols else [0]


def _trained(study: Study) -> dict[Path, tuple[str, str]]:
    """Dataset and model by folder of a training."""
    return {run.folder: (cell.dataset, cell.model) for cell in cells(study) for run in runs(study, cell)}


def _trains_vectors(study: Study) -> bool:
    made = f"{study.results}/mimic/vectors.npy"
    return any(made in plan.vector_files(study, cell.dataset, cell.model) for cell in cells(study))
