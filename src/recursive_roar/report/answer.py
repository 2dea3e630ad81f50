"""What was asked and what came out, in three sentences made from the tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from recursive_roar.config import Study
from recursive_roar.report.contents import GROUP, Contents, Row, by

BETTER = "better than random masking, with the whole interval"
OPEN = "not told from random masking"
WORSE = "worse than random masking, with the whole interval"
ONE_SEED = ("above random masking, by one seed without an interval", "not above random masking, by one seed")
UNLIMITED = {
    "student-t": (
        "above random masking, every seed clipped at ±100 % and so without an interval",
        "not above random masking, every seed clipped at ±100 % and so without an interval",
    ),
    "paper": (
        "above random masking, without an interval as the bootstrap finds no limits",
        "not above random masking, without an interval as the bootstrap finds no limits",
    ),
}
AREA = ("above random masking on average", "not above random masking on average")
SIDES = (BETTER, OPEN, WORSE, *ONE_SEED, *UNLIMITED["student-t"], *UNLIMITED["paper"], *AREA)
"""Where a score may lie, in the order in which it is said."""


def answer(study: Study, contents: Contents) -> list[str]:
    """The question, which explainers beat random masking, and which is best if that can be said."""
    asked, scored, areas = _asked(study, contents), _having("racu", contents), _having("acu", contents)
    if scored:
        return [asked, f"{_against_random(scored, _side)}.", _best(study, contents, scored)]
    if areas:
        only = "There is no RACU here, only the area between the curves (ACU), which has no interval and no test."
        return [asked, only, f"{_against_random(areas, _side_of_area)}."]
    return [asked, "Nothing has a score that could tell."]


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b` or `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _asked(study: Study, contents: Contents) -> str:
    explainers = [name for name in contents.explainers if name not in contents.control_of]
    return (
        f"Does masking what {count(len(explainers) - 1, 'importance measure')} "
        f"{'names' if len(explainers) == 2 else 'name'} hurt {listed(model.name for model in study.models)} on "
        f"{listed(dataset.name for dataset in study.datasets)} more than masking at random, when the classifier is "
        f"trained again after each masking ({listed(study.protocols)}; {count(len(study.seeds), 'seed')})?"
    )


def _against_random(rows: Sequence[Row], side: Callable[[Row], str]) -> str:
    """Explainers by where their scores lie."""
    total = len(by(rows, *GROUP))
    kinds: dict[str, list[str]] = {}
    for (explainer,), found in by(rows, "explainer").items():
        for kind, number in Counter(map(side, found)).items():
            kinds.setdefault(kind, []).append(f"{explainer} ({number} of {len(found)})" if total > 1 else explainer)
    said = "; ".join(f"{kind}: {listed(kinds[kind])}" for kind in SIDES if kind in kinds)
    where = f", over {total} combinations of dataset, model and protocol" if total > 1 else ""
    return f"{said[0].upper()}{said[1:]}{where}"


def _side(row: Row) -> str:
    """Where a RACU lies; where it has no interval, by its sign."""
    if row["low"] is not None:
        return BETTER if row["low"] > 0 else WORSE if row["high"] < 0 else OPEN
    above, not_above = ONE_SEED if row["n"] == 1 else UNLIMITED[row["method"]]
    return above if row["racu"] > 0 else not_above


def _side_of_area(row: Row) -> str:
    return AREA[0] if row["acu"] > 0 else AREA[1]


def _best(study: Study, contents: Contents, scored: Sequence[Row]) -> str:
    """The highest mean score, and whether it is told from every other."""
    groups = by(scored, *GROUP)
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
    hardest = max(rivals, key=lambda row: row["smallest_p_holm"])
    possible = hardest["smallest_p_holm"] < hardest["alpha"]
    limit = f" (with {count(hardest['n'], 'seed')} no corrected p is below {hardest['smallest_p_holm']:.2g})"
    return f"but paired tests do not tell it from {names}{'' if possible else limit}"


def _rivals(contents: Contents, best: Row, alpha: float) -> list[Row] | None:
    """Comparisons that do not tell the best explainer from another; None where it was compared with none."""
    name = best["explainer"]
    compared = [
        {**row, "alpha": alpha, "name": row["other"] if row["explainer"] == name else row["explainer"]}
        for row in contents.of_group("comparisons", best)
        if name in (row["explainer"], row["other"])
    ]
    return [row for row in compared if row["p_holm"] is None or row["p_holm"] >= alpha] if compared else None


def _having(score: str, contents: Contents) -> list[Row]:
    """Rows of the explainers, without controls, that have a score of that name."""
    return [
        row
        for row in contents.rows("summary")
        if row[score] is not None and row["explainer"] not in contents.control_of
    ]


def count(number: int, word: str) -> str:
    """`1 seed` or `2 seeds`."""
    return f"{number} {word}{'' if number == 1 else 's'}"
