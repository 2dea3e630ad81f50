"""Loss and validation performance of every training by epoch, of those that still run as well."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from recursive_roar.artifacts import read_json, write_table, write_text
from recursive_roar.config import Study
from recursive_roar.forecast.work import cells, runs
from recursive_roar.report.figures import saved

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCHEMA = pa.schema(
    {
        "training": pa.string(),  # its folder under the results
        "dataset": pa.string(),
        "model": pa.string(),
        "epoch": pa.int32(),
        "train_loss": pa.float64(),
        "validation": pa.float64(),  # by the measure that selects the best epoch
        "finished": pa.bool_(),
    }
)
LOGGED = re.compile(r"epoch (\d+) of \d+: loss (\S+), validation \w+ (\S+)$", re.MULTILINE)
RULES = {"baseline": ("train_baseline",), "fully-masked": ("train_fully_masked",)}
MANY = 200  # lines in a panel, above which they are drawn as an image: a page of 10,000 would not open
ROUNDS = ("retrain_round", "retrain_and_explain_round")

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Learning curves</title>
<style>body {{font: 16px sans-serif; margin: 1em}} svg {{max-width: 100%; height: auto}}</style>
<h1>Learning curves</h1><p>{counts}. Dashed: still running. Written by <code>python -m recursive_roar.report</code>.</p>
{svg}</html>
"""


def write_learning_curves(study: Study, folder: Path) -> Path:
    """Write learning-curves.parquet and a page of the same, learning-curves.html; gives the page's path."""
    table = learning_curves(study)
    write_table(folder / "learning-curves.parquet", table)
    page = folder / "learning-curves.html"
    rows = table.to_pylist()
    finished = {row["training"] for row in rows if row["finished"]}
    running = {row["training"] for row in rows} - finished
    counts = f"{len(finished)} trainings finished, {len(running)} running or stopped"
    write_text(page, PAGE.format(counts=counts, svg=drawn(rows)))
    return page


def learning_curves(study: Study) -> pa.Table:
    """A row for each epoch of each training: from its metrics, or from its log while it runs."""
    rows: list[dict[str, Any]] = []
    for cell in cells(study):
        for run in runs(study, cell):
            name = str(run.folder.relative_to(study.results))
            facts = {"training": name, "dataset": cell.dataset, "model": cell.model}
            rows += [{**facts, **epoch} for epoch in _epochs(study, run.metrics, name)]
    unique = {(row["training"], row["epoch"]): row for row in rows}  # cells share trainings
    return pa.Table.from_pylist(list(unique.values()), schema=SCHEMA)


def _epochs(study: Study, metrics: Path, training: str) -> Iterator[dict[str, Any]]:
    if metrics.exists():
        for epoch in read_json(metrics)["epochs"]:
            value = next(value for key, value in epoch.items() if key.startswith("validation_"))
            yield {"epoch": epoch["epoch"], "train_loss": epoch["train_loss"], "validation": value, "finished": True}
        return
    start, _, rest = training.partition("/")
    rules, path = (RULES[start], rest) if start in RULES else (ROUNDS, training)
    for rule in rules:
        log = Path(study.results, "logs", rule, f"{path}.log")
        for number, loss, value in LOGGED.findall(log.read_text()) if log.exists() else []:
            yield {"epoch": int(number), "train_loss": float(loss), "validation": float(value), "finished": False}


def drawn(rows: list[dict[str, Any]]) -> str:
    """SVG text: a line of panels for each dataset and model, training loss left and validation performance right."""
    from matplotlib.figure import Figure

    trainings = _by_training(rows)
    groups = list(dict.fromkeys((row["dataset"], row["model"]) for row in rows))
    figure = Figure(figsize=(9, 3 * max(len(groups), 1)), layout="constrained")
    panels = figure.subplots(max(len(groups), 1), 2, squeeze=False)
    for line, group in zip(panels, groups, strict=False):
        for axes, column in zip(line, ("train_loss", "validation"), strict=True):
            _panel(axes, trainings[group], column)
            axes.set_title(f"{', '.join(group)}: {column.replace('_', ' ')}", loc="left", fontsize=10)
    return saved(figure, "svg").decode().partition("?>")[2]


def _panel(axes: "Axes", trainings: list[list[dict[str, Any]]], column: str) -> None:
    for points in trainings:
        style = "-" if points[0]["finished"] else "--"
        values = [row[column] for row in points]
        many = len(trainings) > MANY
        axes.plot([row["epoch"] for row in points], values, style, alpha=0.5, linewidth=1, rasterized=many)
    axes.set_xlabel("epoch")
    axes.spines[["top", "right"]].set_visible(False)


def _by_training(rows: list[dict[str, Any]]) -> dict[tuple[str, str], list[list[dict[str, Any]]]]:
    """Epochs of each training, by dataset and model."""
    found: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row["dataset"], row["model"]][row["training"]].append(row)
    return {group: list(trainings.values()) for group, trainings in found.items()}
