"""What was asked and what came out, in three sentences made from the tables."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from recursive_roar.config import Study
from recursive_roar.report.contents import GROUP, Contents, Row, by
from recursive_roar.report.tables import percent
from recursive_roar.scoring.summary import REFERENCE

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
LOWER, UNTOLD, HIGHER = "lower", "not told apart", "higher"
"""What a rival of the explainer with the highest mean is by a paired test; higher if means are over other seeds."""


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
    random = {explainer.name for explainer in study.explainers if explainer.method == "random"}
    measures = set(contents.explainers) - random - set(contents.control_of)
    return (
        f"Does masking what {count(len(measures), 'importance measure')} "
        f"{'names' if len(measures) == 1 else 'name'} hurt {listed(model.name for model in study.models)} on "
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
    groups, alpha = by(scored, *GROUP), 1 - study.statistics.confidence
    best = [max(rows, key=lambda row: row["racu"]) for rows in groups.values()]
    if len(groups) == 1:
        score = f"{percent(best[0]['racu'])} %{_of_which_seeds(contents, scored)}"
        tests, others = _tests(contents, best[0], alpha), _others(contents, best[0])
        return f"The highest score is that of {best[0]['explainer']} ({score}), {_distinct(tests, others, alpha)}."
    first = Counter(row["explainer"] for row in best).most_common()
    alone = sum(_told_from_all(_tests(contents, row, alpha), _others(contents, row)) for row in best)
    times = listed(f"{name} in {number}" for name, number in first)
    return f"The highest score is that of {times} of {len(best)} combinations; in {alone} it is told from every other."


def _tests(contents: Contents, best: Row, alpha: float) -> list[Row]:
    """The comparisons of an explainer, each with its `rival` and what that one is by the paired test."""
    name, found = best["explainer"], list[Row]()
    for row in contents.of_group("comparisons", best):
        if name in (row["explainer"], row["other"]):
            first = row["explainer"] == name
            ahead = row["difference"] > 0 if first else row["difference"] < 0
            rival_is = UNTOLD if row["p_holm"] >= alpha else LOWER if ahead else HIGHER
            found.append({**row, "rival": row["other"] if first else row["explainer"], "rival_is": rival_is})
    return found


def _others(contents: Contents, best: Row) -> int:
    """How many explainers there are besides one, with a score or without."""
    names = {row["explainer"] for row in contents.of_group("runs", best)}
    return len(names - {best["explainer"], REFERENCE, *contents.control_of})


def _told_from_all(tests: Sequence[Row], others: int) -> bool:
    return len(tests) >= others > 0 and all(test["rival_is"] == LOWER for test in tests)


def _distinct(tests: Sequence[Row], others: int, alpha: float) -> str:
    if not tests:
        return "which was not tested against the others"
    higher, untold = ([test for test in tests if test["rival_is"] == kind] for kind in (HIGHER, UNTOLD))
    said = [f"put {_rivals(higher)} above it on the seeds of both"] if higher else []
    said += [f"do not tell it from {_rivals(untold)}{_limit(untold, alpha)}"] if untold else []
    if said:
        return f"but paired tests {' and '.join(said)}"
    if _told_from_all(tests, others):
        return "and paired tests tell it from every other explainer"
    return f"and paired tests tell it from the {len(tests)} compared with it, of {others} others"


def _rivals(tests: Sequence[Row]) -> str:
    return listed(test["rival"] for test in tests)


def _limit(untold: Sequence[Row], alpha: float) -> str:
    """That so few seeds cannot tell them apart, where that is so."""
    hardest = max(untold, key=lambda test: test["smallest_p_holm"])
    if hardest["smallest_p_holm"] < alpha:
        return ""
    return f" (with {count(hardest['n'], 'seed')} no corrected p is below {hardest['smallest_p_holm']:.2g})"


def _of_which_seeds(contents: Contents, rows: Sequence[Row]) -> str:
    """A remark where the scores of a dataset and model are not means over the same seeds."""
    cells = by(contents.of_group("scores", rows[0]), "explainer")
    seeds = {
        frozenset(cell["seed"] for cell in cells.get((row["explainer"],), ()) if cell["racu"] is not None)
        for row in rows
    }
    return "; not all scores are means over the same seeds" if len(seeds) > 1 else ""


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
