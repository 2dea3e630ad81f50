"""What the executor's folder keeps, and for whom."""

import os
import time
from pathlib import Path

import pytest

from snakemake_executor_plugin_submitit.folder import log_file, make_folder, remove_logs, remove_old, result_file

DAY = 86400


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "submitit"
    make_folder(made)
    return made


def aged(path: Path, days: float) -> Path:
    changed = time.time() - days * DAY
    os.utime(path, (changed, changed))
    return path


def test_the_folder_is_its_owners_alone(folder) -> None:
    assert folder.stat().st_mode & 0o077 == 0
    make_folder(folder)  # of an earlier run


def test_logs_of_the_steps_that_are_named_go(folder) -> None:
    for key in ("good", "bad"):
        log_file(folder, key).touch()
    remove_logs(folder, ["good", "never-written"])
    assert [path.name for path in (folder / "logs").iterdir()] == ["bad.log"]


def test_links_to_what_is_gone_go_as_well(folder) -> None:
    for number in range(9):  # in whatever order the folder lists them
        scripts = folder / "submitit" / str(number)
        scripts.mkdir()
        (scripts / "script.sh").touch()
        link = folder / "submitit" / f".{number}.sh"
        link.symlink_to(scripts / "script.sh")
        os.utime(link, (0, 0), follow_symlinks=False)
        aged(scripts, days=4)
    remove_old(folder, days=3)
    assert list((folder / "submitit").iterdir()) == []


def test_what_is_older_than_the_days_goes(folder) -> None:
    old, new = result_file(folder, "old"), result_file(folder, "new")
    for path in (old, new):
        path.touch()
    scripts = folder / "submitit" / "17"
    scripts.mkdir()
    (scripts / "script.sh").touch()
    aged(old, days=3.1), aged(new, days=2.9), aged(scripts, days=4)
    remove_old(folder, days=3)
    assert not old.exists()
    assert not scripts.exists()
    assert new.exists()
