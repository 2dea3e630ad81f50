"""The diagnostics as Markdown tables, mean over seeds, for a paper or a page."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from recursive_roar.artifacts import read_table
from recursive_roar.report.contents import GROUP, Row, by
from recursive_roar.report.tables import joined, markdown, title

SHOWN: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "controls": (["explainer", "verdict", "control"], ["difference", "low", "high"]),
    "leakage": (["explainer", "round"], ["accuracy", "majority", "random", "leaks"]),
    "concentration": (["explainer", "round"], ["entropy", "gini"]),
    "sparsity": (["explainer", "round", "unit", "amount"], ["share"]),
    "agreement": (["explainer", "other"], ["rank_correlation", "top_overlap"]),
    "plausibility": (["explainer"], ["auprc", "hit_at_1", "hit_at_support"]),
}
"""For each table, what names a row and what is shown of it."""


def diagnostics(tables: Mapping[str, pa.Table]) -> str:
    """Each table, by its name in `SHOWN`, once for each protocol, ladder, dataset and model that it tells apart."""
    sections, several = [], False
    for name, table in tables.items():
        columns = [column for column in GROUP if column in table.column_names]
        groups = by(table.to_pylist(), *columns) or {(): []}  # of a table without rows, its columns
        several = several or len(groups) > 1
        for group, rows in groups.items():
            named = f"{name}: {title(dict(zip(columns, group, strict=True)))}" if group else name
            sections.append((named, averaged(rows, *SHOWN[name])))
    return joined(sections, titled=several)


def averaged(rows: Iterable[Row], keys: Sequence[str], columns: Sequence[str]) -> str:
    """Mean of each column over the rows that agree in `keys`; of true and false, how many are true."""
    lines = [
        [*map(str, key), *(_mean([row[column] for row in members]) for column in columns)]
        for key, members in by(rows, *keys).items()
    ]
    return markdown([name.replace("_", " ") for name in (*keys, *columns)], lines)


def _mean(values: Sequence[float | bool | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    if isinstance(known[0], bool):
        return f"{sum(known)} of {len(known)}"
    return f"{sum(known) / len(known):.2f}"


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m recursive_roar.report.diagnostics", description=__doc__)
    parser.add_argument("results", type=Path, help="folder of a study's results")
    parser.add_argument("--only", nargs="+", choices=list(SHOWN), default=list(SHOWN), help="tables")
    parser.add_argument("--csv", type=Path, help="folder to write the data to as well")
    arguments = parser.parse_args()
    tables = {name: read_table(arguments.results / f"scores/{name}.parquet") for name in arguments.only}
    print(diagnostics(tables), end="\n\n")
    if arguments.csv:
        arguments.csv.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            csv.write_csv(table, arguments.csv / f"{name}.csv")


if __name__ == "__main__":
    _main()
