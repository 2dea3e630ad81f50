"""The datasets known by name."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from recursive_roar.catalog.models import TRANSFORMER

DEFAULT = "default"
SOURCES = ("generate", "files", "hub", "mimic")


@cache
def _entries() -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, Any]] = yaml.safe_load(
        files("recursive_roar.catalog").joinpath("datasets.yaml").read_text()
    )
    return content


def known_names() -> list[str]:
    """Names that need no further configuration."""
    return [name for name in _entries() if name != DEFAULT]


def entry(name: str) -> dict[str, Any]:
    """What the catalog knows of a dataset; for an unknown name, what a dataset of one's own starts from.

    Where an entry says nothing of how transformers are trained on it, they are trained as on one's own.
    """
    usual = _entries()[DEFAULT]
    known = _entries().get(name, usual)
    own = known["models"].get(TRANSFORMER, {}).get("recipe", {})
    recipe = {**usual["models"][TRANSFORMER]["recipe"], **own}
    return {**known, "models": {**known["models"], TRANSFORMER: {"recipe": recipe}}}
