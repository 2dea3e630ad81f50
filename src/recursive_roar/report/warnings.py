"""What a reader must know before believing a score."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from recursive_roar.config import Study
from recursive_roar.diagnostics.against_controls import FEW, LOSES, OPEN, SEEDS_FOR_A_VERDICT
from recursive_roar.report.answer import count, listed
from recursive_roar.report.checks import convergence, leakage
from recursive_roar.report.contents import Contents, Row, by
from recursive_roar.scoring.summary import REFERENCE
from recursive_roar.seeds import advice

ENOUGH_SEEDS = 5


def warnings(study: Study, contents: Contents) -> list[str]:
    """One sentence each; empty if nothing is wrong."""
    return [sentence for check in CHECKS for sentence in check(study, contents)]


def _missing(study: Study, contents: Contents) -> Iterator[str]:
    if contents.missing:
        yield (
            f"This report is incomplete: {_trainings(len(contents.missing))} missing. Cells that need them have no "
            "score. Unless the study still runs, start it again to continue."
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
    seeds = {row["n"] for row in contents.rows("summary") if row["n"]}
    fewest = min(seeds, default=0)
    if fewest == 1:
        yield f"{'One seed' if len(seeds) == 1 else 'One seed, as some scores have,'} gives no interval."
    elif fewest and study.statistics.interval == "paper":
        yield "BCa bootstrap intervals, as in the published table: at few seeds they cover less than they say."
    elif 1 < fewest < ENOUGH_SEEDS:
        yield f"Few seeds ({fewest}{'' if len(seeds) == 1 else ', as some scores have'}) give wide intervals."
    best = min(contents.rows("comparisons"), key=lambda row: row["smallest_p_holm"], default=None)
    if best and best["smallest_p_holm"] >= 1 - study.statistics.confidence:
        limit = f"with {count(best['n'], 'seed')} no corrected p (Holm) is below {best['smallest_p_holm']:.2g}"
        yield f"No difference between explainers can be significant: {limit}."


def _precision(study: Study, contents: Contents) -> Iterator[str]:
    if sentence := advice(study):
        yield sentence


def _reference(study: Study, contents: Contents) -> Iterator[str]:
    if contents.explainers and REFERENCE not in contents.explainers:
        yield f"Nothing can be scored: the study has no explainer named {REFERENCE} to compare with."


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
    rows = leakage(contents.rows("leakage"))
    found, probes = (sum(row[column] for row in rows) for column in ("leaks", "probes"))
    if found:
        names = listed(row["explainer"] for row in rows if row["leaks"])
        chance = probes * (1 - study.statistics.confidence) / 2  # one side of an interval
        yield (
            f"Leakage: in {found} of {probes} rounds the mask pattern alone predicts the label better than guessing "
            f"and than random masks do ({names}); chance alone gives about {chance:.1f}."
        )


def _controls(study: Study, contents: Contents) -> Iterator[str]:
    for (explainer,), rows in by(contents.rows("controls"), "explainer").items():
        yield from _verdicts(explainer, rows, LOSES, "scores below")
        yield from _verdicts(explainer, rows, OPEN, "is not told from")
    few = sum(row["verdict"] == FEW for row in contents.rows("controls"))
    if few:
        yield (
            f"{few} of {len(contents.rows('controls'))} comparisons with controls have too few seeds for a verdict: "
            f"at least {SEEDS_FOR_A_VERDICT} with both scores are needed."
        )


def _verdicts(explainer: str, rows: Sequence[Row], verdict: str, words: str) -> Iterator[str]:
    found = [row["control"] for row in rows if row["verdict"] == verdict]
    if found:
        often = f"in {len(found)} of {len(rows)} comparisons"
        yield f"{explainer} {words} a copy of itself that should be worse ({listed(dict.fromkeys(found))}) {often}."


def _trainings(number: int) -> str:
    return "1 training is" if number == 1 else f"{number} trainings are"


CHECKS: tuple[Callable[[Study, Contents], Iterable[Any]], ...] = (
    _missing,
    _undiagnosed,
    _generated,
    _reference,
    _seeds,
    _precision,
    _undefined,
    _convergence,
    _leakage,
    _controls,
)
