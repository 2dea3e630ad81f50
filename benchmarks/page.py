"""Write tables and figure of benchmarks in the documentation anew from benchmarks/results: `python benchmarks/page.py`.

A table stands between `<!-- NAME -->` and `<!-- end -->` and shows `results/NAME.parquet` with what it was measured on.
"""

import re
from pathlib import Path

import pyarrow.parquet as pq
from growth_figure import draw
from record import RESULTS, shown

REPOSITORY = Path(__file__).parents[1]
PAGES = ("docs/performance.md", "docs/explainers.md")
MARKED = re.compile(r"(<!-- ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(name: str) -> str:
    """The results of a benchmark as Markdown."""
    results = pq.read_table(RESULTS / f"{name}.parquet")
    facts = {key.decode(): value.decode() for key, value in results.schema.metadata.items()}
    header = [column.replace("_", " ") for column in results.column_names]
    rows = [[shown(value) for value in row.values()] for row in results.to_pylist()]
    lines = ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)]
    measured = f"`{facts.pop('command')}`; " + ", ".join(f"{key} {value}" for key, value in facts.items())
    return "\n".join([*lines, "", measured])


def main() -> None:
    for page in PAGES:
        path = REPOSITORY / page
        path.write_text(MARKED.sub(_filled, path.read_text()))
    draw(REPOSITORY / "docs/performance/growth.svg")


def _filled(match: re.Match[str]) -> str:
    return f"{match[1]}\n{table(match[2])}\n\n{match[3]}"


if __name__ == "__main__":
    main()
