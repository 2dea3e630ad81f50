"""How the trainings of a study grow with explainers and seeds, on one core: `python benchmarks/study_growth.py`.

Each point is a small study run by Snakemake, its dataset prepared before, the report left out. Seconds are those above
`start_seconds`, what the same command takes when everything is there; exponents are of them and of the trainings.
"""

import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from between_rounds import project, snakemake
from growth import exponent
from record import record

from recursive_roar import plan
from recursive_roar.config import load_study

EXPLAINERS = ("random", "attention", "gradient", "input-x-gradient")
BASE = {"explainers": 2, "seeds": 1}
SIZES = (1, 2, 4)
STEP = 25  # percent masked more in each round: three rounds and the fully masked training
EXAMPLES = {"train": 400, "test": 100}
EPOCHS = 5


def study(explainers: int, seeds: int) -> dict[str, Any]:
    """The configuration of a point."""
    models = {"bilstm-attention": {"recipe": {"epochs": EPOCHS, "learning_rate": 0.001}}}
    return {
        "results": f"results-{explainers}-{seeds}",
        "datasets": [{"name": "babi-1", "generate": {"task": 1, **EXAMPLES}, "models": models}],
        "explainers": list(EXPLAINERS[:explainers]),
        "seeds": list(range(seeds)),
        "ladders": [{"name": "relative", "step": STEP}],
        "compute": {"device": "cpu"},
    }


def grow(axis: str, folder: Path) -> list[dict[str, object]]:
    """A row a size, with the exponents of all."""
    points = [point(folder, **{**BASE, axis: size}) for size in SIZES]
    exponents = {
        "exponent": exponent(SIZES, [row["seconds"] for row in points]),
        "trainings_exponent": exponent(SIZES, [row["trainings"] for row in points]),
    }
    return [{"axis": axis, "size": size, **row, **exponents} for size, row in zip(SIZES, points, strict=True)]


@cache  # both axes meet in the base
def point(folder: Path, explainers: int, seeds: int) -> dict[str, float]:
    """What a study did, counted from what it left, and how long it took."""
    configuration = study(explainers, seeds)
    (folder / "study.yaml").write_text(yaml.safe_dump(configuration))
    planned = load_study(configuration)
    _seconds(folder, plan.token_files(planned, "babi-1", "bilstm-attention"))
    whole, start = (_seconds(folder, plan.metrics_files(planned)) for _ in range(2))
    results = folder / planned.results
    trainings = len(list(results.rglob("metrics.json")))
    return {
        "jobs": len(list((results / "logs").rglob("*.log"))),
        "trainings": trainings,
        "start_seconds": start,
        "seconds": whole - start,
        "seconds_a_training": (whole - start) / trainings,
    }


def _seconds(folder: Path, targets: list[str]) -> float:
    start = time.perf_counter()
    snakemake(folder, "--cores", "1", *targets)
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        project(folder)
        record("study_growth", [row for axis in BASE for row in grow(axis, folder)])


if __name__ == "__main__":
    main()
