"""The settings that a step is handed: exactly what its result depends on, besides the files that it reads.

Snakemake reruns a step whose settings changed, so an unrelated edit of the configuration or of the code reruns nothing.
"""

import hashlib
from pathlib import Path
from typing import Any

from recursive_roar import plan
from recursive_roar.catalog import published
from recursive_roar.catalog.explainers import KnownExplainer
from recursive_roar.catalog.own_explainer import declared
from recursive_roar.config import Study
from recursive_roar.config.model import Model
from recursive_roar.digest import code_digest, folder_digest, own_code_digest, source_digest

ROUND = "recursive_roar.steps.round"


def fetch_settings(study: Study, dataset: str) -> dict[str, Any]:
    """What a download depends on."""
    chosen = study.dataset(dataset)
    return {"hub": chosen.hub.model_dump() if chosen.hub else None, "private": chosen.private}


def fetch_model_settings(study: Study, model: str) -> dict[str, Any]:
    """What the download of a pretrained model depends on."""
    return study.model(model).model_dump(include={"pretrained", "revision"})


def dataset_settings(study: Study, dataset: str) -> dict[str, Any]:
    """What a prepared dataset depends on; what a folder holds is part of it, as Snakemake looks no deeper."""
    others = {"models", "words", "metric", "classes", "published"}
    kept = study.dataset(dataset).model_dump(mode="json", exclude=others)
    folders = [Path(path) for path in plan.source_files(study, dataset) if Path(path).is_dir()]
    found = {"folders": {str(folder): folder_digest(folder) for folder in folders}} if folders else {}
    return {"dataset": kept, **found, "code": code_digest("recursive_roar.steps.prepare")}


def summary_settings() -> dict[str, Any]:
    """What the discharge summaries of MIMIC-III depend on, besides the notes."""
    return {"code": code_digest("recursive_roar.data.mimic"), "step": source_digest("recursive_roar.steps.mimic")}


def vector_settings(study: Study) -> dict[str, Any]:
    """What word vectors of MIMIC-III depend on, besides the summaries; its datasets agree in them."""
    chosen = next(dataset for dataset in study.datasets if dataset.mimic)
    cleaning = chosen.model_dump(mode="json", include={"replace", "rewrite"})
    return {
        "cleaning": cleaning,
        "code": code_digest("recursive_roar.data.word2vec", "recursive_roar.data.cleaning"),
        "step": source_digest("recursive_roar.steps.mimic"),
    }


def token_settings(study: Study, dataset: str) -> dict[str, Any]:
    """What a tokenised dataset depends on."""
    chosen = study.dataset(dataset)
    return {
        "words": chosen.words.model_dump(mode="json"),
        "private": chosen.private,
        "code": code_digest("recursive_roar.steps.tokenize"),
    }


def subword_settings(study: Study, dataset: str, model: str) -> dict[str, Any]:
    """What a dataset in a transformer's own subwords depends on."""
    return {
        "pretrained": plan.pretrained_folder(study, model),
        "subwords": study.model(model).subwords.model_dump(mode="json"),
        "private": study.dataset(dataset).private,
        "code": code_digest("recursive_roar.steps.pretrained"),
    }


def training_settings(study: Study, dataset: str, model: str) -> dict[str, Any]:
    """What a training depends on, besides its seed and its tokens."""
    chosen = study.dataset(dataset)
    return {
        "path": study.model(model).family.path,
        "classes": chosen.classes,
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
        return {"pretrained": plan.pretrained_folder(study, model)}
    return {**sizes.model_dump(mode="json"), "vectors": plan.vectors(study, sizes.vectors)}


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
        "declared": declared(chosen.known),
        "target": study.target,
        "code": _explainer_code(chosen.known),
    }


def _explainer_code(known: KnownExplainer) -> str:
    step = "recursive_roar.steps.explain"
    return own_code_digest(known.source, step) if known.source else code_digest(step, known.path.split(":")[0])


def masking_settings(study: Study, ladder: str, number: int) -> dict[str, Any]:
    """What a round's mask depends on, besides importance and earlier masks."""
    amount = study.ladder(ladder).amounts()[number]
    code = code_digest("recursive_roar.masking")
    return {"ladder": amount.ladder, "value": amount.value, "code": code, "step": source_digest(ROUND)}


def baseline_settings() -> dict[str, str]:
    """What a training on unmasked data depends on, besides what every training does."""
    return {"step": source_digest("recursive_roar.steps.baseline")}


def fully_masked_settings() -> dict[str, str]:
    """What a training on fully masked data depends on, besides what every training does."""
    return {**baseline_settings(), "code": code_digest("recursive_roar.masking")}


def score_settings(study: Study) -> dict[str, Any]:
    """What the scores depend on, besides the metrics of every run."""
    return {
        "statistics": study.statistics.of_intervals,
        "cells": len(list(plan.cells(study))),
        "controls": study.control_of,
        "code": code_digest("recursive_roar.steps.score"),
    }


def comparison_settings(study: Study) -> dict[str, Any]:
    """What the comparison with the published table depends on, besides the scores."""
    return {
        "study": study.model_dump(mode="json", exclude={"compute", "results", "data", "report", "statistics"}),
        "statistics": study.statistics.of_intervals,
        "published": _sha256(published.SCORES, published.PERFORMANCE),
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
        "page": _sha256(*plan.page_files()),
        "code": code_digest("recursive_roar.steps.report"),
    }


def _sha256(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
