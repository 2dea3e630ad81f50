"""How long `snakemake -n` takes on the published number of trainings, and on 10,000 jobs."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from record import record

REPOSITORY = Path(__file__).parents[1]
TRAININGS_OF_A_SEED = 17  # of the default study; with explaining 22 jobs
SEEDS = {"3,400 trainings": 200, "10,000 jobs": 455}
SECONDS_TARGET, MEMORY_TARGET_MB = 30, 2000


def measure(name: str, seeds: int) -> dict[str, object]:
    listed = f"seeds=[{','.join(map(str, range(seeds)))}]"
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--config", listed, "results=results-of-dry-run"]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    output = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    return {
        "study": name,
        "trainings": seeds * TRAININGS_OF_A_SEED,
        "jobs": int(re.search(r"^total +(\d+)$", output, re.MULTILINE).group(1)),
        "seconds": time.perf_counter() - start,
        "seconds_target": SECONDS_TARGET,
        "peak_memory_mb": usage.ru_maxrss / 1024,
        "memory_target_mb": MEMORY_TARGET_MB,
    }


def main() -> None:
    record("dry_run", [measure(name, seeds) for name, seeds in SEEDS.items()])


if __name__ == "__main__":
    main()
