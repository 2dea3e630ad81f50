"""A study's scores beside the published ones as Markdown, with what the two studies differ in."""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recursive_roar.artifacts import read_json, read_table
from recursive_roar.report.tables import interval, markdown, percent

OVERLAP = {True: "yes", False: "no", None: "-"}


def comparison(rows: Iterable[Mapping[str, Any]]) -> str:
    """RACU in % of every published cell: ours and theirs, the interval of each, and whether these overlap."""
    cells = [_cells(row) for row in rows]
    if not cells:
        return "No cell of this study is in the published table, which has recursive ROAR on the relative ladder alone."
    header = ["dataset", "model", "explainer", "seeds", "RACU, %", "interval", "published", "interval", "overlap"]
    return markdown(header, cells)


def performance(rows: Iterable[Mapping[str, Any]]) -> str:
    """Test performance in % with nothing and with everything masked, ours and theirs; RACU divides by the latter."""
    header = ["dataset", "model", "masked", "seeds", "performance, %", "interval", "published", "interval"]
    return markdown(header, [_ends(row) for row in rows])


def _ends(row: Mapping[str, Any]) -> list[str]:
    return [
        row["dataset"],
        row["model"],
        f"{row['masked_share']:.0%}",
        str(row["n"]),
        percent(row["performance"]),
        interval(row["low"], row["high"]),
        percent(row["published_performance"]),
        interval(row["published_low"], row["published_high"]),
    ]


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [
        *(row[key] for key in ("dataset", "model", "explainer")),
        str(row["n"]),
        percent(row["racu"]),
        interval(row["low"], row["high"]),
        percent(row["published_racu"]),
        interval(row["published_low"], row["published_high"]),
        OVERLAP[row["overlap"]],
    ]


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m recursive_roar.report.published", description=__doc__)
    parser.add_argument("results", type=Path, help="folder of a study's results")
    results = parser.parse_args().results
    print(comparison(read_table(results / "scores/published.parquet").to_pylist()), end="\n\n")
    print(performance(read_table(results / "scores/published_performance.parquet").to_pylist()), end="\n\n")
    print("\n".join(f"- {sentence}" for sentence in read_json(results / "deviations.json")["deviations"]))


if __name__ == "__main__":
    _main()
