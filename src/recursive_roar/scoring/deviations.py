"""In what a run differs from the published study, as sentences, from its configuration and what came of it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recursive_roar import plan
from recursive_roar.catalog import datasets as catalog
from recursive_roar.catalog import published
from recursive_roar.catalog.models import PRETRAINED
from recursive_roar.config import Study
from recursive_roar.config.dataset import Dataset
from recursive_roar.config.model import Model
from recursive_roar.data.published import Difference
from recursive_roar.scoring.curves import predicts_one_class
from recursive_roar.scoring.published import published_score
from recursive_roar.scoring.summary import REFERENCE
from recursive_roar.settings import Settings

PREPARATION = {
    "metric", "classes", "validation", "test", "replace", "rewrite", "known_words_only", "drop_unlabelled",
    "minimum_words", "maximum_words", "words",
}  # fmt: skip


def deviations(
    study: Study, counts: Iterable[Difference], summary: Iterable[Mapping[str, Any]], runs: Iterable[Mapping[str, Any]]
) -> list[str]:
    """One sentence for each deviation that touches a published cell of the study; none where it has no such cell.

    Args:
        study: what was asked for.
        counts: counts of its prepared datasets that are not the published ones.
        summary: rows of the table of that name.
        runs: rows of the table of that name.
    """
    cells = [cell for cell in plan.cells(study) if published_score(study, vars(cell)) is not None]
    if not cells:
        return []
    names = dict.fromkeys(cell.dataset for cell in cells)
    fittings = dict.fromkeys((cell.dataset, cell.model) for cell in cells)
    found = [*_of_protocol(study)]
    for name in names:
        found += _of_data(study.dataset(name))
        found += [f"{difference}." for difference in counts if difference.dataset == name]
    for dataset, model in fittings:
        found += _of_training(study, dataset, model)
    for model in dict.fromkeys(model for _, model in fittings):
        found += _of_model(study.model(model), any(study.dataset(dataset).paired for dataset in names))
    for explainer in dict.fromkeys([REFERENCE, *(cell.explainer for cell in cells)]):
        found += _of_explainer(study, explainer)
    return [*found, *_of_seeds(study, summary), *_of_collapse(study, runs)]


def _of_protocol(study: Study) -> Iterator[str]:
    step = study.ladder(published.LADDER).step
    if study.seeds != published.SEEDS:
        yield f"Seeds are {_list(study.seeds)}; published are {_list(published.SEEDS)}."
    if step != published.STEP:
        yield (
            f"The ladder has steps of {step} %; published are {published.STEP} %, and larger steps lower scores, "
            "that of a curve that falls at once among them."
        )
    if study.target != published.TARGET:
        yield f"The explained class is the {study.target} one; published is the {published.TARGET} one."
    if study.statistics.interval != published.INTERVAL:
        yield f"Intervals are by {study.statistics.interval}; published are BCa bootstraps, narrower at few seeds."
    if study.statistics.confidence != published.CONFIDENCE:
        ours, theirs = (f"{100 * value:g} %" for value in (study.statistics.confidence, published.CONFIDENCE))
        yield f"Intervals are of {ours}; published are of {theirs}."


def _of_data(dataset: Dataset) -> Iterator[str]:
    if dataset.generate is not None:
        yield f"{dataset.name}: questions about a generated world; published is the corpus of the same name."
    if dataset.mimic is not None and dataset.mimic.task == "diabetes" and dataset.mimic.length_filter != "paper":
        yield f"{dataset.name}: texts are chosen by length; published are all."
    yield from _differences(dataset.name, dataset, _as_published(dataset), PREPARATION)


def _of_training(study: Study, dataset: str, model: str) -> Iterator[str]:
    where, chosen = f"{dataset}, {model}", study.dataset(dataset)
    if chosen.mimic is not None and chosen.mimic.task == "anemia" and model in PRETRAINED:
        yield f"{where}: long summaries are left out by words; published are left out by subwords, which leaves fewer."
    if dataset == "sst" and chosen.hub is not None and model in PRETRAINED:
        yield f"{where}: sentences of the hub are lower-case; published are those of the treebank, with capitals."
    ours, theirs = study.fitting(dataset, model), _as_published(chosen).models[study.model(model).family_name]
    yield from _differences(where, ours.recipe, theirs.recipe)
    if ours.architecture is None or theirs.architecture is None:
        return
    yield from _differences(where, ours.architecture, theirs.architecture, {"embedding_width", "hidden_width"})
    vectors = published.VECTORS.get(dataset, theirs.architecture.vectors)
    if ours.architecture.vectors != vectors:
        yield f"{where}: word vectors are {ours.architecture.vectors}; published are {vectors}."


def _of_model(model: Model, pairs: bool) -> Iterator[str]:
    if model.name in PRETRAINED:
        theirs = Model.model_validate({"name": model.name, **PRETRAINED[model.name], "subwords": published.SUBWORDS})
        yield from _differences(model.name, model, theirs, {"pretrained", "revision"})
        yield from _differences(model.name, model.subwords, theirs.subwords, {"maximum_tokens"})
        if pairs:
            yield from _differences(model.name, model.subwords, theirs.subwords, {"pairs"})


def _of_explainer(study: Study, name: str) -> Iterator[str]:
    for chosen in (explainer for explainer in study.explainers if explainer.name == name):
        parameters = chosen.known.parameters
        theirs = parameters.model_validate(published.ARGUMENTS.get(chosen.method or "", {}))
        yield from _differences(name, parameters.model_validate(chosen.parameters), theirs)


def _of_seeds(study: Study, summary: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in summary:
        if published_score(study, row) is not None and row["n"] < row["seeds"]:
            yield f"{_where(row)}: {row['n']} of {row['seeds']} seeds have a score."


def _of_collapse(study: Study, runs: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Trainings that predict one class although not everything is masked, by explainer."""
    collapsed = Counter(
        _where(row) for row in runs if predicts_one_class(row) and published_score(study, row) is not None
    )
    for where, count in collapsed.items():
        yield f"{where}: trainings that predict one class before everything is masked: {count}."


def _as_published(dataset: Dataset) -> Dataset:
    """The catalog's dataset of that name, with the source that the study has."""
    known = {key: value for key, value in catalog.entry(dataset.name).items() if key not in catalog.SOURCES}
    source = dataset.model_dump(include=set(catalog.SOURCES), exclude_none=True)
    return Dataset.model_validate({**known, **source, "name": dataset.name})


def _differences(where: str, ours: Settings, theirs: Settings, keys: set[str] | None = None) -> Iterator[str]:
    """A sentence for each setting, inner ones included, that is not the published one."""
    found, expected = (dict(_flat(each.model_dump(mode="json", include=keys))) for each in (ours, theirs))
    for key in dict.fromkeys([*found, *expected]):
        if found.get(key) != expected.get(key):
            yield f"{where}: {key} is {_shown(found.get(key))}; published is {_shown(expected.get(key))}."


def _flat(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _where(row: Mapping[str, Any]) -> str:
    return ", ".join(row[key] for key in ("dataset", "model", "explainer"))
