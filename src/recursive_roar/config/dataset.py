"""What a study needs to know of a dataset."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from recursive_roar.catalog.datasets import SOURCES, known_names
from recursive_roar.catalog.models import FAMILIES, PRETRAINED
from recursive_roar.config.model import Name
from recursive_roar.config.recipe import Recipe
from recursive_roar.errors import nearest
from recursive_roar.settings import Settings

NAMED_VECTORS = ("normal", "glove-6b-50d")


class Files(Settings):
    """Local files of one format: csv, jsonl (or json) or parquet, told by the extension."""

    train: str
    validation: str | None = Field(None, description="absent: a share of the training split, see `validation`")
    test: str


class Hub(Settings):
    """A dataset of the Hugging Face hub, fetched once by a rule that runs where the network is."""

    id: str = Field(description="such as SetFit/sst2")
    revision: str = Field(description="commit of the dataset's repository, so that the study can be repeated")
    configuration: str | None = Field(None, description="the hub's name for a subset, if it has several")


class Generate(Settings):
    """Questions about a simulated small world in the style of bAbI (Weston et al. 2015)."""

    task: Literal[1, 2, 3] = Field(description="supporting facts a question hangs on")
    train: int = Field(gt=0, description="questions of the training split, before the validation split is taken")
    test: int = Field(gt=0)
    seed: int = Field(0, ge=0)


class Validation(Settings):
    """How a validation split is taken from the training split when there is none."""

    share: float = Field(0.15, gt=0, lt=1)
    seed: int = Field(0, ge=0)


class Replacement(Settings):
    """A regular expression and what takes its place."""

    pattern: str
    by: str


class Words(Settings):
    """How text becomes words (protocol: the word-level tokeniser of the BiLSTM)."""

    split: Literal["blank", "spacy-english"] = "spacy-english"
    blank_out: str | None = Field(None, description="regular expression; what matches becomes blanks")
    leading_blank: bool = Field(False, description="blanks before the first word are a word, as in the published code")
    lower_case: bool = True
    minimum_document_frequency: int = Field(1, gt=0, description="rarer training words are unknown")


class Architecture(Settings):
    """Sizes of a model and where its word vectors start."""

    embedding_width: int = Field(gt=0)
    hidden_width: int = Field(gt=0, description="of each LSTM direction")
    vectors: str = Field("normal", description="normal, glove-6b-50d, or a .npy or .txt file")

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


class Dataset(Settings):
    """One dataset of a study; the catalog holds defaults for known names."""

    name: Name
    generate: Generate | None = None
    files: Files | None = None
    hub: Hub | None = None
    text: str = Field("text", description="column of the text that is explained and masked")
    pair_text: str | None = Field(None, description="column of an unmasked partner (a question, a hypothesis)")
    label: str = "label"
    label_names: tuple[str, ...] | None = Field(None, description="what integer labels 0, 1, ... mean")
    classes: int | None = Field(None, gt=1, description="width of the output layer; absent: number of labels")
    metric: Literal["accuracy", "macro-f1"] = "macro-f1"
    validation: Validation = Validation()
    minimum_words: int = Field(0, ge=0, description="shorter texts (words between blanks) are dropped")
    replace: tuple[Replacement, ...] = Field((), description="applied in order to text and pair text")
    words: Words = Words()
    models: dict[str, Fitting] = Field(description="per model, or per family: bilstm-attention, transformer")

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

    @property
    def paired(self) -> bool:
        """Whether each example has an unmasked partner."""
        return self.pair_text is not None
