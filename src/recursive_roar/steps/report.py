"""Steps: the figures, and the page that people read."""

from pathlib import Path

from recursive_roar.artifacts import read_table, write_text
from recursive_roar.config import Study
from recursive_roar.report.contents import read_contents
from recursive_roar.report.figures import draw, groups, looks_of
from recursive_roar.report.page import render

CLUSTER_JOBS = Path(".snakemake/submitit/efficiency.parquet")  # the executor's, where one was used


def draw_figures(study: Study, scores: Path, figures: Path) -> None:
    """Write `{protocol}-{ladder}-{dataset}-{model}.svg` under `figures` for every group of curves."""
    runs = read_table(scores / "runs.parquet")
    looks = looks_of(runs, study.control_of)
    for group, members in groups(runs).items():
        metric = study.dataset(group[2]).metric
        svg = draw(group, members, looks, metric, study.statistics.interval, study.statistics.confidence)
        write_text(figures / f"{'-'.join(group)}.svg", svg)


def write_report(study: Study, scores: Path, output: Path) -> None:
    """Write the page from the tables under `scores` and whatever else is finished."""
    page = render(study, read_contents(study, scores, CLUSTER_JOBS))
    write_text(output, page, private=study.shows_private_text)
