"""A study: the configuration as typed, validated objects."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from recursive_roar.config.dataset import Dataset, Fitting
from recursive_roar.config.explainer import ChosenExplainer, Control
from recursive_roar.config.ladder import Ladder
from recursive_roar.config.model import Model
from recursive_roar.data.formats import SourceError, detect
from recursive_roar.errors import nearest
from recursive_roar.models.word_list import vector_sources
from recursive_roar.settings import Settings, sources_read
from recursive_roar.splits import SPLITS, SplitName

FOLDERS_ALLOWED = {f"files.{split}" for split in SPLITS}

Protocol = Literal["recursive-roar", "roar"]


class Statistics(Settings):
    """How an interval over seeds is computed."""

    interval: Literal["student-t", "paper"] = Field("student-t", description="paper: BCa bootstrap, as published")
    confidence: float = Field(0.95, gt=0, lt=1)
    precision: float | None = Field(
        None, gt=0, lt=1, description="seeds are added until every interval of RACU has at most this half-width"
    )
    max_seeds: int = Field(20, ge=2, description="seeds beyond which `precision` adds none")

    @property
    def of_intervals(self) -> dict[str, Any]:
        """What an interval depends on; the number of seeds is another matter."""
        return self.model_dump(include={"interval", "confidence"})


class Report(Settings):
    """What the report shows of single examples."""

    examples: int = Field(12, ge=0, description="test examples of each dataset and model shown token by token; 0: none")
    tokens: int = Field(400, gt=0, description="tokens shown of an example; of a longer one those masked first")
    private_text: bool = Field(False, description="show the text of datasets that are `private` as well")


class Compute(Settings):
    """How to run. Nothing here changes a result's identity, so editing it reruns nothing."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    explain_pass_tokens: int | None = Field(
        None, gt=0, description="padded tokens per pass when importance is extracted; null: what suits the device"
    )
    measured: tuple[str, ...] = Field(
        (), description="folders of results of other studies whose seconds a forecast may use"
    )
    checkpoint_seconds: float = Field(10, ge=0, description="least time between two saved training states")


class Study(Settings):
    """Everything that a run of the workflow computes."""

    results: str = Field("results", description="folder of everything that is made")
    data: str = Field(".", description="folder at which relative paths of a dataset's source start")
    datasets: tuple[Dataset, ...] = Field(min_length=1)
    models: tuple[Model, ...] = Field(min_length=1)
    controls: tuple[Control, ...] = Field((), description="changed copies of every explainer, to compare it with")
    explainers: tuple[ChosenExplainer, ...] = Field(min_length=1)
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    protocols: tuple[Protocol, ...] = Field(
        ("recursive-roar",), description="empty: no rounds, only trainings on unmasked data and their importance"
    )
    explain_splits: tuple[SplitName, ...] = Field(
        get_args(SplitName), min_length=1, description="splits whose importance is wanted; rounds need all three"
    )
    ladders: tuple[Ladder, ...] = Field(min_length=1)
    target: Literal["gold", "predicted"] = Field("gold", description="class whose logit is explained")
    statistics: Statistics = Statistics()
    report: Report = Report()
    compute: Compute = Compute()

    @field_validator("results")
    @classmethod
    def _one_spelling(cls, value: str) -> str:
        """Snakemake compares paths as text, and those of the rules are built from this one."""
        folder = Path(value)
        if folder == Path():
            raise ValueError("name a folder that holds nothing else, such as 'results'")
        return str(folder)

    @field_validator("explainers")
    @classmethod
    def _with_controls(cls, chosen: tuple[ChosenExplainer, ...], info: ValidationInfo) -> tuple[ChosenExplainer, ...]:
        """Controls are explainers like any other, so that everything else need not know of them."""
        bases = [explainer for explainer in chosen if explainer.method != "random"]
        return (*chosen, *(control.of(base) for base in bases for control in info.data.get("controls", ())))

    @model_validator(mode="after")
    def _names_once(self) -> "Study":
        for key in ("datasets", "models", "controls", "explainers", "ladders"):
            _refuse_repeated(key, [entry.name for entry in getattr(self, key)])
        for key in ("seeds", "protocols", "explain_splits"):
            _refuse_repeated(key, list(getattr(self, key)))
        return self

    @model_validator(mode="after")
    def _files_told_apart(self) -> "Study":
        """Figures and heatmaps are named after dataset and model, which may hold the hyphen between the two."""
        pairs = defaultdict(list)
        for dataset in self.datasets:
            for model in self.models:
                pairs[f"{dataset.name}-{model.name}"].append(f"'{model.name}' on '{dataset.name}'")
        for name, same in pairs.items():
            if len(same) > 1:
                raise ValueError(f"models: {' and '.join(same)} would both be {name} in names of files; rename one")
        return self

    @model_validator(mode="after")
    def _reference_by_its_name(self) -> "Study":
        """Scores are against the explainer that is named `random`, so that is what it must be."""
        methods = {explainer.name: explainer.method for explainer in self.explainers}
        if methods.get("random", "random") != "random":
            raise ValueError("explainers: 'random' names the masks that scores compare with; give yours another name")
        if "random" in methods.values() and "random" not in methods:
            raise ValueError("explainers: scores compare with the one named 'random'; add `random` as it is")
        return self

    @model_validator(mode="after")
    def _explainers_fit_models(self) -> "Study":
        for model in self.models:
            for explainer in self.explainers_of(model):
                lacking = explainer.known.lacks(model.family)
                if lacking:
                    raise ValueError(
                        f"explainers, {explainer.name}: it needs {lacking}, which {model.name} does not offer. Leave "
                        f"one of the two out, or list the explainers that fit under the model: {{name: {model.name}, "
                        "explainers: [...]}"
                    )
        return self

    @model_validator(mode="after")
    def _explainers_of_models_known(self) -> "Study":
        names = [explainer.name for explainer in self.explainers]
        for model in self.models:
            for name in model.explainers or ():
                if name not in names:
                    raise ValueError(
                        f"models, {model.name}: '{name}' is not among the study's explainers. Allowed: "
                        f"{', '.join(names)}.{nearest(name, names)}"
                    )
        return self

    @model_validator(mode="after")
    def _own_models_read_pairs(self) -> "Study":
        paired = [dataset.name for dataset in self.datasets if dataset.paired]
        for model in self.models:
            if paired and model.own and not model.own.paired:
                raise ValueError(
                    f"models, {model.name}: {paired[0]} is a dataset of pairs, and {model.own_class} does not read "
                    "them; let its __init__ take `paired`, or leave one of the two out"
                )
        return self

    @model_validator(mode="after")
    def _rounds_mask_every_split(self) -> "Study":
        left_out = [split for split in SPLITS if split not in self.explain_splits]
        if self.protocols and left_out:
            raise ValueError(
                f"explain_splits: every split is masked in a round, so the importance of {' and '.join(left_out)} is "
                "needed too. Name all three, or write 'protocols: []' for a study without rounds"
            )
        return self

    @model_validator(mode="after")
    def _precision_reachable(self) -> "Study":
        if self.statistics.precision is None:
            return self
        if not self.protocols:
            raise ValueError("statistics.precision is of RACU, which needs rounds; name a protocol in `protocols`")
        if not any(ladder.name == "relative" for ladder in self.ladders):
            raise ValueError("statistics.precision is of RACU, which needs the ladder 'relative'; add it to `ladders`")
        names = [explainer.name for explainer in self.explainers]
        if "random" not in names or len(names) < 2:
            raise ValueError("statistics.precision is of RACU, which needs 'random' and one more; see `explainers`")
        if self.statistics.max_seeds < len(self.seeds):
            raise ValueError(
                f"statistics.max_seeds: {self.statistics.max_seeds} is less than the {len(self.seeds)} of `seeds`"
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
    def _files_exist(self, info: ValidationInfo) -> "Study":
        if not sources_read(info):
            return self
        absent = [
            f"datasets, {dataset.name}: {key} needs '{value}', which is not a file.{_nearest_file(value)}"
            for dataset in self.datasets
            for key, value in _named_files(dataset)
            if not Path(value).is_file() and not (key in FOLDERS_ALLOWED and Path(value).is_dir())
        ]
        if absent:
            where = f"Relative paths start at {Path.cwd()}, those of a dataset's source there at `data` ({self.data})."
            raise ValueError("\n  - ".join(absent) + f" {where}")
        return self

    @model_validator(mode="after")
    def _formats_known(self, info: ValidationInfo) -> "Study":
        for dataset in self.datasets if sources_read(info) else ():
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

    @property
    def shows_private_text(self) -> bool:
        """Whether the report holds text of a private dataset."""
        return self.report.private_text and any(dataset.private for dataset in self.datasets)

    def dataset(self, name: str) -> Dataset:
        """The dataset of that name."""
        return next(dataset for dataset in self.datasets if dataset.name == name)

    def model(self, name: str) -> Model:
        """The model of that name."""
        return next(model for model in self.models if model.name == name)

    def explainer(self, name: str) -> ChosenExplainer:
        """The explainer of that name."""
        return next(explainer for explainer in self.explainers if explainer.name == name)

    @property
    def control_of(self) -> dict[str, str]:
        """By name of a control, the explainer that it is a changed copy of."""
        return {each.name: each.control_of for each in self.explainers if each.control_of}

    def explainers_of(self, model: Model) -> Iterator[ChosenExplainer]:
        """The explainers that are tested on a model, with their controls."""
        return (
            each
            for each in self.explainers
            if model.explainers is None or (each.control_of or each.name) in model.explainers
        )

    def ladder(self, name: str) -> Ladder:
        """The ladder of that name."""
        return next(ladder for ladder in self.ladders if ladder.name == name)

    def fitting(self, dataset: str, model: str) -> Fitting:
        """Sizes and recipe of a model on a dataset: what stands under its name, otherwise under its family's."""
        fittings = self.dataset(dataset).models
        return fittings.get(model) or fittings[self.model(model).family_name]


def _refuse_repeated(key: str, names: list[Any]) -> None:
    folders = [str(name).casefold() for name in names]
    repeated = sorted({str(name) for name, folder in zip(names, folders, strict=True) if folders.count(folder) > 1})
    if repeated:
        raise ValueError(
            f"{key}: {', '.join(repeated)} is named more than once; every name must differ, and not in capitals alone, "
            "as some file systems do not tell them apart"
        )


def _named_files(dataset: Dataset) -> list[tuple[str, str]]:
    """Every local file a dataset names, with the key that names it."""
    named = [(f"files.{split}", path) for split, path in dataset.files.paths.items()] if dataset.files else []
    named += [("mimic.folder", path) for path in dataset.mimic.paths] if dataset.mimic else []
    for family, fitting in dataset.models.items():
        files = vector_sources(fitting.architecture.vectors) if fitting.architecture else []
        named += [(f"models.{family}.architecture.vectors", path) for path in files]
    return named


def _nearest_file(value: str) -> str:
    folder = Path(value).parent
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return nearest(Path(value).name, names)
