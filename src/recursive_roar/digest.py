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
def own_code_digest(file: Path, *modules: str) -> str:
    """Hash of a user's file, of the files of its own folder or package that it imports, and of the code of `modules`.

    Modules of this package that these files import count as well.
    """
    files = sorted(_own_closure(file))
    package = {name for path in files for name in _imported_names(ast.parse(path.read_text())) if _file(name)}
    text = "".join(path.read_text() for path in files)
    return hashlib.sha256((text + code_digest(*modules, *sorted(package))).encode()).hexdigest()[:16]


def _own_closure(file: Path) -> set[Path]:
    reached: set[Path] = set()
    waiting = [file.resolve()]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting.extend(_own_imports(path))
    return reached


def _own_imports(file: Path) -> Iterator[Path]:
    """Files that an import in `file` finds in its folder, or from the folder that holds its package."""
    top = next(folder for folder in file.parents if not (folder / "__init__.py").is_file())
    for name in _every_imported_name(ast.parse(file.read_text())):
        for root in {file.parent, top}:
            base = root.joinpath(*name.split("."))
            yield from (path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file())


def _every_imported_name(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = f"{node.module}." if node.module else ""
            yield from (name for name in [node.module, *(prefix + alias.name for alias in node.names)] if name)


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
