"""The report: one self-contained HTML page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import yaml
from markupsafe import Markup

from recursive_roar.config import Study
from recursive_roar.metrics import MEASURES as METRICS
from recursive_roar.report import charts, checks
from recursive_roar.report.answer import answer, listed
from recursive_roar.report.contents import GROUP, Contents, Row, by, mean
from recursive_roar.report.cost import by_explainer, cost, versions
from recursive_roar.report.picture import picture, scale_of
from recursive_roar.report.score_table import ceilings, score_tables
from recursive_roar.report.series import ASKED, MEASURES, masked_shares, points, table
from recursive_roar.report.style import styles
from recursive_roar.report.tables import percent
from recursive_roar.report.warnings import warnings
from recursive_roar.scoring.aggregate import SEEDS_FOR_LIMITS

CHECKS = (
    ("leakage", ("round", "accuracy above majority, points"), checks.leakage_points),
    ("sparsity", ("tokens", "share of all importance, %"), checks.sparsity_points),
)
"""Charts of what may be wrong with a score: table, titles of the axes, points."""


def render(study: Study, contents: Contents) -> str:
    """The page as HTML; what has no table has no section."""
    looks = styles(contents.explainers, contents.control_of)
    drawn = dict(_charts(study, contents, tuple(looks.items())))
    measures = {name: words for name, words in MEASURES.items() if any(chart.startswith(f"{name}/") for chart in drawn)}
    return (
        _environment()
        .get_template("page.html")
        .render(
            study=study,
            contents=contents,
            heatmaps=contents.heatmaps,
            answer=answer(study, contents),
            warnings=warnings(study, contents),
            looks=looks,
            measures=measures,
            choices=_choices(contents, measures),
            charts=drawn,
            library=_library() if drawn else "",
            groups=[dict(zip(GROUP, group, strict=True)) for group in by(contents.rows("runs"), *GROUP)],
            scores=score_tables(contents),
            curves={
                group: _curve_table(study, contents, rows) for group, rows in by(contents.rows("runs"), *GROUP).items()
            },
            checks=checks,
            cost=cost(contents),
            costs_of_explainers=by_explainer(contents.seconds),
            versions=versions(contents.metrics),
            configuration=_yaml(study.model_dump(mode="json")),
            seeds_for_limits=SEEDS_FOR_LIMITS,
            confidence=f"{100 * study.statistics.confidence:g} %",
        )
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, listed=listed, by=by, picture=picture, scale_of=scale_of)
    environment.globals.update(asked=ASKED, ceilings=ceilings, masked_shares=masked_shares, mean=mean, yaml=_yaml)
    return environment


def _yaml(content: Any) -> str:
    return str(yaml.safe_dump(content, sort_keys=False, width=110, allow_unicode=True))


def _charts(study: Study, contents: Contents, looks: charts.Looks) -> Iterator[tuple[str, charts.Specification]]:
    """Every chart by the name that its place in the page has."""
    for group, runs in by(contents.rows("runs"), *GROUP).items():
        name = "/".join(group)
        for measure in _measures(study):
            found = _points(study, contents, runs, measure)
            if any(point["mean"] is not None for point in found):
                unit, whole = ("points", False) if measure == "below-random" else ("%", True)
                subject = "" if measure in METRICS else f"{study.dataset(group[2]).metric}: "
                title = f"{subject}{MEASURES[measure]}, {unit}"
                yield f"{measure}/{name}", charts.with_data(charts.curves(looks, ASKED[group[1]], title, whole), found)
        for kind, axes, points_of in CHECKS:
            if rows := contents.of_group(kind, runs[0]):
                yield f"{kind}/{name}", charts.with_data(charts.steps(looks, *axes), _marked(contents, points_of(rows)))


def _measures(study: Study) -> list[str]:
    """What the curves can show, each once: the metric that all datasets share is their performance already."""
    shared = {dataset.metric for dataset in study.datasets}
    return [measure for measure in MEASURES if shared != {measure}]


def _points(study: Study, contents: Contents, runs: Any, measure: str) -> list[dict[str, Any]]:
    statistics = study.statistics
    return points(runs, measure, contents.control_of, statistics.interval, statistics.confidence)


def _marked(contents: Contents, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**point, "control": point["explainer"] in contents.control_of} for point in found]


def _curve_table(study: Study, contents: Contents, runs: list[Row]) -> Any:
    return table(_points(study, contents, runs, "performance"))


def _choices(contents: Contents, measures: dict[str, str]) -> dict[str, dict[str, str]]:
    """What the page can switch between, where there is more than one: by name, its values and what they are called."""
    columns = {
        name: {value: value for value in dict.fromkeys(row[name] for row in contents.rows("runs"))} for name in GROUP
    }
    found = {"dataset": columns["dataset"], "model": columns["model"], "protocol": columns["protocol"]}
    found |= {"ladder": columns["ladder"], "measure": measures}
    return {name: values for name, values in found.items() if len(values) > 1}


def _library() -> Markup:
    """Vega, Vega-Lite and Vega-Embed as one script without network."""
    import vl_convert

    return Markup(vl_convert.javascript_bundle().replace("</script", r"<\/script"))
