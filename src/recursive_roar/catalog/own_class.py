"""A class of one's own: what a plan must know of it, read from its source without running it.

Running it would import torch into every planning process, and an error in it would come before any message.
"""

import ast
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from recursive_roar.errors import UserError, nearest
from recursive_roar.imported_files import imported_files

PACKAGE_FOLDER = Path(__file__).parents[2]
SIMPLE_TYPES = {"int": int, "float": float, "str": str, "bool": bool}


class OwnClassError(UserError, ValueError):
    """A class that a study names and that cannot be used as what it should be."""


@dataclass(frozen=True)
class Source:
    """One Python file, parsed."""

    file: Path

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        try:
            return ast.parse(self.file.read_text())
        except SyntaxError as error:
            raise OwnClassError(f"{self.file}, line {error.lineno}: {error.msg}") from None

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Classes at the top of the file, by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

    @cached_property
    def imported(self) -> dict[str, tuple[str, int]]:
        """What each imported name stands for, dotted, and the number of dots before it."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update({alias.asname: (alias.name, 0) for alias in node.names if alias.asname})
            elif isinstance(node, ast.ImportFrom):
                module = f"{node.module}." if node.module else ""
                found.update({alias.asname or alias.name: (module + alias.name, node.level) for alias in node.names})
        return found


@dataclass(frozen=True)
class OwnClass:
    """A class and those it derives from, in Python's method resolution order, as far as their source is found."""

    name: str
    file: Path
    definitions: tuple[ast.ClassDef, ...]

    def flag(self, name: str) -> bool:
        """Value of a class attribute that must be written as True or False."""
        value = next(value for definition in self.definitions for at, value in _assignments(definition) if at == name)
        if not (isinstance(value, ast.Constant) and isinstance(value.value, bool)):
            raise OwnClassError(f"class {self.name}: write {name} as True or False, it is read without running")
        return value.value

    def parameters(self, reserved: Collection[str]) -> dict[str, Any]:
        """Type and default of each keyword argument of the nearest `__init__`; a default of `...` means none.

        `reserved` names keys of a study's entry that are no parameters.
        """
        decorators = [ast.unparse(item) for definition in self.definitions for item in definition.decorator_list]
        if any("dataclass" in decorator for decorator in decorators):
            raise OwnClassError(f"class {self.name}: write its __init__ out, the one of a dataclass is not read")
        signatures = (signature for definition in self.definitions for signature in _signatures(definition))
        fields = {field: value for signature in list(signatures)[:1] for field, value in _fields(self.name, signature)}
        for argument in fields.keys() & set(reserved):
            raise OwnClassError(
                f"class {self.name}: call its argument '{argument}' something else, a study has that key"
            )
        return fields


def read_class(path: str, interface: str) -> OwnClass:
    """The class that `file.py:Class` or `package.module:Class` names, which must derive from `interface`, dotted.

    Raises:
        OwnClassError: no such file or class, it does not derive from the interface, or its file cannot be loaded alone.
    """
    where, _, name = path.rpartition(":")
    if not where or not name:
        raise OwnClassError(f"'{path}' is no class; write FILE.py:CLASS or PACKAGE.MODULE:CLASS")
    source = Source(_source_file(where))
    if where.endswith(".py"):
        _require_no_package(source)
    if name not in source.classes:
        raise OwnClassError(
            f"{source.file} has no class '{name}'. It has: {', '.join(source.classes) or 'none'}."
            f"{nearest(name, source.classes)}"
        )
    lineage = _lineage(source, source.classes[name])
    required = _module_file(interface.rpartition(".")[0], PACKAGE_FOLDER)
    if required is None or not any(file.samefile(required) for file, _ in lineage):
        raise OwnClassError(f"class {name} of {source.file} does not derive from {interface}")
    return OwnClass(name, source.file, tuple(definition for _, definition in lineage))


def _source_file(where: str) -> Path:
    if where.endswith(".py"):
        file = Path(where)
        if not file.is_file():
            names = [path.name for path in file.parent.glob("*.py")]
            raise OwnClassError(
                f"'{where}' is not a file. Relative paths start at {Path.cwd()}.{nearest(file.name, names)}"
            )
        return file
    found = _module_file(where, Path.cwd())
    if found is None:
        raise OwnClassError(f"there is no module '{where}' in {Path.cwd()} or among the installed ones")
    return found


def _require_no_package(source: Source) -> None:
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            raise OwnClassError(
                f"{source.file}, line {node.lineno}: a file that is named by its path is in no package, so leave out "
                "the dots of its imports, or name its class PACKAGE.MODULE:CLASS"
            )


def _module_file(module: str, folder: Path, level: int = 0) -> Path | None:
    """The source of a module as an import in a file of `folder` finds it; nothing is imported."""
    roots = [folder, Path.cwd(), PACKAGE_FOLDER, *map(Path, sys.path)]
    return next(imported_files(module, level, folder, roots), None)


def _lineage(source: Source, definition: ast.ClassDef) -> list[tuple[Path, ast.ClassDef]]:
    """A class and those it derives from, in Python's method resolution order, as far as their source is found."""
    *classes, _object = _stand_in(source, definition, {}).__mro__
    return [vars(stand_in)["written"] for stand_in in classes]


def _stand_in(source: Source, definition: ast.ClassDef, made: dict[tuple[Path, str], type]) -> type:
    """An empty class with the bases of a written one, for Python itself to order; `made` holds those there are."""
    key = (source.file.resolve(), definition.name)
    if key not in made:
        written = [found for base in definition.bases if (found := _written(source, ast.unparse(base), definition))]
        bases = [_stand_in(file, base, made) for file, base in written]
        try:
            made[key] = type(definition.name, tuple(bases), {"written": (source.file, definition)})
        except TypeError:
            raise OwnClassError(
                f"class {definition.name}: Python cannot order its bases {', '.join(base.__name__ for base in bases)}; "
                "name each once, and after those that derive from it"
            ) from None
    return made[key]


def _written(source: Source, name: str, user: ast.ClassDef | None = None) -> tuple[Source, ast.ClassDef] | None:
    """The class that a name in a file stands for, and the file that it is written in; None if that is not found.

    `user` is a class of the file that derives from it, and sees only what is written before.
    """
    here = source.classes.get(name)
    if here and (user is None or here.lineno < user.lineno):
        return source, here
    head, _, rest = name.partition(".")
    origin, level = source.imported.get(head, (head, 0))
    module, _, attribute = f"{origin}.{rest}".rstrip(".").rpartition(".")
    file = _module_file(module, source.file.parent, level) if module or level else None
    return None if file is None or file.samefile(source.file) else _written(Source(file), attribute)


def _assignments(definition: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            yield ast.unparse(node.target), node.value
        elif isinstance(node, ast.Assign):
            yield from ((ast.unparse(target), node.value) for target in node.targets)


def _signatures(definition: ast.ClassDef) -> Iterator[ast.arguments]:
    """The arguments of `__init__`, if the class has one."""
    for node in definition.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            yield node.args


def _fields(name: str, signature: ast.arguments) -> Iterator[tuple[str, Any]]:
    """Type and default of each argument after self; a default of `...` means that there is none."""
    if signature.vararg or signature.kwarg:
        raise OwnClassError(f"class {name}: its __init__ must name every argument, so that a wrong one is noticed")
    positional = [*signature.posonlyargs, *signature.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(signature.defaults))
    pairs = [*zip(positional, [*missing, *signature.defaults], strict=True)][1:]
    for argument, default in [*pairs, *zip(signature.kwonlyargs, signature.kw_defaults, strict=True)]:
        yield (
            argument.arg,
            (_type(argument.annotation), ... if default is None else _default(name, argument.arg, default)),
        )


def _default(name: str, argument: str, default: ast.expr) -> object:
    try:
        value: object = ast.literal_eval(default)
    except ValueError:
        raise OwnClassError(f"class {name}: write the default of '{argument}' as a plain value") from None
    return value


def _type(annotation: ast.expr | None) -> Any:
    """The type that an annotation names; anything goes where it says more than can be checked here."""
    match annotation:
        case ast.Name(id=name):
            return SIMPLE_TYPES.get(name, Any)
        case ast.Constant(value=None) if annotation is not None:
            return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _type(left) | _type(right)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=allowed):
            return Literal[ast.literal_eval(allowed)]
        case _:
            return Any
