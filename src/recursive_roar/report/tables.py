"""A study's curves, scores and seconds as Markdown tables, for a paper or a page."""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recursive_roar.artifacts import read_table
from recursive_roar.report.cost import by_explainer

Rows = Iterable[Mapping[str, Any]]


def curves(runs: Rows) -> str:
    """Performance in % by share of tokens masked, mean over seeds, of one dataset and model on the relative ladder."""
    values: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in runs:
        values[row["explainer"]][row["masked_share_asked"]].append(row["value"])
    shares = sorted(next(iter(values.values())))
    rows = [
        [explainer, *(percent(sum(curve[share]) / len(curve[share])) for share in shares)]
        for explainer, curve in values.items()
    ]
    return markdown(["masked by", *(f"{share:.0%}" for share in shares)], rows)


def scores(summary: Rows, cells: Rows) -> str:
    """RACU in % of every explainer, best first: mean, interval and the score of each seed."""
    per_seed = defaultdict(list)
    for cell in cells:
        per_seed[cell["explainer"]].append(percent(cell["racu"]))
    rows = [
        [
            row["explainer"],
            percent(row["racu"]),
            interval(row["low"], row["high"]),
            ", ".join(per_seed[row["explainer"]]),
        ]
        for row in sorted(summary, key=lambda row: -2 if row["racu"] is None else row["racu"], reverse=True)
    ]
    return markdown(["explainer", "RACU, %", "95 % interval", "each seed"], rows)


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
    tables = {name: read_table(arguments.results / f"scores/{name}.parquet") for name in ("runs", "scores", "summary")}
    rows = {name: table.to_pylist() for name, table in tables.items()}
    took = read_table(arguments.results / "seconds.parquet").to_pylist()
    print(curves(rows["runs"]), scores(rows["summary"], rows["scores"]), seconds(took), sep="\n\n")


if __name__ == "__main__":
    _main()
