import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
INSTALL_BROWSER = Path(__file__).parents[1] / "envs/browser/install.sh"

sys.path.insert(0, str(Path(__file__).parent))
torch.set_num_threads(1)


class OneClusterScheduling(LoadScopeScheduling):
    """One worker has the cluster for itself; all other tests are shared out one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return "cluster" if nodeid.startswith("tests/slurm/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneClusterScheduling:
    """See `OneClusterScheduling`."""
    return OneClusterScheduling(config, log)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real datasets that RECURSIVE_ROAR_DATA names, or one beside the repository."""
    folder = Path(os.environ.get("RECURSIVE_ROAR_DATA", Path(__file__).parents[2] / "shared/data"))
    if not (folder / "sst/train.parquet").is_file():
        pytest.skip(f"RECURSIVE_ROAR_DATA does not name a folder of real datasets: {folder} holds no sst/train.parquet")
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Debian's Chromium without a window, installed if need be."""
    from playwright.sync_api import sync_playwright

    reason = _no_browser()
    if reason and os.environ.get("REQUIRE_BROWSER"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield running
        running.close()


def _no_browser() -> str | None:
    """Why there is no Chromium."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None if CHROMIUM.exists() else "no Chromium, and envs/browser/install.sh needs root on Debian"
    done = subprocess.run([INSTALL_BROWSER], capture_output=True, text=True, timeout=600, check=False)
    return None if CHROMIUM.exists() else f"envs/browser/install.sh: {done.stderr[-500:]}"
