"""A model of one's own, as a plan knows it."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pydantic import create_model

from recursive_roar.catalog.models import Family
from recursive_roar.catalog.own_class import OwnClassError, read_class
from recursive_roar.settings import Settings

INTERFACE = "recursive_roar.models.interface.Classifier"
BUILDER = "recursive_roar.models.own"
GIVEN = ("words", "classes")  # arguments of `__init__` that the dataset tells


@dataclass(frozen=True)
class KnownModel:
    """What can be said of a class without importing it; `paired` is whether its `__init__` asks for that."""

    path: str
    family: Family
    parameters: type[Settings]
    paired: bool
    source: Path


def describe_model(path: str, reserved: Collection[str]) -> KnownModel:
    """What a plan must know of the class that `path` names; `reserved` are the keys of its entry in a study.

    Raises:
        OwnClassError: no such file or class, not a classifier, or a signature that cannot be checked.
    """
    own = read_class(path, INTERFACE)
    fields = own.parameters(reserved)
    for argument in GIVEN:
        if fields.pop(argument, None) is None:
            raise OwnClassError(
                f"class {own.name}: its __init__ must take `{argument}`, a number that the dataset tells"
            )
    paired = fields.pop("paired", None) is not None
    family = Family(BUILDER, *(own.flag(name) for name in ("has_attention", "has_attention_maps")))
    return KnownModel(path, family, create_model(own.name, __base__=Settings, **fields), paired, own.file)
