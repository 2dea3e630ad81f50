"""Which models a study trains."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationInfo, model_validator
from pydantic.json_schema import SkipJsonSchema

from recursive_roar.catalog.models import FAMILIES, PRETRAINED, TRANSFORMER, WORD_TOKENIZER, Family
from recursive_roar.catalog.own_model import KnownModel, describe_model
from recursive_roar.errors import nearest
from recursive_roar.settings import Settings, require_valid, sources_read

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]*$")]

PARTS = ["*.json", "*.safetensors", "*.txt", "*.model"]
"""Files of a pretrained model that are read: weights as safetensors alone, tokeniser and configuration; no code."""


class Subwords(Settings):
    """How a transformer's own tokeniser is used."""

    maximum_tokens: int = Field(512, gt=4, description="longer sequences are cut; the tokeniser's own limit if lower")
    pairs: Literal["standard", "paper"] = Field(
        "standard",
        description="standard: as the tokeniser builds pairs, cutting the text and never its partner; paper: one "
        "separator between the two, and what is too long is cut at the end, partner first",
    )


class Model(Settings):
    """A model of the study: its name in paths and tables, and, of a transformer, where its weights start."""

    name: Name
    pretrained: str | None = Field(None, description="local folder, or with `revision` an id of the Hugging Face hub")
    revision: str | None = Field(None, description="commit of the hub's repository, so that the study can be repeated")
    subwords: Subwords = Subwords()
    own_class: str | None = Field(
        None, alias="class", description="instead: a class of one's own, FILE.py:CLASS or PACKAGE.MODULE:CLASS"
    )
    parameters: SkipJsonSchema[dict[str, Any]] = Field(default_factory=dict)  # the other keys of an entry with `class`
    explainers: tuple[str, ...] | None = Field(
        None, min_length=1, description="names of those of the study's explainers that apply to it; null: all"
    )

    @model_validator(mode="after")
    def _known(self) -> "Model":
        if self.pretrained is not None and self.own_class is not None:
            raise ValueError(f"{self.name}: give either 'pretrained' or 'class'")
        if not self._brought and (self.name not in FAMILIES or self.name == TRANSFORMER):
            names = [name for name in (*FAMILIES, *PRETRAINED) if name != TRANSFORMER]
            raise ValueError(
                f"unknown model '{self.name}'. Allowed: {', '.join(names)}, or an entry with a name of its own and "
                f"`pretrained` or `class`.{nearest(self.name, names)}"
            )
        if self.pretrained is None and self.revision is not None:
            raise ValueError(f"'{self.name}' has a `revision` but no `pretrained`, which says of what")
        if self._brought and self.name in (*FAMILIES, WORD_TOKENIZER):
            raise ValueError(f"a model of your own cannot be called '{self.name}'; give it another name")
        return self

    @model_validator(mode="after")
    def _usable_folder(self, info: ValidationInfo) -> "Model":
        if sources_read(info) and self.pretrained is not None and self.revision is None:
            _require_model_folder(Path(self.pretrained))
        return self

    @model_validator(mode="after")
    def _usable_class(self) -> "Model":
        if self.own is not None:
            require_valid(self.parameters, self.own.parameters, self.name)
        elif self.parameters:
            raise ValueError(f"'{self.name}' takes no `parameters`: only a `class` does, as further keys of its entry")
        return self

    @cached_property
    def own(self) -> KnownModel | None:
        """What the source of one's own class says; None for any other model."""
        return describe_model(self.own_class, type(self).model_fields) if self.own_class is not None else None

    @property
    def arguments(self) -> dict[str, Any]:
        """Every keyword argument of one's own class, defaults filled in."""
        return self.own.parameters.model_validate(self.parameters).model_dump() if self.own else {}

    @property
    def family_name(self) -> str:
        """`transformer`, or the model's own name."""
        return self.name if self.pretrained is None else TRANSFORMER

    @property
    def family(self) -> Family:
        """The catalog's entry of the family; a model of one's own is a family of its own."""
        return self.own.family if self.own else FAMILIES[self.family_name]

    @property
    def _brought(self) -> bool:
        """Whether the user says where the model comes from."""
        return self.pretrained is not None or self.own_class is not None

    @property
    def on_hub(self) -> bool:
        """Whether the model is fetched from the Hugging Face hub."""
        return self.revision is not None

    @property
    def tokenizer(self) -> str:
        """Name of the model's tokeniser in paths."""
        return WORD_TOKENIZER if self.pretrained is None else self.name


def _require_model_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ValueError(
            f"pretrained names '{folder}', which is not a folder (relative paths start at {Path.cwd()}). "
            "For a model of the Hugging Face hub give its `revision` as well"
        )
    if not (folder / "config.json").is_file():
        raise ValueError(f"pretrained names '{folder}', which holds no config.json, so it is no Hugging Face model")
    if not list(folder.glob("*.safetensors")):
        raise ValueError(
            f"pretrained names '{folder}', which holds no weights as safetensors, and no other form is read. "
            "Load the model with transformers where you trust it and save it with save_pretrained"
        )
