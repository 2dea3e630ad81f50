"""What was asked and what came out, in three sentences made from the tables."""

from collections import Counter
from collections.abc import Iterable, Sequence

from recursive_roar.config import Study
from recursive_roar.report.contents import GROUP, Contents, Row, by

SIDES = {
    True: (
        "better than random masking, with the whole interval",
        "not told from random masking",
        "worse than random masking, with the whole interval",
        "with a single seed and so no interval",
    ),
    False: ("above random masking, by one seed without an interval", "not above random masking, by one seed"),
}
"""Where a score lies, with intervals and without."""


def answer(study: Study, contents: Contents) -> list[str]:
    """The question, which explainers beat random masking, and which is best if that can be said."""
    if not any(row["racu"] is not None for row in contents.rows("summary")):
        return [_asked(study, contents), "Nothing has a score that could tell."]
    return [_asked(study, contents), _against_random(contents), _best(study, contents)]


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b` or `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _asked(study: Study, contents: Contents) -> str:
    explainers = [name for name in contents.explainers if name not in contents.control_of]
    return (
        f"Does masking what {_count(len(explainers) - 1, 'importance measure')} "
        f"{'names' if len(explainers) == 2 else 'name'} hurt {listed(model.name for model in study.models)} on "
        f"{listed(dataset.name for dataset in study.datasets)} more than masking at random, when the classifier is "
        f"trained again after each masking ({listed(study.protocols)}; {_count(len(study.seeds), 'seed')})?"
    )


def _against_random(contents: Contents) -> str:
    """Explainers by where their intervals lie; where one seed gives none, by the sign of the score."""
    groups, scored = by(_scored(contents), "explainer"), _scored(contents)
    total = len(by(scored, *GROUP))
    intervals = any(row["low"] is not None for row in scored)
    kinds: dict[str, list[str]] = {}
    for (explainer,), rows in groups.items():
        for kind, number in Counter(_side(row, intervals) for row in rows).items():
            kinds.setdefault(kind, []).append(f"{explainer} ({number} of {len(rows)})" if total > 1 else explainer)
    parts = [f"{kind}: {listed(kinds[kind])}" for kind in SIDES[intervals] if kind in kinds]
    where = f", over {total} combinations of dataset, model and protocol" if total > 1 else ""
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}{where}."


def _side(row: Row, intervals: bool) -> str:
    """A phrase of `SIDES`."""
    if not intervals:
        return SIDES[False][int(row["racu"] <= 0)]
    better, open_, worse, alone = SIDES[True]
    if row["low"] is None:
        return alone
    return better if row["low"] > 0 else worse if row["high"] < 0 else open_


def _best(study: Study, contents: Contents) -> str:
    """The highest mean score, and whether it is told from every other."""
    groups = by(_scored(contents), *GROUP)
    best = {group: max(rows, key=lambda row: row["racu"]) for group, rows in groups.items()}
    alpha = 1 - study.statistics.confidence
    rivals = {group: _rivals(contents, row, alpha) for group, row in best.items()}
    if len(groups) == 1:
        ((group, row),) = best.items()
        return (
            f"The highest score is that of {row['explainer']} ({100 * row['racu']:.1f} %), {_distinct(rivals[group])}."
        )
    first = Counter(row["explainer"] for row in best.values()).most_common()
    alone = sum(found == [] for found in rivals.values())
    times = listed(f"{name} in {number}" for name, number in first)
    return f"The highest score is that of {times} of {len(best)} combinations; in {alone} it is told from every other."


def _distinct(rivals: Sequence[Row] | None) -> str:
    if rivals is None:
        return "which was not tested against the others"
    if not rivals:
        return "and paired tests tell it from every other explainer"
    names = listed(row["name"] for row in rivals)
    smallest = max(row["smallest_p"] for row in rivals)
    limit = f" ({rivals[0]['n']} seeds cannot give a p below {smallest:.2g})" if smallest > rivals[0]["alpha"] else ""
    return f"but paired tests do not tell it from {names}{limit}"


def _rivals(contents: Contents, best: Row, alpha: float) -> list[Row] | None:
    """Comparisons that do not tell the best explainer from another; None where it was compared with none."""
    name = best["explainer"]
    compared = [
        {**row, "alpha": alpha, "name": row["other"] if row["explainer"] == name else row["explainer"]}
        for row in contents.of_group("comparisons", best)
        if name in (row["explainer"], row["other"])
    ]
    return [row for row in compared if row["p_holm"] is None or row["p_holm"] >= alpha] if compared else None


def _scored(contents: Contents) -> list[Row]:
    return [
        row
        for row in contents.rows("summary")
        if row["racu"] is not None and row["explainer"] not in contents.control_of
    ]


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
