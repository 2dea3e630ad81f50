"""An explainer from where its class lives."""

import sys
from collections.abc import Mapping
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from recursive_roar.explain.interface import Explainer


def load_explainer(path: str, arguments: Mapping[str, Any]) -> Explainer:
    """An instance of the class that `package.module:Class` or `file.py:Class` names; nothing of either is unpickled."""
    where, _, name = path.rpartition(":")
    module = _from_file(Path(where)) if where.endswith(".py") else _from_import_path(where)
    explainer: Explainer = getattr(module, name)(**arguments)
    return explainer


def _from_import_path(module: str) -> ModuleType:
    _searchable(Path.cwd())
    return import_module(module)


def _from_file(file: Path) -> ModuleType:
    """The file as a module under a name that hides no other; it may import files beside it."""
    _searchable(file.parent.resolve())
    specification = spec_from_file_location(f"own_explainer_{file.stem}", file)
    assert specification is not None and specification.loader is not None
    module = module_from_spec(specification)
    sys.modules[specification.name] = module  # as an import does; dataclasses look their module up there
    specification.loader.exec_module(module)
    return module


def _searchable(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
