"""The diagnostics of one dataset and model as Markdown tables, mean over seeds, for a paper or a page."""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pyarrow import csv

from recursive_roar.artifacts import read_table

SHOWN: dict[str, tuple[Sequence[str], Sequence[str]]] = {
    "controls": (["explainer", "control"], ["difference", "low", "high", "beats"]),
    "leakage": (["explainer", "round"], ["accuracy", "majority", "random", "leaks"]),
    "concentration": (["explainer", "round"], ["entropy", "gini"]),
    "sparsity": (["explainer", "round", "unit", "amount"], ["share"]),
    "agreement": (["explainer", "other"], ["rank_correlation", "top_overlap"]),
    "plausibility": (["explainer"], ["auprc", "hit_at_1", "hit_at_support"]),
}
"""For each table, what names a row and what is shown of it."""


def averaged(rows: Iterable[Mapping[str, Any]], keys: Sequence[str], columns: Sequence[str]) -> str:
    """Mean of each column over the rows that agree in `keys`; of true and false, how many are true."""
    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    lines = [
        [*map(str, key), *(_mean([row[column] for row in members]) for column in columns)]
        for key, members in groups.items()
    ]
    titles = [name.replace("_", " ") for name in (*keys, *columns)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [titles, ["---"] * len(titles), *lines])


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
    for name in arguments.only:
        table = read_table(arguments.results / f"scores/{name}.parquet")
        print(averaged(table.to_pylist(), *SHOWN[name]), end="\n\n")
        if arguments.csv:
            arguments.csv.mkdir(parents=True, exist_ok=True)
            csv.write_csv(table, arguments.csv / f"{name}.csv")


if __name__ == "__main__":
    _main()
