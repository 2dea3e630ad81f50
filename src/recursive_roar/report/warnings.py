"""What a reader must know before believing a score."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from recursive_roar.config import Study
from recursive_roar.report.answer import count, listed
from recursive_roar.report.checks import convergence
from recursive_roar.report.contents import Contents, Row, by
from recursive_roar.seeds import advice

ENOUGH_SEEDS = 5


def warnings(study: Study, contents: Contents) -> list[str]:
    """One sentence each; empty if nothing is wrong."""
    return [sentence for check in CHECKS for sentence in check(study, contents)]


def _missing(study: Study, contents: Contents) -> Iterator[str]:
    if contents.missing:
        yield (
            f"This report is incomplete: {_trainings(len(contents.missing))} missing. Cells that need them have no "
            "score. Run the same command again to continue."
        )


def _undiagnosed(study: Study, contents: Contents) -> Iterator[str]:
    missing, cells = len(contents.rows("undiagnosed")), len(contents.rows("scores"))
    if missing:
        yield f"Leakage, sparsity, agreement and plausibility are not known yet of {missing} of {cells} cells."


def _generated(study: Study, contents: Contents) -> Iterator[str]:
    names = [dataset.name for dataset in study.datasets if dataset.generate]
    if names:
        yield f"Generated data, not the published corpus: {listed(names)}."


def _seeds(study: Study, contents: Contents) -> Iterator[str]:
    seeds = max((row["n"] for row in contents.rows("summary")), default=0)
    if seeds == 1:
        yield "One seed gives no interval."
    elif 1 < seeds < ENOUGH_SEEDS:
        yield f"Few seeds ({seeds}) give wide intervals."
    elif seeds and study.statistics.interval == "paper":
        yield "BCa bootstrap intervals, as in the published table: at few seeds they cover less than they say."
    best = min(contents.rows("comparisons"), key=lambda row: row["smallest_p_holm"], default=None)
    if best and best["smallest_p_holm"] >= 1 - study.statistics.confidence:
        limit = f"with {count(best['n'], 'seed')} no corrected p (Holm) is below {best['smallest_p_holm']:.2g}"
        yield f"No difference between explainers can be significant: {limit}."


def _precision(study: Study, contents: Contents) -> Iterator[str]:
    if sentence := advice(study):
        yield sentence


def _undefined(study: Study, contents: Contents) -> Iterator[str]:
    found = [row for row in contents.rows("scores") if row["status"] == "undefined"]
    if found:
        reasons = listed(sorted({row["reason"] for row in found}))
        yield f"Without a score: {len(found)} of {len(contents.rows('scores'))} cells, as {reasons}."


def _convergence(study: Study, contents: Contents) -> Iterator[str]:
    rows = convergence(contents.rows("runs"))
    yield from _counted(rows, "one_class", "of models that predict one class although not everything is masked")
    yield from _counted(rows, "not_finite", "of models whose predictions are not finite numbers")
    yield from _counted(rows, "last_epoch", "of models that were best in their last epoch and may not have converged")


def _counted(rows: Sequence[Row], column: str, what: str) -> Iterator[str]:
    found = sum(row[column] or 0 for row in rows)
    if found:
        yield f"{found} of {sum(row['trainings'] for row in rows)} points of the curves are {what}."


def _leakage(study: Study, contents: Contents) -> Iterator[str]:
    found = [row for row in contents.rows("leakage") if row["leaks"]]
    if found:
        names = listed(dict.fromkeys(row["explainer"] for row in found))
        yield (
            f"Leakage: in {len(found)} of {len(contents.rows('leakage'))} rounds the mask pattern alone predicts the "
            f"label better than guessing ({names})."
        )


def _controls(study: Study, contents: Contents) -> Iterator[str]:
    for (explainer,), rows in by(contents.rows("controls"), "explainer").items():
        lost = [row for row in rows if row["beats"] is False]
        if lost:
            names = listed(dict.fromkeys(row["control"] for row in lost))
            often = f"in {len(lost)} of {len(rows)} comparisons"
            yield f"{explainer} does not beat a copy of itself that should be worse ({names}) {often}."


def _trainings(number: int) -> str:
    return "1 training is" if number == 1 else f"{number} trainings are"


CHECKS: tuple[Callable[[Study, Contents], Iterable[Any]], ...] = (
    _missing,
    _undiagnosed,
    _generated,
    _seeds,
    _precision,
    _undefined,
    _convergence,
    _leakage,
    _controls,
)
