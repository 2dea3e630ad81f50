"""Digest of the package's code that a step depends on, so that a change of code reruns what it affects."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "recursive_roar"
_ROOT = Path(__file__).parent


@cache
def code_digest(*modules: str) -> str:
    """Hash of the source of `modules` and of every module of this package that they import, directly or not.

    Imports written under `if TYPE_CHECKING:` do not count, they change no result.
    """
    names = sorted(set().union(*(_closure(module) for module in modules)))
    return hashlib.sha256("".join(name + _source(name) for name in names).encode()).hexdigest()[:16]


@cache
def _closure(module: str) -> frozenset[str]:
    reached: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(_imports(name))
    return frozenset(reached)


@cache
def _imports(module: str) -> tuple[str, ...]:
    """Modules of this package that one module imports."""
    return tuple(name for name in _imported_names(ast.parse(_source(module))) if _file(name) is not None)


def _imported_names(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.ImportFrom) and child.module and child.module.startswith(PACKAGE):
            yield child.module
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        yield from _imported_names(child)


@cache
def _source(module: str) -> str:
    file = _file(module)
    if file is None:
        raise ModuleNotFoundError(module)
    return file.read_text()


@cache
def _file(module: str) -> Path | None:
    """The source file of a module or package of this package, None if there is none."""
    base = _ROOT.joinpath(*module.split(".")[1:])
    return next((file for file in (base.with_suffix(".py"), base / "__init__.py") if file.is_file()), None)
