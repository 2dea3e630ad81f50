import sys
from pathlib import Path

import pytest
import torch
from xdist.scheduler import LoadScopeScheduling

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
    """Real datasets beside the repository."""
    folder = Path(__file__).parents[2] / "shared/data"
    if not folder.is_dir():
        pytest.skip("the real datasets are not beside the repository")
    return folder
