import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
import torch

from recursive_roar.artifacts import (
    DamagedArtifactError,
    read_json,
    read_table,
    read_tensors,
    write_json,
    write_table,
    write_tensors,
)

KINDS = {
    "table.parquet": (
        lambda path, value: write_table(path, pa.table({"importance": [[0.5, value], [1.5]]})),
        lambda path: read_table(path)["importance"].to_pylist()[0][1],
    ),
    "metrics.json": (lambda path, value: write_json(path, {"value": value}), lambda path: read_json(path)["value"]),
    "model.safetensors": (
        lambda path, value: write_tensors(path, {"weight": torch.full((40,), value)}, {"epoch": 3}),
        lambda path: float(read_tensors(path)[0]["weight"][39]),
    ),
}

pytestmark = pytest.mark.parametrize("name", KINDS)


@pytest.fixture
def artifact(tmp_path: Path, name: str) -> Path:
    KINDS[name][0](tmp_path / name, 2.5)
    return tmp_path / name


def test_what_is_written_is_read(artifact: Path, name: str) -> None:
    assert KINDS[name][1](artifact) == 2.5


def test_every_flipped_bit_is_noticed(artifact: Path, name: str) -> None:
    data = artifact.read_bytes()
    for position in range(0, len(data), max(1, len(data) // 150)):
        changed = bytearray(data)
        changed[position] ^= 1 << (position % 8)
        artifact.write_bytes(changed)
        with pytest.raises(DamagedArtifactError, match=f"{name}.*Delete this file"):
            KINDS[name][1](artifact)


def test_a_truncated_file_is_refused_by_name(artifact: Path, name: str) -> None:
    data = artifact.read_bytes()
    for length in (0, 1, len(data) // 3, len(data) - 1):
        artifact.write_bytes(data[:length])
        with pytest.raises(DamagedArtifactError, match=name):
            KINDS[name][1](artifact)


def test_a_missing_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(DamagedArtifactError, match=name):
        KINDS[name][1](tmp_path / name)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_killed_write_leaves_the_old_file_and_no_litter_after_the_next(artifact: Path, name: str, call: str) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; import test_artifacts;"
        f"os.{call} = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        f"test_artifacts.KINDS[{name!r}][0](Path(sys.argv[1]), 9.0)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    killed = subprocess.run([sys.executable, "-c", script, str(artifact)], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert KINDS[name][1](artifact) == 2.5
    KINDS[name][0](artifact, 4.0)
    assert KINDS[name][1](artifact) == 4.0
    assert [path.name for path in artifact.parent.iterdir()] == [name]
