"""Curves of performance against what is masked, and scores beside them, for a page or for print."""

import io
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa

from recursive_roar.report.series import ASKED
from recursive_roar.report.style import Style, styles
from recursive_roar.scoring.curves import Curve, curves
from recursive_roar.scoring.intervals import Method, mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMN, PAGE = 3.3, 6.9  # inches, of a paper in two columns
BESIDE = 4  # panels that can be read at the width of a page
PRINT: Any = {
    "font.size": 7,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1,
    "lines.markersize": 2.5,
    "legend.fontsize": 6.5,
    "legend.handlelength": 3,  # room for every kind of dashes beside the marker
    "pdf.fonttype": 42,  # fonts are embedded as TrueType, which publishers ask for
}
SCREEN: Any = {"lines.markersize": 3.5, "legend.fontsize": 9, "legend.handlelength": 3}

Format = Literal["svg", "pdf", "png"]
Group = tuple[str, str, str, str]  # protocol, ladder, dataset, model
Looks = Mapping[str, Style]  # by explainer, in the order of the legend


def groups(runs: pa.Table) -> dict[Group, list[Curve]]:
    """Curves that share a panel."""
    found: dict[Group, list[Curve]] = defaultdict(list)
    for curve in curves(runs):
        cell = curve.cell
        found[cell["protocol"], cell["ladder"], cell["dataset"], cell["model"]].append(curve)
    return found


def looks_of(runs: pa.Table, control_of: Mapping[str, str]) -> Looks:
    """How every explainer looks, on the page and in all figures of a study alike."""
    return styles(runs["explainer"].unique().to_pylist(), control_of)


def draw(group: Group, members: Sequence[Curve], looks: Looks, metric: str, method: Method, confidence: float) -> str:
    """One panel as SVG text for a page: a line an explainer, its interval over seeds as a ribbon.

    A dot is hollow where a training predicts one class although not everything is masked.
    """
    figure = panels({group: members}, looks, {group[2]: metric}, method, confidence, (7, 4.2), SCREEN)
    return saved(figure, "svg").decode()


def panels(
    curves_of: Mapping[Group, Sequence[Curve]],
    looks: Looks,
    metrics: Mapping[str, str],
    method: Method,
    confidence: float,
    size: tuple[float, float],
    style: Any = PRINT,
) -> "Figure":
    """A panel a dataset and model, where `places` puts them, and one legend.

    Args:
        curves_of: of one protocol and ladder.
        looks: of every explainer that has a curve.
        metrics: by dataset.
        method: of the intervals.
        confidence: of the intervals.
        size: width and height in inches, without the legend.
        style: settings of matplotlib.
    """
    import matplotlib
    from matplotlib.figure import Figure

    place_of = places(list(curves_of))
    rows, columns = (1 + max(numbers) for numbers in zip(*place_of.values(), strict=True))
    with matplotlib.rc_context(style):
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.add_gridspec(rows, columns)
        for group, members in curves_of.items():
            _, _, dataset, model = group
            axes = figure.add_subplot(grid[place_of[group]])
            draw_curves(axes, members, looks, metrics[dataset], method, confidence)
            axes.set_title(f"{dataset}\n{model}" if columns > 2 else f"{dataset}, {model}", loc="left")
        add_legend(figure, looks)
    return figure


def places(chosen: Sequence[Group]) -> dict[Group, tuple[int, int]]:
    """Row and column of each panel: datasets side by side, `BESIDE` at most, and models below each other."""
    datasets = list(dict.fromkeys(dataset for _, _, dataset, _ in chosen))
    models = list(dict.fromkeys(model for _, _, _, model in chosen))
    found = {}
    for group in chosen:
        block, column = divmod(datasets.index(group[2]), BESIDE)
        found[group] = (block * len(models) + models.index(group[3]), column)
    return found


def overview(
    members: Sequence[Curve],
    summary: Iterable[Mapping[str, Any]],
    scores: Iterable[Mapping[str, Any]],
    looks: Looks,
    metric: str,
    method: Method,
    confidence: float,
) -> "Figure":
    """Curves of one dataset and model on the left, their RACU with intervals and a dot a seed on the right."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**PRINT, "font.size": 8, "legend.fontsize": 7.5}):
        figure = Figure(figsize=(PAGE, 2.7), layout="constrained")
        left, right = figure.subplots(1, 2)
        draw_curves(left, members, looks, metric, method, confidence)
        left.set_title(f"{members[0].cell['dataset']}, {members[0].cell['model']}", loc="left")
        draw_scores(right, summary, scores, looks)
        right.set_title(f"score with {100 * confidence:g}% interval", loc="left")
        add_legend(figure, looks)
    return figure


def add_legend(figure: "Figure", looks: Looks) -> None:
    """Every line of the figure once, below the panels; the figure grows by the room that this takes."""
    from matplotlib import rcParams

    lines = {name: line for axes in figure.axes for line, name in zip(*axes.get_legend_handles_labels(), strict=True)}
    names = [name for name in looks if name in lines]
    em = rcParams["legend.fontsize"] / 72
    width, height = figure.get_size_inches()
    columns = _columns(names, width / em)
    figure.set_size_inches(width, height + 1.5 * em * math.ceil(len(names) / columns))
    figure.legend([lines[name] for name in names], names, loc="outside lower center", ncols=columns, frameon=False)


def draw_curves(
    axes: "Axes", members: Sequence[Curve], looks: Looks, metric: str, method: Method, confidence: float
) -> None:
    """A line an explainer, dashed and black for random masking."""
    for explainer in dict.fromkeys(curve.cell["explainer"] for curve in members):
        seeds = [curve for curve in members if curve.cell["explainer"] == explainer]
        _line(axes, explainer, seeds, looks[explainer], method, confidence)
    axes.set_xlabel(ASKED[members[0].cell["ladder"]])
    axes.set_ylabel(f"{metric}, %")
    axes.set_ylim(0, 102)  # performance has bounds that intervals of few seeds do not know
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


def draw_scores(
    axes: "Axes", summary: Iterable[Mapping[str, Any]], scores: Iterable[Mapping[str, Any]], looks: Looks
) -> None:
    """RACU in %, best on top: mean and interval, and small dots for the seeds."""
    rows = sorted((row for row in summary if row["racu"] is not None), key=lambda row: float(row["racu"]))
    place = {row["explainer"]: position for position, row in enumerate(rows)}
    for row in rows:
        mean, low, high = (100 * (row["racu"] if row[key] is None else row[key]) for key in ("racu", "low", "high"))
        style: Any = {"color": looks[row["explainer"]].ink, "capsize": 2, "marker": "D", "markersize": 4}
        axes.errorbar(mean, place[row["explainer"]], xerr=[[mean - low], [high - mean]], **style)
    for score in scores:
        if score["racu"] is not None and score["explainer"] in place:
            dot: Any = {"color": looks[score["explainer"]].ink, "marker": "o", "markersize": 2.5, "alpha": 0.6}
            axes.plot(100 * score["racu"], place[score["explainer"]] - 0.22, **dot)
    axes.set_yticks(list(place.values()), list(place))
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.axvline(0, color="black", linewidth=0.8, linestyle="--")
    axes.set_xlabel("RACU, %")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", alpha=0.25)


def saved(figure: "Figure", form: Format) -> bytes:
    """A file of a figure; the same figure gives the same bytes."""
    import matplotlib

    file = io.BytesIO()
    undated: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
    with matplotlib.rc_context({"svg.hashsalt": "recursive-roar", "pdf.fonttype": PRINT["pdf.fonttype"]}):
        figure.savefig(file, format=form, metadata=undated[form], dpi=300)
    return file.getvalue()


def _columns(names: Sequence[str], room: float) -> int:
    """Columns of a legend that fit into `room` ems: 6 for a line and spaces, 0.6 for a letter."""

    def width(columns: int) -> float:
        parts = np.array_split(names, columns)  # as matplotlib divides them
        return sum(6 + 0.6 * max(map(len, part)) for part in parts)

    return next((columns for columns in range(len(names), 1, -1) if width(columns) <= room), 1)


def _line(axes: "Axes", explainer: str, seeds: Sequence[Curve], look: Style, method: Method, confidence: float) -> None:
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
    axes.plot(places, middle, marker="o", label=explainer, color=look.ink, linestyle=look.pattern)
    hollow = [number for number in range(len(places)) if any(curve.one_class[number] for curve in seeds)]
    if hollow:
        dots = [places[number] for number in hollow], [middle[number] for number in hollow]
        axes.plot(*dots, marker="o", color=look.ink, markerfacecolor="white", linestyle="none")
    axes.fill_between(places, low, high, alpha=0.12, color=look.ink, linewidth=0)
