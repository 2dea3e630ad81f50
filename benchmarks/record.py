"""Where results of benchmarks go: `benchmarks/results/{name}.parquet`, with the command and versions that made them."""

import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from recursive_roar.devices import describe_device

RESULTS = Path(__file__).parent / "results"
VERSIONS = ("torch", "numpy", "pyarrow", "snakemake")


def record(name: str, rows: Sequence[dict[str, Any]], device: str = "cpu") -> None:
    """Print rows as a table and write them, with the hardware of `device` and versions in the file's metadata."""
    import torch

    facts = {
        "command": " ".join([Path(sys.executable).name, *(Path(sys.argv[0]).name, *sys.argv[1:])]),
        "device": describe_device(torch.device(device)),
        "python": platform.python_version(),
        **{package: version(package) for package in VERSIONS},
    }
    print("; ".join(f"{key}: {value}" for key, value in facts.items()))
    print("| " + " | ".join(rows[0]) + " |")
    print("| " + " | ".join("---" for _ in rows[0]) + " |")
    for row in rows:
        print("| " + " | ".join(map(shown, row.values())) + " |")
    RESULTS.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)).replace_schema_metadata(facts), RESULTS / f"{name}.parquet")


def shown(value: object) -> str:
    """A value of a table, numbers to four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
