"""A study's curves, scores and seconds as Markdown tables, for a paper or a page."""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recursive_roar.artifacts import read_json, read_table
from recursive_roar.report.contents import GROUP, by, mean
from recursive_roar.report.cost import by_explainer
from recursive_roar.report.record import NAME
from recursive_roar.report.score_table import score_column
from recursive_roar.report.series import amount_of

Rows = Iterable[Mapping[str, Any]]
Sections = Iterable[tuple[str, str]]  # titles and texts


def study_tables(tables: Mapping[str, Rows], took: Rows, confidence: float | None) -> str:
    """Curves and scores of each protocol, ladder, dataset and model, then seconds of each dataset and model.

    Args:
        tables: rows of the score tables by name.
        took: rows of seconds.parquet.
        confidence: of the intervals; None where it is not known.
    """
    runs, summary, cells = (by(tables[name], *GROUP) for name in ("runs", "summary", "scores"))
    sections = []
    for group, rows in runs.items():
        named = dict(zip(GROUP, group, strict=True))
        scored = scores(summary.get(group, []), cells.get(group, []), named["ladder"], confidence)
        sections.append((title(named), f"{curves(rows)}\n\n{scored}"))
    for (dataset, model), rows in by(took, "dataset", "model").items():
        sections.append((f"{title({'dataset': dataset, 'model': model})}: seconds", seconds(rows)))
    return joined(sections, titled=len(runs) > 1)


def title(group: Mapping[str, str]) -> str:
    """What a table is of: dataset and model, and where it matters protocol and ladder."""
    trained = f" ({group['protocol']}, {group['ladder']} ladder)" if "protocol" in group else ""
    return f"{group['dataset']}, {group['model']}{trained}"


def joined(sections: Sections, titled: bool) -> str:
    """Sections one below the other, with or without their titles."""
    return "\n\n".join(f"### {name}\n\n{text}" if titled else text for name, text in sections)


def curves(runs: Rows) -> str:
    """Performance in % by what is masked, mean over the seeds that are done, of one dataset and model on a ladder."""
    found = [{**row, "amount": amount_of(row)} for row in runs]
    unit = " tokens" if found[0]["masked_share_asked"] is None else "%"
    amounts = sorted({row["amount"] for row in found})
    values = by(found, "explainer", "amount")
    rows = [
        [name, *(percent(mean(row["value"] for row in values.get((name, amount), ()))) for amount in amounts)]
        for (name,) in by(found, "explainer")
    ]
    return markdown(["masked by", *(f"{amount:g}{unit}" for amount in amounts)], rows)


def scores(summary: Rows, cells: Rows, ladder: str, confidence: float | None) -> str:
    """The ladder's score of every explainer in %, best first: mean, interval and the score of each seed."""
    score, per_seed = score_column(ladder), by(cells, "explainer")
    rows = [
        [
            row["explainer"],
            percent(row[score]),
            interval(row["low"], row["high"]),
            ", ".join(percent(cell[score]) for cell in per_seed[(row["explainer"],)]),
        ]
        for row in sorted(summary, key=lambda row: -2 if row[score] is None else row[score], reverse=True)
    ]
    limits = "interval" if confidence is None else f"{100 * confidence:g} % interval"
    return markdown(["explainer", f"{score.upper()}, %", limits, "each seed"], rows)


def seconds(rows: Rows) -> str:
    """What a training and explaining all splits once took with each explainer, on average."""
    header = ["masked by", "trainings", "seconds of a training", "seconds of explaining", "peak MB", "device"]
    return markdown(
        header,
        (
            [
                row["explainer"] or "nothing, or everything",
                str(row["trainings"]),
                *(number(row[column]) for column in ("training", "explaining", "peak_memory_mb")),
                row["device"],
            ]
            for row in by_explainer(rows)
        ),
    )


def number(value: float | None) -> str:
    """One decimal below 10, none above."""
    return "-" if value is None else f"{value:.{1 if value < 10 else 0}f}"


def percent(value: float | None) -> str:
    """A share in %, one decimal."""
    return "-" if value is None else f"{100 * value:.1f}"


def interval(low: float | None, high: float | None) -> str:
    """Limits in %."""
    return "-" if low is None else f"{percent(low)} to {percent(high)}"


def markdown(header: list[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows])


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m recursive_roar.report.tables", description=__doc__)
    parser.add_argument("results", type=Path, help="folder of a study's results")
    arguments = parser.parse_args()
    results = arguments.results
    tables = {
        name: read_table(results / f"scores/{name}.parquet").to_pylist() for name in ("runs", "scores", "summary")
    }
    print(study_tables(tables, read_table(results / "seconds.parquet").to_pylist(), _confidence(results)))


def _confidence(results: Path) -> float | None:
    """Of the study's intervals, by its record, which lies beside the folder of an unfinished study's report."""
    record = (results.parent if results.name == "partial" else results) / NAME
    return float(read_json(record)["study"]["statistics"]["confidence"]) if record.exists() else None


if __name__ == "__main__":
    _main()
