"""What the study took."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from recursive_roar.forecast.seconds import kind_of
from recursive_roar.report.contents import Contents, Row, by, mean

WORK = ("training", "explaining")
PLACE = ("dataset", "model", "explainer", "device")


def cost(contents: Contents) -> dict[str, Any]:
    """Seconds by what was done, hours by kind of device for each score, peak memory of a process in MB."""
    hours: dict[str, float] = defaultdict(float)
    for row in contents.seconds:
        hours[kind_of(row["device"])] += sum(row[what] or 0 for what in WORK) / 3600
    scored = sum(row["status"] in ("scored", "no-racu") for row in contents.rows("scores"))
    return {
        "seconds": {what: sum(row[what] or 0 for row in contents.seconds) for what in WORK},
        "hours_a_score": {kind: amount / scored for kind, amount in hours.items()} if scored else {},
        "scores": scored,
        "peak_memory": max((entry["peak_memory_bytes"] for entry in contents.metrics), default=0) / 2**20,
        "devices": sorted({entry["device"] for entry in contents.metrics}),
    }


def by_explainer(seconds: Iterable[Row]) -> list[dict[str, Any]]:
    """Means over the trainings and explanations of each explainer on a dataset, model and device.

    Trainings that all explainers share, on unmasked and on fully masked data, have the explainer None.
    """
    return [
        {
            **dict(zip(PLACE, place, strict=True)),
            "trainings": sum(row["training"] is not None for row in rows),
            "training": mean(row["training"] for row in rows),
            "explaining": mean(row["explaining"] for row in rows),
            "peak_memory_mb": max((row["peak_memory_mb"] for row in rows if row["peak_memory_mb"]), default=None),
        }
        for place, rows in by(seconds, *PLACE).items()
    ]


def versions(metrics: Iterable[Row]) -> dict[str, str]:
    """Every version that took part, by package."""
    found: dict[str, set[str]] = {}
    for entry in metrics:
        for name, number in entry["versions"].items():
            found.setdefault(name, set()).add(number)
    return {name: ", ".join(sorted(numbers)) for name, numbers in found.items()}
