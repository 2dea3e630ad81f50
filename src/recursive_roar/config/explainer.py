"""What a study says of its explainers and of their controls."""

from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from recursive_roar.catalog.controls import CONTROLS, BlurredParameters, controlled
from recursive_roar.catalog.explainers import EXPLAINERS, KnownExplainer, unknown_explainer
from recursive_roar.catalog.own_explainer import describe
from recursive_roar.config.model import Name
from recursive_roar.settings import Settings, require_valid

ControlName = Literal["permuted", "blurred", "negated", "position-prior"]


class ChosenExplainer(Settings):
    """An explainer of the study: its name in paths and tables, the method or a class, and its parameters."""

    name: Name
    method: str | None = Field(None, description="name of the catalog; left out, `name` is it")
    own_class: str | None = Field(
        None, alias="class", description="instead of a method: FILE.py:CLASS or PACKAGE.MODULE:CLASS"
    )
    parameters: SkipJsonSchema[dict[str, Any]] = Field(default_factory=dict)  # every other key of the entry
    base: "SkipJsonSchema[ChosenExplainer | None]" = None  # of a control: the explainer whose scores it changes

    @model_validator(mode="after")
    def _known(self) -> "ChosenExplainer":
        if self.own_class is not None and self.method is not None:
            raise ValueError(f"{self.name}: give either 'method' or 'class'")
        if self.own_class is None and self.base is None and self.method not in EXPLAINERS:
            raise ValueError(unknown_explainer(self.method))
        require_valid(self.parameters, self.known.parameters, self.name)
        return self

    @cached_property
    def known(self) -> KnownExplainer:
        """The catalog's entry of the method, or what the source of one's own class says."""
        if self.base is not None:
            return controlled(str(self.method), self.base.known)
        return describe(self.own_class) if self.own_class is not None else EXPLAINERS[str(self.method)]

    @property
    def control_of(self) -> str | None:
        """Name of the explainer that this one is a control of, if it is one."""
        return self.base.name if self.base else None

    @property
    def sees_masks(self) -> bool:
        """Whether its scores may change after a round."""
        return self.known.sees_masks or bool(self.parameters.get("redraw"))

    @property
    def arguments(self) -> dict[str, Any]:
        """Every keyword argument of the method, defaults filled in."""
        return self.known.parameters.model_validate(self.parameters).model_dump()


class Control(BlurredParameters):
    """A changed copy that every explainer of the study gets, but for random ones."""

    name: ControlName

    @model_validator(mode="after")
    def _no_other_parameters(self) -> "Control":
        if "window" in self.model_fields_set and "window" not in CONTROLS[self.name].parameters.model_fields:
            raise ValueError(f"{self.name} has no window, only blurred does")
        return self

    def of(self, base: ChosenExplainer) -> ChosenExplainer:
        """This control of one explainer."""
        parameters = self.model_dump(include=set(CONTROLS[self.name].parameters.model_fields))
        return ChosenExplainer(name=f"{base.name}-{self.name}", method=self.name, parameters=parameters, base=base)
