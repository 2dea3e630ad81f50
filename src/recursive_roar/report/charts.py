"""Charts as Vega-Lite specifications, with their data."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from recursive_roar.report.style import WIDTH, Style

if TYPE_CHECKING:
    import altair as alt

Points = Iterable[Mapping[str, Any]]
Looks = tuple[tuple[str, Style], ...]  # by explainer
Specification = dict[str, Any]

DATA = "points"
WHOLE = "datum.value % 1 ? '' : format(datum.value, 'd')"  # labels at whole numbers alone
# Names of signals that the page's script sets: the explainer looked at, and whether controls are shown.
FOCUS, CONTROLS = "focus", "controls"
NO_FOCUS = f"{FOCUS} == ''"
IN_FOCUS = f"{NO_FOCUS} || datum.explainer == {FOCUS}"
SHOWN = f"{CONTROLS} || !datum.control"


def with_data(specification: Specification, points: Points) -> Specification:
    """A specification with the points that it shows."""
    return {**specification, "datasets": {DATA: list(points)}}


@cache
def curves(looks: Looks, masked: str, measure: str, whole: bool) -> Specification:
    """Lines with their intervals over what is masked, of the points of `series.points`.

    Args:
        looks: style of each explainer.
        masked: title of the horizontal axis.
        measure: title of the vertical axis.
        whole: whether the vertical axis shows 0 to 100 %, beyond which intervals of few seeds reach.
    """
    import altair as alt

    base = _base(looks, alt.X("masked:Q", title=masked))
    scale = alt.Scale(domain=[0, 100], clamp=True) if whole else alt.Scale(zero=True)
    strong = alt.when(NO_FOCUS).then(alt.value(0.09)).when(IN_FOCUS).then(alt.value(0.25)).otherwise(alt.value(0))
    low = alt.Y("low:Q", title=measure, scale=scale)
    ribbon = base.mark_area(strokeWidth=0).encode(y=low, y2="high:Q", opacity=strong)
    y = alt.Y("mean:Q", title=measure, scale=scale)
    return _finished(ribbon + _lines(base, y, looks) + _hollow(base, y))


@cache
def steps(looks: Looks, horizontal: str, vertical: str) -> Specification:
    """Lines without intervals: `mean` over `masked`."""
    import altair as alt

    base = _base(looks, alt.X("masked:Q", title=horizontal, axis=alt.Axis(labelExpr=WHOLE)))
    return _finished(_lines(base, alt.Y("mean:Q", title=vertical), looks))


def _base(looks: Looks, x: "alt.X") -> "alt.Chart":
    import altair as alt

    colours = alt.Scale(domain=[name for name, _ in looks], range=[look.colour for _, look in looks])
    chart = alt.Chart(alt.NamedData(name=DATA)).transform_filter(SHOWN)
    return chart.encode(x=x, color=alt.Color("explainer:N", legend=None, scale=colours))


def _lines(base: "alt.Chart", y: "alt.Y", looks: Looks) -> "alt.LayerChart":
    """Lines and their points, which say what they are when pointed at."""
    import altair as alt

    numbers = [alt.Tooltip(f"{name}:Q", format=".1f") for name in ("mean", "low", "high")]
    tips = [alt.Tooltip("explainer:N"), alt.Tooltip("masked:Q"), *numbers, alt.Tooltip("seeds:Q")]
    opacity = alt.when(IN_FOCUS).then(alt.value(1)).otherwise(alt.value(0.15))
    dashes = alt.Scale(domain=[name for name, _ in looks], range=[list(look.dash) for _, look in looks])
    dash = alt.StrokeDash("explainer:N", legend=None, scale=dashes)
    line = base.mark_line(strokeWidth=WIDTH).encode(y=y, strokeDash=dash, opacity=opacity)
    dots = base.mark_point(filled=True, size=36).encode(y=y, opacity=opacity, tooltip=tips)
    return line + dots


def _hollow(base: "alt.Chart", y: "alt.Y") -> "alt.Chart":
    """White inside the points where trainings predict one class although not everything is masked."""
    import altair as alt

    count = alt.Tooltip("collapsed:Q", title="predict one class")
    tips = [alt.Tooltip("explainer:N"), alt.Tooltip("masked:Q"), alt.Tooltip("mean:Q", format=".1f"), count]
    # A layer filtered to nothing makes Vega complain of an empty axis, so the other points have no size instead.
    size = alt.when(f"datum.collapsed > 0 && ({IN_FOCUS})").then(alt.value(12)).otherwise(alt.value(0))
    return base.mark_point(filled=True).encode(y=y, color=alt.value("white"), size=size, tooltip=tips)


def _finished(chart: "alt.LayerChart") -> Specification:
    import altair as alt

    # The page starts without a focus and without controls.
    signals = (alt.param(name=FOCUS, value=""), alt.param(name=CONTROLS, value=False))
    specification: Specification = chart.add_params(*signals).properties(width="container", height=300).to_dict()
    del specification["config"]  # the page's script has one for all charts
    return specification
