"""An explainer of one's own: what a plan must know of it, read from its source without running it.

Running it would import torch into every planning process, and an error in it would come before any message.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import create_model

from recursive_roar.catalog.explainers import KnownExplainer
from recursive_roar.errors import UserError, nearest
from recursive_roar.settings import Settings

INTERFACE_NAME = "recursive_roar.explain.interface.Explainer"
INTERFACE = Path(__file__).parents[1] / "explain/interface.py"
PACKAGE_FOLDER = INTERFACE.parents[2]
CAPABILITIES = (
    "needs_model",
    "needs_attention",
    "needs_attention_maps",
    "needs_training_split",
    "stochastic",
    "uses_labels",
)
RESERVED = ("name", "method")  # keys of a study's explainer that are no parameters
SIMPLE_TYPES = {"int": int, "float": float, "str": str, "bool": bool}


class OwnExplainerError(UserError, ValueError):
    """A class that a study names and that cannot be used as an explainer."""


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
            raise OwnExplainerError(f"{self.file}, line {error.lineno}: {error.msg}") from None

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Classes at the top of the file, by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

    @cached_property
    def imported(self) -> dict[str, str]:
        """What each imported name stands for, dotted."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update({alias.asname: alias.name for alias in node.names if alias.asname})
            elif isinstance(node, ast.ImportFrom):
                module = f"{node.module}." if node.module else ""
                found.update({alias.asname or alias.name: module + alias.name for alias in node.names})
        return found


def describe(path: str) -> KnownExplainer:
    """What a plan must know of the class that `file.py:Class` or `package.module:Class` names.

    Raises:
        OwnExplainerError: no such file or class, not an explainer, or a signature that cannot be checked.
    """
    where, _, name = path.rpartition(":")
    if not where or not name:
        raise OwnExplainerError(f"'{path}' is no class; write FILE.py:CLASS or PACKAGE.MODULE:CLASS")
    source = Source(_source_file(where))
    if name not in source.classes:
        raise OwnExplainerError(
            f"{source.file} has no class '{name}'. It has: {', '.join(source.classes) or 'none'}."
            f"{nearest(name, source.classes)}"
        )
    lineage = list(_lineage(source, name))
    if not any(file.samefile(INTERFACE) for file, _ in lineage):
        raise OwnExplainerError(f"class {name} of {source.file} does not derive from {INTERFACE_NAME}")
    definitions = [definition for _, definition in lineage]
    capabilities = {capability: _capability(capability, definitions) for capability in CAPABILITIES}
    parameters = _parameters(name, definitions, capabilities["stochastic"])
    return KnownExplainer(path, parameters, **capabilities, source=source.file)


def _source_file(where: str) -> Path:
    if where.endswith(".py"):
        file = Path(where)
        if not file.is_file():
            names = [path.name for path in file.parent.glob("*.py")]
            raise OwnExplainerError(
                f"'{where}' is not a file. Relative paths start at {Path.cwd()}.{nearest(file.name, names)}"
            )
        return file
    found = _module_file(where, Path.cwd())
    if found is None:
        raise OwnExplainerError(f"there is no module '{where}' in {Path.cwd()} or among the installed ones")
    return found


def _module_file(module: str, folder: Path) -> Path | None:
    """The source of a module as an import in a file of `folder` finds it; nothing is imported."""
    roots = [folder, Path.cwd(), PACKAGE_FOLDER, *map(Path, sys.path)]
    bases = [root.joinpath(*module.split(".")) for root in roots]
    files = [file for base in bases for file in (base.with_suffix(".py"), base / "__init__.py")]
    return next((file for file in files if file.is_file()), None)


def _lineage(source: Source, name: str) -> Iterator[tuple[Path, ast.ClassDef]]:
    """A class and those it derives from, nearest first, as far as their source is found."""
    definition = source.classes.get(name)
    if definition is not None:
        yield source.file, definition
        for base in definition.bases:
            yield from _lineage(source, ast.unparse(base))
        return
    head, _, rest = name.partition(".")
    module, _, attribute = f"{source.imported.get(head, head)}.{rest}".rstrip(".").rpartition(".")
    file = _module_file(module, source.file.parent) if module else None
    if file is not None and file != source.file:
        yield from _lineage(Source(file), attribute)


def _capability(name: str, lineage: list[ast.ClassDef]) -> bool:
    """Value of a class attribute that must be written as True or False."""
    value = next(value for definition in lineage for target, value in _assignments(definition) if target == name)
    if not (isinstance(value, ast.Constant) and isinstance(value.value, bool)):
        raise OwnExplainerError(f"class {lineage[0].name}: write {name} as True or False, it is read without running")
    return value.value


def _assignments(definition: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for node in definition.body:
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            yield ast.unparse(node.target), node.value
        elif isinstance(node, ast.Assign):
            yield from ((ast.unparse(target), node.value) for target in node.targets)


def _parameters(name: str, lineage: list[ast.ClassDef], stochastic: bool) -> type[Settings]:
    """Settings with the keyword arguments of the nearest `__init__`."""
    if any("dataclass" in ast.unparse(decorator) for definition in lineage for decorator in definition.decorator_list):
        raise OwnExplainerError(f"class {name}: write its __init__ out, the one of a dataclass is not read")
    signatures = (signature for definition in lineage for signature in _signatures(definition))
    fields = {field: value for signature in list(signatures)[:1] for field, value in _fields(name, signature)}
    if stochastic and fields.pop("seed", None) is None:
        raise OwnExplainerError(f"class {name} is stochastic, so its __init__ must take `seed`")
    return create_model(name, __base__=Settings, **fields)


def _signatures(definition: ast.ClassDef) -> Iterator[ast.arguments]:
    """The arguments of `__init__`, if the class has one."""
    for node in definition.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            yield node.args


def _fields(name: str, signature: ast.arguments) -> Iterator[tuple[str, Any]]:
    """Type and default of each argument after self; a default of `...` means that there is none."""
    if signature.vararg or signature.kwarg:
        raise OwnExplainerError(f"class {name}: its __init__ must name every argument, so that a wrong one is noticed")
    positional = [*signature.posonlyargs, *signature.args]
    missing: list[ast.expr | None] = [None] * (len(positional) - len(signature.defaults))
    pairs = [*zip(positional, [*missing, *signature.defaults], strict=True)][1:]
    for argument, default in [*pairs, *zip(signature.kwonlyargs, signature.kw_defaults, strict=True)]:
        if argument.arg in RESERVED:
            raise OwnExplainerError(
                f"class {name}: call its argument '{argument.arg}' something else, a study has that key"
            )
        yield (
            argument.arg,
            (_type(argument.annotation), ... if default is None else _default(name, argument.arg, default)),
        )


def _default(name: str, argument: str, default: ast.expr) -> object:
    try:
        value: object = ast.literal_eval(default)
    except ValueError:
        raise OwnExplainerError(f"class {name}: write the default of '{argument}' as a plain value") from None
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
