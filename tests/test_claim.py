import subprocess
import sys
from pathlib import Path

import pytest

from recursive_roar.claim import ClaimedError, claim

HOLD = """
import pathlib, sys
from recursive_roar.claim import claim
claim(pathlib.Path(sys.argv[1]))
print("held", flush=True)
input()
"""


def test_a_folder_is_held_until_its_process_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ClaimedError, match=f"worked on by process {process.pid} on .*key `results`"):
            claim(folder)
        process.kill()
    claim(folder)


def test_folders_are_held_one_by_one(tmp_path: Path) -> None:
    claim(tmp_path / "a")
    claim(tmp_path / "b")
