from pathlib import Path

import pytest

from recursive_roar import digest
from recursive_roar.digest import code_digest, own_code_digest


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "step": "from recursive_roar.loop import train\nfrom recursive_roar import tools\n",
        "loop": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from recursive_roar.types import Batch\n",
        "tools": "def late():\n    import json\n    from recursive_roar.deep import thing\n",
        "deep": "",
        "types": "",
        "other": "",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(digest, "_ROOT", tmp_path)
    forget()
    yield tmp_path
    monkeypatch.undo()
    forget()


def forget() -> None:
    for cached in (digest.code_digest, digest._closure, digest._imports, digest._source, digest._file):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("module", "changes"),
    [("step", True), ("loop", True), ("tools", True), ("deep", True), ("types", False), ("other", False)],
)
def test_a_digest_changes_with_what_the_step_imports_alone(package: Path, module: str, changes: bool) -> None:
    before = code_digest("recursive_roar.step")
    with (package / f"{module}.py").open("a") as file:
        file.write("# changed\n")
    forget()
    assert (code_digest("recursive_roar.step") != before) == changes


@pytest.mark.parametrize(
    "line", ["from ..base import Base", "from .. import base", "from . import Base", "from .near import Base"]
)
@pytest.mark.parametrize(("module", "changes"), [("base", True), ("sub/base", False), ("other", False)])
def test_a_relative_import_counts_by_the_folder_that_its_dots_name(
    tmp_path: Path, line: str, module: str, changes: bool
) -> None:
    files = {
        "sub/mine": f"{line}\n",
        "sub/near": "from ..base import Base\n",
        "sub/__init__": "from ..base import Base\n",
        **dict.fromkeys(["__init__", "base", "sub/base", "other"], ""),
    }
    (tmp_path / "pk/sub").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / f"pk/{name}.py").write_text(text)
    before = own_code_digest(tmp_path / "pk/sub/mine.py")
    (tmp_path / f"pk/{module}.py").write_text("# changed\n")
    own_code_digest.cache_clear()
    assert (own_code_digest(tmp_path / "pk/sub/mine.py") != before) == changes


@pytest.mark.parametrize("file", ["mods/mine", "pk/sub/mine", "site-packages/pk/mine"])
@pytest.mark.parametrize(("module", "changes"), [("helper", True), ("deep", True), ("other", False)])
def test_a_module_in_the_folder_where_jobs_run_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, module: str, changes: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    packages = {"pk/__init__": "", "pk/sub/__init__": "", "site-packages/pk/__init__": ""}
    write({**packages, file: "import helper\n", "helper": "import deep\n", "deep": "", "other": ""})
    before = own_code_digest(Path(f"{file}.py"))
    Path(f"{module}.py").write_text("# changed\n")
    own_code_digest.cache_clear()
    assert (own_code_digest(Path(f"{file}.py")) != before) == changes


@pytest.mark.parametrize("working_directory", [".", "site-packages", digest._ROOT.parent])
def test_what_is_installed_is_not_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, working_directory: str | Path
) -> None:
    monkeypatch.chdir(tmp_path)
    imports = "import pk.near, torch, recursive_roar.models.interface\nfrom . import near\n"
    write({"mine": imports, "site-packages/torch": "", "site-packages/pk/__init__": ""})
    write({"site-packages/pk/near": "", "site-packages/pk/mine": imports})
    monkeypatch.chdir(working_directory)
    assert digest._own_closure(tmp_path / "mine.py") == {tmp_path / "mine.py"}
    package = tmp_path / "site-packages/pk"
    assert digest._own_closure(package / "mine.py") == {package / f"{name}.py" for name in ("__init__", "mine", "near")}


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(f"{name}.py").write_text(text)


def test_training_hangs_neither_on_the_report_nor_on_the_catalog() -> None:
    reached = digest._closure("recursive_roar.steps.fit")
    assert "recursive_roar.training" in reached
    assert not [name for name in reached if name.startswith(("recursive_roar.report", "recursive_roar.catalog"))]
