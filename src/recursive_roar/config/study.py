"""A study: the configuration as typed, validated objects."""

from collections.abc import Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from recursive_roar.catalog import datasets as catalog
from recursive_roar.catalog.explainers import EXPLAINERS, KnownExplainer
from recursive_roar.catalog.models import FAMILIES, PRETRAINED, TRANSFORMER
from recursive_roar.catalog.own_explainer import describe
from recursive_roar.config.dataset import Dataset, Fitting
from recursive_roar.config.ladder import Ladder
from recursive_roar.config.model import Model, Name
from recursive_roar.data.formats import SourceError, detect
from recursive_roar.errors import nearest
from recursive_roar.settings import Settings, explained

MERGED_SOURCES = ("generate", "mimic")  # a hub's id goes with its own revision, files with each other
FOLDERS_ALLOWED = {f"files.{split}" for split in ("train", "validation", "test")}

Protocol = Literal["recursive-roar", "roar"]


class ChosenExplainer(Settings):
    """An explainer of the study: its name in paths and tables, the method or a class, and its parameters."""

    name: Name
    method: str | None = Field(None, description="name of the catalog; left out, `name` is it")
    own_class: str | None = Field(
        None, alias="class", description="instead of a method: FILE.py:CLASS or PACKAGE.MODULE:CLASS"
    )
    parameters: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> "ChosenExplainer":
        if self.own_class is not None and self.method is not None:
            raise ValueError(f"{self.name}: give either 'method' or 'class'")
        if self.own_class is None and self.method not in EXPLAINERS:
            raise ValueError(
                f"unknown explainer '{self.method}'. Allowed: {', '.join(EXPLAINERS)}."
                f"{nearest(self.method, EXPLAINERS)}"
            )
        try:
            self.known.parameters.model_validate(self.parameters)
        except ValidationError as error:
            lines = str(explained(error, self.known.parameters, f"{self.name}: "))
            raise ValueError(lines.split("- ", 1)[1]) from None
        return self

    @cached_property
    def known(self) -> KnownExplainer:
        """The catalog's entry of the method, or what the source of one's own class says."""
        return describe(self.own_class) if self.own_class is not None else EXPLAINERS[str(self.method)]

    @property
    def arguments(self) -> dict[str, Any]:
        """Every keyword argument of the method, defaults filled in."""
        return self.known.parameters.model_validate(self.parameters).model_dump()


class Statistics(Settings):
    """How an interval over seeds is computed."""

    interval: Literal["student-t", "paper"] = Field("student-t", description="paper: BCa bootstrap, as published")
    confidence: float = Field(0.95, gt=0, lt=1)


class Report(Settings):
    """What the report shows of single examples."""

    examples: int = Field(12, ge=0, description="test examples of each dataset and model shown token by token; 0: none")
    tokens: int = Field(400, gt=0, description="tokens shown of an example; of a longer one those masked first")
    private_text: bool = Field(False, description="show the text of datasets that are `private` as well")


class Compute(Settings):
    """How to run. Nothing here changes a result's identity, so editing it reruns nothing."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    explain_batch_tokens: int | None = Field(
        None, gt=0, description="padded tokens per pass when importance is extracted; null: what suits the device"
    )
    checkpoint_seconds: float = Field(10, ge=0, description="least time between two saved training states")


class Study(Settings):
    """Everything that a run of the workflow computes."""

    results: str = Field("results", description="folder of everything that is made")
    data: str = Field(".", description="folder at which relative paths of a dataset's source start")
    datasets: tuple[Dataset, ...] = Field(min_length=1)
    models: tuple[Model, ...] = Field(min_length=1)
    explainers: tuple[ChosenExplainer, ...] = Field(min_length=1)
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    protocols: tuple[Protocol, ...] = Field(("recursive-roar",), min_length=1)
    ladders: tuple[Ladder, ...] = Field(min_length=1)
    target: Literal["gold", "predicted"] = Field("gold", description="class whose logit is explained")
    statistics: Statistics = Statistics()
    report: Report = Report()
    compute: Compute = Compute()

    @model_validator(mode="after")
    def _names_once(self) -> "Study":
        for key in ("datasets", "models", "explainers", "ladders"):
            _refuse_repeated(key, [entry.name for entry in getattr(self, key)])
        for key in ("seeds", "protocols"):
            _refuse_repeated(key, list(getattr(self, key)))
        return self

    @model_validator(mode="after")
    def _explainers_fit_models(self) -> "Study":
        for explainer in self.explainers:
            for model in self.models:
                if explainer.known.needs_attention and not model.family.has_attention:
                    raise ValueError(
                        f"explainers, {explainer.name}: it needs attention weights, which {model.name} (a "
                        f"{model.family_name}) does not offer. Leave one of the two out, or make two studies of them"
                    )
        return self

    @model_validator(mode="after")
    def _labels_hidden(self) -> "Study":
        for explainer in self.explainers:
            if self.target == "predicted" and explainer.known.uses_labels:
                raise ValueError(
                    f"explainers: {explainer.name} reads the gold labels, so its masks would tell them; "
                    "write 'target: gold' or leave it out"
                )
        return self

    @model_validator(mode="after")
    def _files_exist(self) -> "Study":
        absent = [
            f"datasets, {dataset.name}: {key} names '{value}', which is not a file.{_nearest_file(value)}"
            for dataset in self.datasets
            for key, value in _named_files(dataset)
            if not Path(value).is_file() and not (key in FOLDERS_ALLOWED and Path(value).is_dir())
        ]
        if absent:
            where = f"Relative paths start at {Path.cwd()}, those of a dataset's source there at `data` ({self.data})."
            raise ValueError("\n  - ".join(absent) + f" {where}")
        return self

    @model_validator(mode="after")
    def _formats_known(self) -> "Study":
        for dataset in self.datasets:
            if dataset.files is None or dataset.files.format is not None:
                continue
            for split, path in dataset.files.paths.items():
                try:
                    detect(Path(path))
                except SourceError as error:
                    raise ValueError(f"datasets, {dataset.name}: files.{split}: {error}") from None
        return self

    @model_validator(mode="after")
    def _one_mimic(self) -> "Study":
        """Notes are collected and vectors trained once for every dataset of MIMIC-III."""
        shared = {
            (dataset.mimic.folder, dataset.replace, dataset.rewrite) for dataset in self.datasets if dataset.mimic
        }
        if len(shared) > 1:
            raise ValueError("datasets: those of MIMIC-III must agree in mimic.folder, replace and rewrite")
        return self

    def dataset(self, name: str) -> Dataset:
        """The dataset of that name."""
        return next(dataset for dataset in self.datasets if dataset.name == name)

    def model(self, name: str) -> Model:
        """The model of that name."""
        return next(model for model in self.models if model.name == name)

    def explainer(self, name: str) -> ChosenExplainer:
        """The explainer of that name."""
        return next(explainer for explainer in self.explainers if explainer.name == name)

    def ladder(self, name: str) -> Ladder:
        """The ladder of that name."""
        return next(ladder for ladder in self.ladders if ladder.name == name)

    def fitting(self, dataset: str, model: str) -> Fitting:
        """Sizes and recipe of a model on a dataset: what stands under its name, otherwise under its family's."""
        fittings = self.dataset(dataset).models
        return fittings.get(model) or fittings[self.model(model).family_name]


def load_study(configuration: Mapping[str, Any]) -> Study:
    """The study that a configuration describes, with the catalog's defaults filled in.

    Raises:
        ConfigurationError: naming key, value, what is allowed and the nearest match, for every problem at once.
    """
    content = dict(configuration)
    content["models"] = _each(content.get("models", ["bilstm-attention"]), _complete_model)
    content["datasets"] = _each(content.get("datasets"), partial(_complete_dataset, str(content.get("data", "."))))
    content["explainers"] = _each(content.get("explainers"), _complete_explainer)
    content["ladders"] = _each(content.get("ladders", ["relative"]), lambda entry: entry)
    try:
        given = {key: value for key, value in content.items() if value is not None}
        return Study.model_validate(given, context={"models": _names(content["models"])})
    except ValidationError as error:
        raise explained(error, Study) from None


def _each(entries: object, complete: Any) -> object:
    """Each entry of a list completed, a bare name standing for `{name: ...}`; anything else is left to validation."""
    if not isinstance(entries, list | tuple):
        return entries
    named = [{"name": entry} if isinstance(entry, str) else entry for entry in entries]
    return [complete(entry) if isinstance(entry, dict) else entry for entry in named]


def _complete_model(entry: dict[str, Any]) -> dict[str, Any]:
    """The catalog's entry of that name under what the user wrote."""
    known = {} if "pretrained" in entry else PRETRAINED.get(str(entry.get("name")), {})
    return _merged(known, entry)


def _names(models: object) -> list[str]:
    entries = models if isinstance(models, list) else []
    return [str(entry.get("name")) for entry in entries if isinstance(entry, dict)]


def _complete_dataset(data: str, entry: dict[str, Any]) -> dict[str, Any]:
    """The catalog's entry of that name under what the user wrote; a source of another kind replaces the catalog's."""
    known = catalog.entry(str(entry.get("name")))
    if any(source in entry for source in catalog.SOURCES):
        kept = {source for source in MERGED_SOURCES if source in entry}
        known = {key: value for key, value in known.items() if key not in catalog.SOURCES or key in kept}
    whole = _located(Path(data), _merged(known, entry))
    if isinstance(whole["models"], dict):
        whole["models"] = _with_family_recipe(whole["models"])
    return whole


def _located(data: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """The entry with relative paths of its source starting at `data`."""
    places = {"files": ("train", "validation", "test"), "mimic": ("folder",)}
    located = dict(entry)
    for source, keys in places.items():
        if isinstance(entry.get(source), Mapping):
            paths = {key: str(data / path) for key in keys if isinstance(path := entry[source].get(key), str)}
            located[source] = {**entry[source], **paths}
    return located


def _with_family_recipe(fittings: dict[str, Any]) -> dict[str, Any]:
    """What stands under the name of one transformer, laid over what stands under `transformer`."""
    own = [name for name in fittings if name not in FAMILIES]
    return _merged(dict.fromkeys(own, fittings[TRANSFORMER]), fittings)


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


def _refuse_repeated(key: str, names: list[Any]) -> None:
    repeated = sorted({str(name) for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{key}: {', '.join(repeated)} is named more than once; every name must differ")


def _named_files(dataset: Dataset) -> list[tuple[str, str]]:
    """Every local file a dataset names, with the key that names it."""
    named = [(f"files.{split}", path) for split, path in dataset.files.paths.items()] if dataset.files else []
    named += [("mimic.folder", path) for path in dataset.mimic.paths] if dataset.mimic else []
    for family, fitting in dataset.models.items():
        if fitting.architecture and fitting.architecture.vectors.endswith((".npy", ".txt")):
            named.append((f"models.{family}.architecture.vectors", fitting.architecture.vectors))
    return named


def _nearest_file(value: str) -> str:
    folder = Path(value).parent
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return nearest(Path(value).name, names)
