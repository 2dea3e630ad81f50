"""Steps: the figures, and the page that shows them with the scores."""

from pathlib import Path

from recursive_roar import plan
from recursive_roar.artifacts import read_table, write_text
from recursive_roar.config import Study
from recursive_roar.report.cluster import cluster_use
from recursive_roar.report.figures import draw, groups
from recursive_roar.report.page import render
from recursive_roar.steps.score import score_study

CLUSTER_JOBS = Path(".snakemake/submitit/efficiency.parquet")  # the executor's, where one was used


def draw_figures(study: Study, scores: Path, figures: Path) -> None:
    """Write `{protocol}-{ladder}-{dataset}-{model}.svg` under `figures` for every group of curves."""
    for group, members in groups(read_table(scores / "runs.parquet")).items():
        metric = study.dataset(group[2]).metric
        svg = draw(group, members, metric, study.statistics.interval, study.statistics.confidence)
        write_text(figures / f"{'-'.join(group)}.svg", svg)


def write_report(study: Study, scores: Path, figures: Path, output: Path) -> None:
    """Write the page from the tables under `scores`, the SVG files under `figures` and the table of cluster jobs."""
    tables = {name: read_table(scores / f"{name}.parquet") for name in ("runs", "scores", "summary")}
    drawn = {Path(name).stem: (figures / Path(name).name).read_text() for name in plan.figure_files(study)}
    write_text(output, render(study, tables, drawn, plan.TEMPLATE.read_text(), cluster_use(CLUSTER_JOBS)))


def write_partial_report(study: Study) -> str:
    """Score and show what exists after a failure, under `results/partial`; says where, or that there is nothing yet."""
    if not any(Path(name).exists() for name in plan.metrics_files(study)):
        return "No training has finished yet, so there is nothing to report."
    folder = Path(study.results, "partial")
    score_study(study, folder / "scores")
    draw_figures(study, folder / "scores", folder / "figures")
    write_report(study, folder / "scores", folder / "figures", folder / "report.html")
    return f"What finished, and what is missing: {folder / 'report.html'}"
