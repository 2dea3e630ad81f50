"""Seconds and size of the report: `python benchmarks/report.py`.

On made-up studies with every table that a page can show, without token heatmaps: one of the published size, one larger.
Reading the tables and the metrics of every training counts, making them does not.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from record import record

from recursive_roar import plan
from recursive_roar.catalog import datasets as catalog
from recursive_roar.config import Study
from recursive_roar.steps.report import write_report

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from synthetic_study import EXPLAINERS, configured, write_study

SECONDS_TARGET, MB_TARGET = 60, 10
RELATIVE = {"name": "relative", "step": 10}


def world(number: int) -> dict[str, Any]:
    """A generated dataset with a name of its own."""
    return {**catalog.entry("babi-1"), "name": f"world-{number}", "generate": {"task": 1, "train": 1000, "test": 100}}


def published(folder: Path) -> Study:
    """As many cells as the published table: 16 combinations of dataset and model, five seeds, steps of 10 %."""
    return configured(folder, seeds=5, datasets=[world(number) for number in range(16)], ladders=[RELATIVE])


def large(folder: Path) -> Study:
    """Ten explainers on eleven datasets, both ladders."""
    more = [{"name": f"{name}-again", "method": name} for name in EXPLAINERS[1:]]
    explainers = [*EXPLAINERS, *more, {"name": "attention-once-more", "method": "attention"}]
    ladders = [RELATIVE, {"name": "absolute"}]
    datasets = [world(number) for number in range(11)]
    return configured(folder, seeds=5, datasets=datasets, ladders=ladders, explainers=explainers)


def measure(name: str, study: Study) -> dict[str, Any]:
    """A row: how long the page takes, in all and of a processor, and how large it is."""
    scores, page = write_study(study), Path(study.results, "report.html")
    start, busy = time.perf_counter(), time.process_time()
    write_report(study, scores, page)
    return {
        "study": name,
        "runs": len(plan.metrics_files(study)),
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - busy,
        "seconds_target": SECONDS_TARGET,
        "mb": page.stat().st_size / 2**20,
        "mb_target": MB_TARGET,
    }


def main() -> None:
    rows = []
    for name, study in (("published size", published), ("large", large)):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(name, study(Path(folder))))
    record("report", rows)


if __name__ == "__main__":
    main()
