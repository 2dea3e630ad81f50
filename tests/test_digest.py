from pathlib import Path

import pytest

from recursive_roar import digest
from recursive_roar.digest import code_digest


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


def test_training_hangs_neither_on_the_report_nor_on_the_catalog() -> None:
    reached = digest._closure("recursive_roar.steps.fit")
    assert "recursive_roar.training" in reached
    assert not [name for name in reached if name.startswith(("recursive_roar.report", "recursive_roar.catalog"))]
