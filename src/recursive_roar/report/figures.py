"""Curves of performance against what is masked."""

import io
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from recursive_roar.scoring.curves import Curve, curves
from recursive_roar.scoring.intervals import Method, mean_interval
from recursive_roar.scoring.summary import REFERENCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, told apart with any kind of colour vision.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442")

Group = tuple[str, str, str, str]  # protocol, ladder, dataset, model


def groups(runs: pa.Table) -> dict[Group, list[Curve]]:
    """Curves that share a figure."""
    found: dict[Group, list[Curve]] = defaultdict(list)
    for curve in curves(runs):
        cell = curve.cell
        found[cell["protocol"], cell["ladder"], cell["dataset"], cell["model"]].append(curve)
    return found


def draw(group: Group, members: Sequence[Curve], metric: str, method: Method, confidence: float) -> str:
    """One figure as SVG text: a line an explainer, its interval over seeds as a ribbon."""
    import matplotlib
    from matplotlib.figure import Figure

    matplotlib.rcParams["svg.hashsalt"] = "recursive-roar"  # so that the same curves give the same file
    _, ladder, dataset, model = group
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    for index, explainer in enumerate(dict.fromkeys(curve.cell["explainer"] for curve in members)):
        seeds = [curve for curve in members if curve.cell["explainer"] == explainer]
        _line(axes, explainer, seeds, COLOURS[(index - 1) % len(COLOURS)], method, confidence)
    axes.set_xlabel("masked tokens, %" if ladder == "relative" else "masked tokens")
    axes.set_ylabel(f"{metric} on the test split, %")
    axes.set_ylim(0, 102)  # performance has bounds that intervals of few seeds do not know
    axes.set_title(f"{dataset}, {model}", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def _line(axes: "Axes", explainer: str, seeds: Sequence[Curve], colour: str, method: Method, confidence: float) -> None:
    """Mean over the seeds that have each round; a round that no seed has leaves a gap."""
    scale = 100 if seeds[0].cell["ladder"] == "relative" else 1
    places, middle, low, high = [], [], [], []
    for position, asked in enumerate(seeds[0].asked):
        values = [100 * value for curve in seeds if (value := curve.values[position]) is not None]
        interval = mean_interval(values, method, confidence) if values else None
        places.append(scale * asked)
        middle.append(interval.mean if interval else float("nan"))
        low.append(interval.low if interval and interval.low is not None else float("nan"))
        high.append(interval.high if interval and interval.high is not None else float("nan"))
    style = "-"
    if explainer == REFERENCE:
        colour, style = "black", "--"
    axes.plot(places, middle, marker="o", markersize=3.5, label=explainer, color=colour, linestyle=style)
    axes.fill_between(places, low, high, alpha=0.12, color=colour, linewidth=0)
