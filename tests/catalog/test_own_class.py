"""What is read of a class without running it: its bases in Python's order, wherever they are written."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from recursive_roar.catalog.own_class import OwnClassError, read_class

Written = dict[str, list[str]]  # names of bases by class, in the order of the file


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("root.py").write_text("class Root: ...\n")


def bases_read(path: str) -> list[str]:
    return [definition.name for definition in read_class(path, "root.Root").definitions]


def hierarchies() -> Iterator[Written]:
    """Diamonds of every kind: each of seven classes derives from up to three of those before it."""
    chance = random.Random(0)
    for _ in range(40):
        names = ["Root"]
        written: Written = {}
        for name in "ABCDEFG":
            written[name] = chance.sample(names, min(len(names), chance.randint(1, 3)))
            names.append(name)
        yield written


def python_orders(written: Written) -> dict[str, list[str] | None]:
    """Names in Python's own order, of each class that it can define; None for a class that it refuses."""
    made: dict[str, type] = {"Root": type("Root", (), {})}
    found: dict[str, list[str] | None] = {}
    for name, bases in written.items():
        if all(base in made for base in bases):
            try:
                made[name] = type(name, tuple(made[base] for base in bases), {})
                found[name] = [one.__name__ for one in made[name].__mro__[:-1]]
            except TypeError:
                found[name] = None
    return found


def test_bases_come_in_the_order_of_python() -> None:
    diamond = {"D": ["Root"], "E": ["Root"], "F": ["Root"], "B": ["D", "E"], "C": ["D", "F"], "A": ["B", "C"]}
    for written in [diamond, *hierarchies()]:
        lines = [f"class {name}({', '.join(bases)}): ...\n" for name, bases in written.items()]
        Path("mine.py").write_text("".join(["from root import Root\n", *lines]))
        for name, order in python_orders(written).items():
            if order is None:
                with pytest.raises(OwnClassError, match=f"class {name}: Python cannot order its bases"):
                    bases_read(f"mine.py:{name}")
            else:
                assert bases_read(f"mine.py:{name}") == order


def test_a_class_is_one_by_whatever_import_it_is_reached() -> None:
    Path("left.py").write_text("import root\nclass Left(root.Root): ...\n")
    Path("mine.py").write_text("from left import Left\nfrom root import Root as Base\nclass Mine(Left, Base): ...\n")
    assert bases_read("mine.py:Mine") == ["Mine", "Left", "Root"]


@pytest.mark.parametrize(
    ("line", "base"),
    [
        ("from ..base import Base", "Base"),
        ("from .. import base", "base.Base"),
        ("from ... import pk", "pk.Short"),
        ("from .. import Short", "Short"),
        ("from .near import Base", "Base"),
        ("from . import near as other", "other.Base"),
    ],
)
@pytest.mark.parametrize("initialised", [True, False])
def test_a_relative_import_leads_to_the_folder_that_its_dots_name(line: str, base: str, initialised: bool) -> None:
    Path("outer/pk/sub").mkdir(parents=True)
    for module, text in {
        "base": "from root import Root\nclass Base(Root): ...\n",
        "__init__": "from .base import Base as Short\n",
        "sub/near": "from ..base import Base\n",
        "sub/base": "class Base: ...\n",
        "sub/mine": f"{line}\nclass Mine({base}): ...\n",
    }.items():
        Path("outer/pk", f"{module}.py").write_text(text)
    if initialised:
        Path("outer/pk/sub/__init__.py").touch()
    assert bases_read("outer.pk.sub.mine:Mine") == ["Mine", "Base", "Root"]


def test_more_dots_than_folders_lead_nowhere() -> None:
    Path("outer").mkdir()
    Path("outer/mine.py").write_text(f"from {'.' * 99}root import Root\nclass Mine(Root): ...\n")
    with pytest.raises(OwnClassError, match="does not derive from root.Root"):
        bases_read("outer.mine:Mine")


def test_a_class_may_have_the_name_of_the_one_it_derives_from() -> None:
    Path("base.py").write_text("from root import Root\nclass Mine(Root): ...\n")
    Path("mine.py").write_text("from base import Mine\nclass Mine(Mine): ...\n")
    assert bases_read("mine.py:Mine") == ["Mine", "Mine", "Root"]


def test_a_class_does_not_derive_from_one_that_is_written_after_it() -> None:
    Path("mine.py").write_text("from root import Root\nclass Mine(Later): ...\nclass Later(Mine, Root): ...\n")
    with pytest.raises(OwnClassError, match="does not derive from root.Root"):
        bases_read("mine.py:Mine")


def test_a_file_by_its_path_is_in_no_package() -> None:
    Path("mine.py").write_text("from root import Root\nfrom .near import far\nclass Mine(Root): ...\n")
    with pytest.raises(OwnClassError, match=r"mine.py, line 2: .* leave out the dots"):
        bases_read("mine.py:Mine")
