"""The figure of growth in docs/performance.md, from the results of growth.py and study_growth.py alone."""

from pathlib import Path
from typing import Any

import matplotlib
import pyarrow.parquet as pq
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from record import RESULTS

from recursive_roar.report.figures import PAGE, PRINT, saved
from recursive_roar.report.style import COLOURS

COSTS = {  # of a result, with the column of their exponent
    "growth": {"cpu_seconds": "exponent", "memory_mb": "memory_exponent"},
    "study_growth": {"seconds": "exponent", "trainings": "trainings_exponent"},
}
LOOKS: dict[str, Any] = {
    "cpu_seconds": {"label": "seconds", "color": COLOURS[0], "marker": "o"},
    "memory_mb": {"label": "memory", "color": COLOURS[1], "marker": "s"},
    "seconds": {"label": "seconds", "color": COLOURS[0], "marker": "o"},
    "trainings": {"label": "trainings", "color": COLOURS[2], "marker": "^"},
}
Row = dict[str, Any]


def draw(path: Path) -> None:
    """Write the figure."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(
        saved(figure({name: pq.read_table(RESULTS / f"{name}.parquet").to_pylist() for name in COSTS}), "svg")
    )


def figure(results: dict[str, list[Row]]) -> Figure:
    """A panel an axis, every cost relative to that of the smallest size."""
    panels = [(COSTS[name], axis, rows) for name, result in results.items() for axis, rows in _by_axis(result).items()]
    with matplotlib.rc_context(PRINT):
        drawn = Figure(figsize=(PAGE, 4), layout="constrained")
        *places, last = drawn.subplots(2, 3).flat
        for axes, panel in zip(places, panels, strict=True):
            _panel(axes, *panel)
        lines = {line.get_label(): line for axes in places for line in axes.get_lines()}
        last.axis("off")
        last.legend(lines.values(), lines, loc="center", frameon=False)
    return drawn


def _by_axis(result: list[Row]) -> dict[str, list[Row]]:
    return {axis: [row for row in result if row["axis"] == axis] for axis in dict.fromkeys(r["axis"] for r in result)}


def _panel(axes: Axes, costs: dict[str, str], axis: str, rows: list[Row]) -> None:
    sizes = [row["size"] for row in rows]
    proportional = [size / sizes[0] for size in sizes]
    axes.plot(sizes, proportional, "--", color="black", linewidth=0.8, label="slope 1")
    for cost in costs:
        axes.plot(sizes, [row[cost] / rows[0][cost] for row in rows], **LOOKS[cost])
    exponents = ", ".join(f"{LOOKS[cost]['label']} {rows[0][column]:.2f}" for cost, column in costs.items())
    axes.set_title(f"{axis}\n{exponents}", loc="left")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes], rotation=30)
    marks = [2**power for power in range(7) if 2**power <= proportional[-1]]
    axes.set_yticks(marks, marks)
    axes.set_ylabel("times the smallest")
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
