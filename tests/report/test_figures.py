"""Figures of several panels: a line looks the same wherever it is drawn, and the legend names each."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from recursive_roar.report.figures import COLUMN, PAGE, groups, looks_of, overview, panels, places
from recursive_roar.scoring.curves import RUNS_SCHEMA

EXPLAINERS = ["random", *(f"explainer-of-number-{number}" for number in range(13))]
CONTROL_OF = {f"{EXPLAINERS[1]}-{control}": EXPLAINERS[1] for control in ("permuted", "negated")}
BOTH = {"bilstm-attention": EXPLAINERS, "roberta-base": [EXPLAINERS[0], *EXPLAINERS[2:], *CONTROL_OF]}


def drawn(explainers_of: Mapping[str, Sequence[str]], width: float = PAGE) -> Any:
    """A figure with a panel a model."""
    place = {"protocol": "roar", "ladder": "relative", "dataset": "sst", "seed": 0, "status": "done"}
    rows = [
        place | {"model": model, "explainer": name, "round": number, "masked_share_asked": number, "value": 0.5}
        for model, names in explainers_of.items()
        for name in names
        for number in (0, 1)
    ]
    runs = pa.Table.from_pylist(rows, schema=RUNS_SCHEMA)
    return panels(groups(runs), looks_of(runs, CONTROL_OF), {"sst": "macro-f1"}, "student-t", 0.95, (width, 3))


def looks(lines: Sequence[Any]) -> dict[str, tuple]:
    return {line.get_label(): (line.get_color(), line._dash_pattern) for line in lines}


def test_the_legend_names_every_line_of_every_panel_as_it_is_drawn() -> None:
    figure = drawn(BOTH)
    legend = looks(figure.legends[0].legend_handles)
    panel_of = [looks(axes.lines) for axes in figure.axes]
    assert [set(panel) for panel in panel_of] == [set(names) for names in BOTH.values()]
    assert all(panel.items() <= legend.items() for panel in panel_of)
    assert list(legend) == [*EXPLAINERS, *CONTROL_OF]
    assert [text.get_text() for text in figure.legends[0].texts] == list(legend)


def test_a_dot_is_hollow_where_a_training_predicts_one_class() -> None:
    place = {
        "protocol": "roar",
        "ladder": "relative",
        "dataset": "sst",
        "model": "lstm",
        "explainer": "random",
        "seed": 0,
    }
    rows = [
        place
        | {"round": number, "masked_share_asked": share, "masked_share": share, "value": value, "status": "done"}
        | {"converged": value > 0.5}
        for number, (share, value) in enumerate([(0.0, 0.9), (0.5, 0.5), (1.0, 0.5)])
    ]
    runs = pa.Table.from_pylist(rows, schema=RUNS_SCHEMA)
    figure = panels(groups(runs), looks_of(runs, {}), {"sst": "macro-f1"}, "student-t", 0.95, (PAGE, 3))
    (hollow,) = (line for line in figure.axes[0].lines if line.get_markerfacecolor() == "white")
    assert hollow.get_xydata().tolist() == [[50, 50]]


def test_many_datasets_are_laid_out_in_rows_that_can_be_read() -> None:
    tasks = [("roar", "relative", f"task-{task}", model) for model in ("lstm", "roberta") for task in range(5)]
    tasks.remove(("roar", "relative", "task-1", "roberta"))
    assert list(places(tasks).values()) == [
        *((0, 0), (0, 1), (0, 2), (0, 3), (2, 0)),
        *((1, 0), (1, 2), (1, 3), (3, 0)),
    ]


def test_no_two_lines_of_a_figure_look_alike() -> None:
    legend = looks(drawn(BOTH).legends[0].legend_handles)
    assert len(set(map(str, legend.values()))) == len(legend) == 16


@pytest.mark.parametrize("width", [COLUMN, PAGE])
def test_the_legend_fits_beside_the_curves(width) -> None:
    figure = drawn(BOTH, width)
    figure.draw_without_rendering()
    box = figure.legends[0].get_window_extent()
    assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
    assert box.y1 <= min(axes.get_tightbbox().y0 for axes in figure.axes)
    assert all(axes.get_window_extent().height > 0.7 * figure.dpi for axes in figure.axes)


def test_the_overview_names_each_line_and_the_whole_confidence() -> None:
    cell = {"protocol": "roar", "ladder": "relative", "dataset": "sst", "model": "bilstm-attention"}
    rows = [
        cell | {"explainer": name, "seed": 0, "round": number, "masked_share_asked": number, "value": 0.5}
        for name in EXPLAINERS
        for number in (0, 1)
    ]
    runs = pa.Table.from_pylist(rows, schema=RUNS_SCHEMA)
    (members,) = groups(runs).values()
    figure = overview(members, [], [], looks_of(runs, {}), "macro-f1", "student-t", 0.995)
    assert figure.axes[0].get_xlabel() == "tokens to mask, %"
    assert figure.axes[1].get_title(loc="left") == "score with 99.5% interval"
    assert list(looks(figure.legends[0].legend_handles)) == EXPLAINERS
