"""How long `snakemake -n` takes on a study of 10,000 jobs: `python benchmarks/dry_run.py`."""

import re
import resource
import subprocess
import sys
import time
from pathlib import Path

from record import record

REPOSITORY = Path(__file__).parents[1]
SEEDS = 455  # of the default study, 22 jobs each
ALLOWED_SECONDS = 30


def main() -> None:
    seeds = f"seeds=[{','.join(map(str, range(SEEDS)))}]"
    start = time.perf_counter()
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--config", seeds, "results=results-of-dry-run"]
    output = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    row = {
        "jobs": int(re.search(r"^total +(\d+)$", output, re.MULTILINE).group(1)),
        "seconds": time.perf_counter() - start,
        "seconds_allowed": ALLOWED_SECONDS,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }
    record("dry_run", [row])


if __name__ == "__main__":
    main()
