"""Scores as a LaTeX table for a paper (package `booktabs`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from recursive_roar.report.tables import percent

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def racu_table(rows: Sequence[Mapping[str, Any]], caption: str) -> str:
    """RACU in % with its interval, a line a dataset and model, a column an explainer, as Madsen et al. (2022) print it.

    `rows` are those of summary.parquet under one protocol and ladder. A score of fewer seeds than others has their
    number in brackets.
    """
    most = max(row["n"] for row in rows)
    explainers = list(dict.fromkeys(row["explainer"] for row in rows))
    lines = list(dict.fromkeys((row["dataset"], row["model"]) for row in rows))
    cells = {(row["dataset"], row["model"], row["explainer"]): _cell(row, most) for row in rows}
    body = [_line([*map(escaped, line), *(cells.get((*line, name), "--") for name in explainers)]) for line in lines]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{escaped(caption)}}}",
            rf"\begin{{tabular}}{{ll{'r' * len(explainers)}}}",
            r"\toprule",
            _line(["dataset", "model", *map(escaped, explainers)]),
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def seeds(rows: Sequence[Mapping[str, Any]]) -> str:
    """Of how many seeds the scores are, for a caption; at least one row has a score."""
    numbers = [row["n"] for row in rows if row["racu"] is not None]
    least, most = min(numbers), max(numbers)
    if least < most:
        return f"{least} to {most} seeds (in brackets where fewer than {most})"
    return f"{most} seeds" if most > 1 else "1 seed"


def score(row: Mapping[str, Any]) -> str:
    """A score in % with the distances to its limits, where it has any."""
    if row["racu"] is None:
        return "--"
    if row["low"] is None:
        return f"${percent(row['racu'])}$"
    above, below = percent(row["high"] - row["racu"]), percent(row["racu"] - row["low"])
    return f"${percent(row['racu'])}^{{+{above}}}_{{-{below}}}$"


def escaped(text: str) -> str:
    """Text that LaTeX prints as it stands."""
    return "".join(SPECIAL.get(character, character) for character in text)


def _cell(row: Mapping[str, Any], most: int) -> str:
    fewer = row["racu"] is not None and row["n"] < most
    return f"{score(row)} ({row['n']})" if fewer else score(row)


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
