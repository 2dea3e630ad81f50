"""Digest of the package's code that a step depends on, so that a change of code reruns what it affects."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from recursive_roar.imported_files import imported_files

PACKAGE = "recursive_roar"
INSTALLED = {"site-packages", "dist-packages"}
_ROOT = Path(__file__).parent


@cache
def code_digest(*modules: str) -> str:
    """Hash of the source of `modules` and of every module of this package that they import, directly or not.

    Imports written under `if TYPE_CHECKING:` do not count, they change no result.
    """
    names = sorted(set().union(*(_closure(module) for module in modules)))
    return hashlib.sha256("".join(name + _source(name) for name in names).encode()).hexdigest()[:16]


@cache
def source_digest(module: str) -> str:
    """Hash of the source of one module of this package alone."""
    return hashlib.sha256(_source(module).encode()).hexdigest()[:16]


@cache
def own_code_digest(file: Path, *modules: str) -> str:
    """Hash of a user's file, of the user's files that it imports, directly or not, and of the code of `modules`.

    Modules of this package that these files import count as well.
    """
    files = sorted(_own_closure(file))
    package = {name for path in files for name in _imported_names(ast.parse(path.read_text())) if _file(name)}
    text = "".join(path.read_text() for path in files)
    return hashlib.sha256((text + code_digest(*modules, *sorted(package))).encode()).hexdigest()[:16]


def folder_digest(folder: Path) -> str:
    """Hash of the names, sizes and times of the files in a folder, at any depth."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    facts = [(str(path.relative_to(folder)), (found := path.stat()).st_size, found.st_mtime_ns) for path in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


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
    """Files of the user that an import in `file` finds, in its folder, the holder of its package or where jobs run."""
    holder = next(folder for folder in file.parents if not (folder / "__init__.py").is_file())
    package = holder / file.relative_to(holder).parts[0]
    for name, level in _every_imported_name(ast.parse(file.read_text())):
        found = imported_files(name, level, file.parent, {file.parent, holder, Path.cwd()})
        yield from (path for path in found if path.is_relative_to(package) or not _is_installed(path))


def _is_installed(path: Path) -> bool:
    """Whether a file is one of this package, which counts by its modules' names, or lies among installed ones."""
    return path.is_relative_to(_ROOT) or not INSTALLED.isdisjoint(path.parts)


def _every_imported_name(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Dotted names, and the number of dots before them; the name is empty for what dots alone stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = f"{node.module}." if node.module else ""
            names = [node.module or "", *(prefix + alias.name for alias in node.names)]
            yield from ((name, node.level) for name in names)


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
