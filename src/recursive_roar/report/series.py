"""Points of the curves: mean and interval over seeds, round by round."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from recursive_roar import metrics
from recursive_roar.report.contents import Row, by, mean
from recursive_roar.scoring.curves import predicts_one_class
from recursive_roar.scoring.intervals import Method, mean_interval
from recursive_roar.scoring.summary import REFERENCE

MEASURES = {
    "performance": "performance on the test split",
    "below-random": "how far below random masking",
    "validation": "performance on the validation split",
    **{name: f"{name} on the test split" for name in metrics.MEASURES},
}
"""What a curve can show, and how the page calls it."""

COLUMNS = {"performance": "value", "below-random": "value"}
"""Columns of runs.parquet that are named otherwise than what they show."""

ASKED = {"relative": "tokens to mask, %", "absolute": "tokens to mask"}
"""What `amount_of` gives on each ladder, as the title of an axis."""

Values = dict[tuple[str, float], list[float]]  # by explainer and amount masked, a value a seed that has one


def points(
    runs: Iterable[Row], measure: str, control_of: Mapping[str, str], method: Method, confidence: float
) -> list[dict[str, Any]]:
    """A point for each explainer and amount masked, in %; without a mean where every seed is missing.

    `collapsed` counts its trainings that predict one class although not everything is masked.

    Args:
        runs: rows of runs.parquet of one protocol, ladder, dataset and model.
        measure: a key of `MEASURES`.
        control_of: by name of a control, that of its explainer.
        method: of the interval.
        confidence: of the interval.
    """
    rows = list(runs)
    collapsed = Counter((row["explainer"], amount_of(row)) for row in rows if predicts_one_class(row))
    return [
        {"explainer": explainer, "masked": amount, "control": explainer in control_of}
        | {"collapsed": collapsed[explainer, amount]}
        | _interval(values, method, confidence)
        for (explainer, amount), values in _values(rows, measure).items()
    ]


def _values(runs: list[Row], measure: str) -> Values:
    column = COLUMNS.get(measure, measure)
    reference = {(row["seed"], row["round"]): row["value"] for row in runs if row["explainer"] == REFERENCE}
    found: Values = {}
    for (explainer, amount), rows in by(
        [{**row, "masked": amount_of(row)} for row in runs], "explainer", "masked"
    ).items():
        found[explainer, amount] = []
        for row in rows:
            value, random = row.get(column), reference.get((row["seed"], row["round"]))
            if measure == "below-random":
                value = None if value is None or random is None else random - value
            if value is not None:
                found[explainer, amount].append(100 * value)
    return found


def amount_of(row: Row) -> float:
    """What was asked to be masked: % on the relative ladder, a number of tokens on the absolute one."""
    share, tokens = row["masked_share_asked"], row["masked_tokens_asked"]
    return float(tokens) if share is None else round(100 * share, 6)


def masked_shares(runs: Iterable[Row]) -> dict[float, float | None]:
    """By amount asked, the share of the maskable tokens of the test split that is masked, in %, rising.

    It is lower than what is asked, as the number of tokens of each text is rounded down, and the same under every
    explainer.
    """
    found = by([{**row, "masked": amount_of(row)} for row in runs], "masked")
    shares = {amount: mean(row["masked_share"] for row in rows) for (amount,), rows in sorted(found.items())}
    return {amount: None if share is None else 100 * share for amount, share in shares.items()}


def _interval(values: list[float], method: Method, confidence: float) -> dict[str, Any]:
    if not values:
        return {"mean": None, "low": None, "high": None, "seeds": 0}
    found = mean_interval(values, method, confidence)
    return {"mean": found.mean, "low": found.low, "high": found.high, "seeds": found.n}


def table(found: Iterable[Mapping[str, Any]]) -> tuple[list[float], dict[str, list[float | None]]]:
    """The same points as a table: the amounts masked, and the means by explainer."""
    means: dict[str, dict[float, float | None]] = defaultdict(dict)
    for point in found:
        means[point["explainer"]][point["masked"]] = point["mean"]
    amounts = sorted({amount for each in means.values() for amount in each})
    return amounts, {name: [each.get(amount) for amount in amounts] for name, each in means.items()}
