"""An explainer from where its class lives."""

from collections.abc import Mapping
from typing import Any

from recursive_roar.errors import UserError
from recursive_roar.explain.interface import Explainer
from recursive_roar.own_code import load_class


class DeclarationError(UserError):
    """An explainer that is not what its source was read as when the study was planned."""


def load_explainer(path: str, arguments: Mapping[str, Any], **declared: bool) -> Explainer:
    """An instance of the class that `package.module:Class` or `file.py:Class` names.

    Raises:
        DeclarationError: an attribute is not what it was `declared` to be.
    """
    explainer: Explainer = load_class(path)(**arguments)
    for name, value in declared.items():
        if (found := getattr(explainer, name)) != value:
            raise DeclarationError(
                f"explainer {type(explainer).__name__}: {name} is {found}, but its source was read as {value}; write "
                f"{name} = {found} in the body of the class"
            )
    return explainer
