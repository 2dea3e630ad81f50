"""A class from where it lives."""

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any


def load_class(path: str) -> Any:
    """The class that `package.module:Class` or `file.py:Class` names; nothing of either is unpickled."""
    where, _, name = path.rpartition(":")
    _searchable(Path.cwd())
    module = _from_file(Path(where)) if where.endswith(".py") else import_module(where)
    return getattr(module, name)


def _from_file(file: Path) -> ModuleType:
    """The file as a module under a name that hides no other; it may import files beside it."""
    _searchable(file.parent.resolve())
    specification = spec_from_file_location(f"own_{file.stem}", file)
    assert specification is not None and specification.loader is not None
    module = module_from_spec(specification)
    sys.modules[specification.name] = module  # as an import does; dataclasses look their module up there
    specification.loader.exec_module(module)
    return module


def _searchable(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
