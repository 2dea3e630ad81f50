"""Classes of one's own, imported where a job runs."""

import sys
from pathlib import Path

import pytest

from recursive_roar.own_code import load_class


@pytest.mark.parametrize("path", ["mods/own_net.py:Net", "mods.own_net:Net"])
def test_a_class_finds_modules_of_the_working_directory(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    Path("mods").mkdir()
    Path("own_sizes.py").write_text("WIDTH = 3\n")
    Path("mods/own_net.py").write_text("import own_sizes\nclass Net:\n    width = own_sizes.WIDTH\n")
    assert load_class(path).width == 3
    for name in ("own_sizes", "mods", "mods.own_net"):
        sys.modules.pop(name, None)
