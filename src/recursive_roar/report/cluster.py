"""What the study took on a cluster."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def cluster_use(jobs: Path) -> dict[str, Any] | None:
    """Sums over the executor's table of jobs: jobs, allocations, failed, gpu_hours, and waits in the queue in seconds.

    Jobs that share an allocation share its GPU hours. None where there is no such table, or none that can be read: no
    score depends on it.
    """
    try:
        table = pq.ParquetFile(jobs).read(use_threads=False)
    except (OSError, pa.ArrowInvalid):
        return None
    waits = table["waited_seconds"].drop_null()
    return {
        "jobs": len(table),
        "allocations": len(table["job_id"].unique()),
        "failed": pc.sum(table["failed"]).as_py(),
        "gpu_hours": pc.sum(pc.divide(table["gpu_hours"], table["shared_by"])).as_py() or 0.0,
        "median_wait": pc.quantile(waits)[0].as_py(),
        "longest_wait": pc.max(waits).as_py(),
    }
