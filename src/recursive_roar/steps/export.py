"""Step: tables and figures for a paper, all from the score tables."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from recursive_roar.artifacts import read_table, write_bytes, write_text
from recursive_roar.config import Study
from recursive_roar.report.figures import (
    COLUMN,
    PAGE,
    Format,
    Group,
    Looks,
    groups,
    looks_of,
    overview,
    panels,
    places,
    saved,
)
from recursive_roar.report.latex import racu_table, seeds
from recursive_roar.scoring.curves import Curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS: tuple[Format, ...] = ("svg", "pdf", "png")


def export(study: Study, tables: Sequence[Path], output: Path) -> None:
    """Write every table as CSV, the scores as LaTeX, and the figures as SVG, PDF and PNG under `output`."""
    read = {path.stem: read_table(path) for path in tables}
    for name, table in read.items():
        write_bytes(output / f"{name}.csv", as_csv(table))
    for name, text in latex_tables(study, read["summary"]):
        write_text(output / f"{name}.tex", text)
    for name, figure in _figures(study, read):
        for form in FORMATS:
            write_bytes(output / f"{name}.{form}", saved(figure, form))


def as_csv(table: pa.Table) -> bytes:
    """A table as CSV, numbers in full precision."""
    file = io.BytesIO()
    csv.write_csv(table, file)
    return file.getvalue()


def latex_tables(study: Study, summary: pa.Table) -> Iterator[tuple[str, str]]:
    """Name and text of a table for each protocol and ladder with a score: the absolute ladder has no RACU."""
    rows = summary.to_pylist()
    for protocol in study.protocols:
        for ladder in study.ladders:
            chosen = [row for row in rows if (row["protocol"], row["ladder"]) == (protocol, ladder.name)]
            if any(row["racu"] is not None for row in chosen):
                caption = (
                    f"RACU in % ({protocol}, {ladder.name} ladder): mean over {seeds(chosen)} "
                    f"and {100 * study.statistics.confidence:g}% interval ({study.statistics.interval})."
                )
                yield f"racu-{protocol}-{ladder.name}", racu_table(chosen, caption)


def _figures(study: Study, tables: dict[str, pa.Table]) -> "Iterator[tuple[str, Figure]]":
    """Each panel at the width of a column, all of a protocol and ladder at that of a page, and the overview."""
    metrics = {dataset.name: dataset.metric for dataset in study.datasets}
    how = (study.statistics.interval, study.statistics.confidence)
    found, looks = groups(tables["runs"]), looks_of(tables["runs"], study.control_of)
    for group, members in found.items():
        yield "-".join(group), panels({group: members}, looks, metrics, *how, (COLUMN, 2.3))
    for kind in dict.fromkeys(group[:2] for group in found):
        chosen = {group: members for group, members in found.items() if group[:2] == kind}
        if len(chosen) > 1:
            yield f"curves-{'-'.join(kind)}", panels(chosen, looks, metrics, *how, (PAGE, _height(list(chosen))))
    yield "overview", _overview(study, found, looks, tables)


def _height(chosen: Sequence[Group]) -> float:
    return 0.5 + 1.7 * (1 + max(row for row, _ in places(chosen).values()))


def _overview(study: Study, found: dict[Group, list[Curve]], looks: Looks, tables: dict[str, pa.Table]) -> "Figure":
    """Of the first protocol, ladder, dataset and model of the study."""
    group, members = next(iter(found.items()))
    key = dict(zip(("protocol", "ladder", "dataset", "model"), group, strict=True))
    rows = {
        name: [row for row in tables[name].to_pylist() if key.items() <= row.items()] for name in ("summary", "scores")
    }
    how = (study.dataset(key["dataset"]).metric, study.statistics.interval, study.statistics.confidence)
    return overview(members, rows["summary"], rows["scores"], looks, *how)
