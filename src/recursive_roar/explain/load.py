"""An explainer from where its class lives."""

from collections.abc import Mapping
from typing import Any

from recursive_roar.explain.interface import Explainer
from recursive_roar.own_code import load_class


def load_explainer(path: str, arguments: Mapping[str, Any]) -> Explainer:
    """An instance of the class that `package.module:Class` or `file.py:Class` names."""
    explainer: Explainer = load_class(path)(**arguments)
    return explainer
