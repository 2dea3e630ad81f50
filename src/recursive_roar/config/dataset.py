"""What a study needs to know of a dataset."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from recursive_roar.catalog.datasets import SOURCES, known_names
from recursive_roar.catalog.models import FAMILIES, LSTM, PRETRAINED
from recursive_roar.config.model import Name
from recursive_roar.config.recipe import Recipe
from recursive_roar.data.formats import Format
from recursive_roar.errors import nearest
from recursive_roar.settings import Settings

MIMIC_VECTORS = "mimic-word2vec"
NAMED_VECTORS = ("normal", "glove-6b-50d", MIMIC_VECTORS)


class Files(Settings):
    """Local files, or folders as aclImdb has them."""

    train: str
    validation: str | None = Field(None, description="absent: a share of the training split, see `validation`")
    test: str
    format: Format | None = Field(None, description="absent: told by the extension or the first line")

    @property
    def paths(self) -> dict[str, str]:
        """The path of each split that is given."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {split: path for split, path in named.items() if path is not None}


class Splits(Settings):
    """What the hub calls the splits."""

    train: str = "train"
    validation: str | None = Field(
        None, description="absent: `validation` if there is one, else a share of the training split"
    )
    test: str = "test"


class Hub(Settings):
    """A dataset of the Hugging Face hub, fetched once by a rule that runs where the network is."""

    id: str = Field(description="such as SetFit/sst2")
    revision: str = Field(description="commit of the dataset's repository, so that the study can be repeated")
    configuration: str | None = Field(None, description="the hub's name for a subset, if it has several")
    splits: Splits = Splits()


class Generate(Settings):
    """Questions about a simulated small world in the style of bAbI (Weston et al. 2015)."""

    task: Literal[1, 2, 3] = Field(description="supporting facts a question depends on")
    train: int = Field(gt=0, description="questions of the training split, before the validation split is taken")
    test: int = Field(gt=0)
    seed: int = Field(0, ge=0)


class Mimic(Settings):
    """A task on the discharge summaries of MIMIC-III v1.4, for which one needs PhysioNet's permission."""

    folder: str = Field(description="holds NOTEEVENTS.csv.gz, DIAGNOSES_ICD.csv.gz and, for diabetes, the lists")
    task: Literal["anemia", "diabetes"]
    length_filter: Literal["standard", "paper"] = Field(
        "standard", description="paper: none for diabetes, as the published condition is never true"
    )

    @property
    def notes(self) -> str:
        """The file of all notes."""
        return f"{self.folder}/NOTEEVENTS.csv.gz"

    @property
    def diagnoses(self) -> str:
        """The file of the codes of all diagnoses."""
        return f"{self.folder}/DIAGNOSES_ICD.csv.gz"

    @property
    def admissions(self) -> dict[str, str]:
        """For each split, the file of its admission ids, one a line; none for a task that is split at random."""
        if self.task == "anemia":
            return {}
        published = {"train": "train", "validation": "dev", "test": "test"}
        return {split: f"{self.folder}/{name}_50_hadm_ids.csv" for split, name in published.items()}

    @property
    def paths(self) -> list[str]:
        """Every file of the folder that the task needs."""
        return [self.notes, self.diagnoses, *self.admissions.values()]


class Validation(Settings):
    """How a validation split is taken from the training split when there is none."""

    share: float = Field(0.15, gt=0, lt=1)
    seed: int = Field(0, ge=0)


class Kept(Settings):
    """How much of the test split is used."""

    share: float = Field(1, gt=0, le=1, description="drawn at random")
    seed: int = Field(0, ge=0)


class Published(Settings):
    """Counts of the published study; the scoring of runs names those in which the prepared dataset differs."""

    train: int | None = Field(None, description="examples")
    validation: int | None = None
    test: int | None = None
    index: int | None = Field(None, description="different words of the training file, see `known_words_only`")
    vocabulary: int | None = Field(None, description="words and special tokens of the word-level tokeniser")


def _compilable(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise ValueError(f"'{pattern}' is no regular expression: {error}") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_compilable)]


class Replacement(Settings):
    """A regular expression and what takes its place."""

    pattern: Pattern
    by: str

    @model_validator(mode="after")
    def _groups_known(self) -> "Replacement":
        try:
            re.sub(self.pattern, self.by, "")
        except (re.error, IndexError) as error:
            raise ValueError(f"'{self.by}' cannot take the place of '{self.pattern}': {error}") from None
        return self


class Splitting(Settings):
    """How text becomes words."""

    split: Literal["blank", "spacy-english"] = "spacy-english"
    blank_out: Pattern | None = Field(None, description="regular expression; what matches becomes blanks")
    leading_blank: bool = Field(False, description="blanks before the first word are a word, as in the published code")
    lower_case: bool = True
    digits: bool = Field(False, description="a word with a digit becomes [DIGITS]")


class Words(Splitting):
    """The word-level tokeniser of the BiLSTM."""

    minimum_document_frequency: int = Field(1, gt=0, description="rarer training words are unknown")


class Cleaning(Settings):
    """What becomes of a text before anything else sees it, for every model."""

    replace: tuple[Replacement, ...] = Field((), description="applied in order to text and pair text")
    rewrite: Splitting | None = Field(None, description="then text and pair text become their words, joined by blanks")


class Architecture(Settings):
    """Sizes of a model and where its word vectors start."""

    embedding_width: int = Field(gt=0)
    hidden_width: int = Field(gt=0, description="of each LSTM direction")
    vectors: str = Field("normal", description=f"{', '.join(NAMED_VECTORS)}, or a .npy or .txt file")

    @field_validator("vectors")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in NAMED_VECTORS and not value.endswith((".npy", ".txt")):
            raise ValueError(
                f"'{value}' is not known. Allowed: {', '.join(NAMED_VECTORS)}, or a file that ends in .npy or .txt."
                f"{nearest(value, NAMED_VECTORS)}"
            )
        return value


class Fitting(Settings):
    """A model on a dataset: its training recipe and, where it starts from nothing, its sizes."""

    architecture: Architecture | None = Field(None, description="of bilstm-attention; transformers bring their own")
    recipe: Recipe


class Dataset(Cleaning):
    """One dataset of a study; the catalog holds defaults for known names."""

    name: Name
    generate: Generate | None = None
    files: Files | None = None
    hub: Hub | None = None
    mimic: Mimic | None = None
    private: bool = Field(False, description="no text in reports; what is made of it is readable to its owner only")
    text: str = Field("text", description="column of the text that is explained and masked")
    pair_text: str | None = Field(None, description="column of an unmasked partner (a question, a hypothesis)")
    label: str = "label"
    label_names: tuple[str, ...] | None = Field(None, description="what integer labels 0, 1, ... mean")
    drop_unlabelled: bool = Field(False, description="examples without a label are left out instead of refused")
    classes: int | None = Field(None, gt=1, description="width of the output layer; absent: number of labels")
    metric: Literal["accuracy", "macro-f1"] = "macro-f1"
    validation: Validation = Validation()
    test: Kept = Kept()
    known_words_only: bool = Field(False, description="words of other splits that the training file lacks are dropped")
    minimum_words: int = Field(0, ge=0, description="shorter texts (words between blanks) are dropped")
    maximum_words: int | None = Field(None, gt=0, description="longer texts are dropped")
    published: Published = Published()
    words: Words = Words()
    models: dict[str, Fitting] = Field(description="per model, or per family: bilstm-attention, transformer")

    @field_validator("label_names", mode="before")
    @classmethod
    def _names_are_text(cls, value: object) -> object:
        if isinstance(value, list | tuple) and not all(isinstance(name, str) for name in value):
            raise ValueError(
                "each name is a text. Quote what YAML takes for something else, "
                'such as "no", "yes", "off", "on" and numbers'
            )
        return value

    @field_validator("models", mode="before")
    @classmethod
    def _sizes_are_of_the_lstm(cls, value: object) -> object:
        for model, fitting in value.items() if isinstance(value, dict) else ():
            if model != LSTM and isinstance(fitting, dict) and fitting.get("architecture"):
                raise ValueError(
                    f"{model} takes no `architecture`, only {LSTM} does. A transformer brings its sizes with it; those "
                    "of a class of your own are further keys of its entry in the study's `models`"
                )
        return value

    @field_validator("models", mode="before")
    @classmethod
    def _models_known(cls, value: object, info: ValidationInfo) -> object:
        known = list(dict.fromkeys([*FAMILIES, *PRETRAINED, *(info.context or {}).get("models", ())]))
        for model in value if isinstance(value, dict) else ():
            if model not in known:
                raise ValueError(f"unknown model '{model}'. Allowed: {', '.join(known)}.{nearest(model, known)}")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> "Dataset":
        named = [key for key in SOURCES if getattr(self, key) is not None]
        if not named:
            raise ValueError(
                f"'{self.name}' is not a known dataset ({', '.join(known_names())}), "
                f"so it needs one of {', '.join(SOURCES)}.{nearest(self.name, known_names())}"
            )
        if len(named) > 1:
            raise ValueError(f"dataset '{self.name}' names several sources ({', '.join(named)}); keep one")
        return self

    @model_validator(mode="after")
    def _a_class_for_each_name(self) -> "Dataset":
        if self.classes is not None and len(self.label_names or ()) > self.classes:
            raise ValueError(
                f"`label_names` of '{self.name}' are {len(self.label_names or ())}, more than `classes: {self.classes}`"
            )
        return self

    @model_validator(mode="after")
    def _vectors_of_mimic(self) -> "Dataset":
        for family, fitting in self.models.items():
            if fitting.architecture and fitting.architecture.vectors == MIMIC_VECTORS and self.mimic is None:
                raise ValueError(
                    f"models.{family}.architecture.vectors: {MIMIC_VECTORS} is trained on MIMIC-III, "
                    f"which '{self.name}' is not"
                )
        return self

    @property
    def paired(self) -> bool:
        """Whether each example has an unmasked partner."""
        return self.pair_text is not None
