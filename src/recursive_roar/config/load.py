"""From a configuration as written to a study, with the catalog's entries under what the user wrote."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recursive_roar.catalog import datasets as catalog
from recursive_roar.catalog.models import FAMILIES, LSTM, PRETRAINED, TRANSFORMER
from recursive_roar.config.model import Model
from recursive_roar.config.study import Study
from recursive_roar.settings import explained, user_keys
from recursive_roar.splits import SPLITS

MERGED_SOURCES = ("generate", "mimic")  # a hub's id goes with its own revision, files with each other


def load_study(configuration: Mapping[str, Any], *, sources_read: bool = True) -> Study:
    """The study that a configuration describes, with the catalog's defaults filled in.

    With `sources_read` false nothing will be read of the files that datasets and pretrained models come from, so they
    may be gone. A class of one's own is always looked up.

    Raises:
        ConfigurationError: naming key, value, what is allowed and the nearest match, for every problem at once.
    """
    content = dict(configuration)
    content["models"] = _each(content.get("models", ["bilstm-attention"]), _complete_model)
    complete_dataset = partial(_complete_dataset, str(content.get("data", ".")), _own_models(content["models"]))
    content["datasets"] = _each(content.get("datasets"), complete_dataset)
    content["explainers"] = _each(content.get("explainers"), _complete_explainer)
    content["controls"] = _each(content.get("controls", []), lambda entry: entry)
    content["ladders"] = _each(content.get("ladders", ["relative"]), lambda entry: entry)
    try:
        given = {key: value for key, value in content.items() if value is not None}
        context = {"models": _names(content["models"]), "sources_read": sources_read}
        return Study.model_validate(given, context=context)
    except ValidationError as error:
        raise explained(error, Study) from None


def _each(entries: object, complete: Any) -> object:
    """Each entry of a list completed, a bare name standing for `{name: ...}`; anything else is left to validation."""
    if not isinstance(entries, list | tuple):
        return entries
    named = [{"name": entry} if isinstance(entry, str) else entry for entry in entries]
    return [complete(entry) if isinstance(entry, dict) else entry for entry in named]


def _complete_model(entry: dict[str, Any]) -> dict[str, Any]:
    """The catalog's entry of that name under what the user wrote; of one's own class, with its parameters gathered."""
    if "class" in entry:
        keys = user_keys(Model)
        given = {key: value for key, value in entry.items() if key in keys}
        return {**given, "parameters": {key: value for key, value in entry.items() if key not in keys}}
    known = {} if "pretrained" in entry else PRETRAINED.get(str(entry.get("name")), {})
    return _merged(known, entry)


def _names(models: object) -> list[str]:
    entries = models if isinstance(models, list) else []
    return [str(entry.get("name")) for entry in entries if isinstance(entry, dict)]


def _own_models(models: object) -> list[str]:
    entries = models if isinstance(models, list) else []
    return [str(entry.get("name")) for entry in entries if isinstance(entry, dict) and "class" in entry]


def _complete_dataset(data: str, own_models: list[str], entry: dict[str, Any]) -> dict[str, Any]:
    """The catalog's entry of that name under what the user wrote; a source of another kind replaces the catalog's."""
    known = catalog.entry(str(entry.get("name")))
    if any(source in entry for source in catalog.SOURCES):
        kept = {source for source in MERGED_SOURCES if source in entry}
        known = {key: value for key, value in known.items() if key not in catalog.SOURCES or key in kept}
    whole = _located(Path(data), _merged(known, entry))
    if isinstance(whole["models"], dict):
        whole["models"] = _with_family_recipe(whole["models"], own_models)
    return whole


def _located(data: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """The entry with relative paths of its source starting at `data`."""
    places = {"files": SPLITS, "mimic": ("folder",)}
    located = dict(entry)
    for source, keys in places.items():
        if isinstance(entry.get(source), Mapping):
            paths = {key: str(data / path) for key in keys if isinstance(path := entry[source].get(key), str)}
            located[source] = {**entry[source], **paths}
    return located


def _with_family_recipe(fittings: dict[str, Any], own_models: list[str]) -> dict[str, Any]:
    """What stands under the name of one transformer, laid over what stands under `transformer`.

    Models of one's own start from nothing, like the BiLSTM, so its recipe is the one under theirs.
    """
    transformers = [name for name in fittings if name not in (*FAMILIES, *own_models)]
    recipe = {"recipe": fittings[LSTM].get("recipe")} if isinstance(fittings[LSTM], Mapping) else {}
    bases = {**dict.fromkeys(transformers, fittings[TRANSFORMER]), **dict.fromkeys(own_models, recipe)}
    return _merged(bases, fittings)


def _complete_explainer(entry: dict[str, Any]) -> dict[str, Any]:
    """`{name: ig, method: integrated-gradient, steps: 20}` with its parameters gathered."""
    own = {key: value for key, value in entry.items() if key in ("name", "method", "class")}
    parameters = {key: value for key, value in entry.items() if key not in own}
    method = {} if "class" in own else {"method": own.get("name")}
    return {**method, **own, "parameters": parameters}


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid over `base`, mapping by mapping."""
    both = dict(base)
    for key, value in over.items():
        nested = isinstance(value, Mapping) and isinstance(both.get(key), Mapping)
        both[key] = _merged(both[key], value) if nested else value
    return both
