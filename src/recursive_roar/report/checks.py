"""What may be wrong with a score: leakage through masks, sparsity, trainings that did not converge."""

from collections.abc import Iterable, Sequence
from typing import Any

from recursive_roar.report.contents import Row, by, mean
from recursive_roar.scoring.summary import REFERENCE


def leakage(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """A row an explainer but random masking: in how many (seed, round) its masks leak, and where they do most."""
    return [
        {
            "explainer": explainer,
            "leaks": sum(bool(row["leaks"]) for row in members),
            "probes": len(members),
            "worst": max(members, key=_above_guessing),
        }
        for (explainer,), members in by(rows, "explainer").items()
        if explainer != REFERENCE
    ]


def _above_guessing(row: Row) -> float:
    """Accuracy of a probe above that of the majority class and of random masks, whichever is higher."""
    return float(row["accuracy"] - max(row["majority"], row["random"] or 0))


def leakage_points(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Points above the majority class by round, mean over seeds."""
    return [
        _point(explainer, number, [100 * (row["accuracy"] - row["majority"]) for row in members])
        for (explainer, number), members in by(rows, "explainer", "round").items()
    ]


def sparsity_points(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Share of the importance in the first 1, 2, ... tokens of the unmasked data, mean over seeds, in %.

    A seed in which no token is important has no shares.
    """
    first = [row for row in rows if row["round"] == 0 and row["unit"] == "tokens" and row["share"] is not None]
    return [
        _point(explainer, amount, [100 * row["share"] for row in members])
        for (explainer, amount), members in by(first, "explainer", "amount").items()
    ]


def concentration(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Entropy and Gini coefficient of an explainer's importance on unmasked data and in its last explained round."""
    return [_ends(explainer, members) for (explainer,), members in by(rows, "explainer").items()]


def _ends(explainer: str, rows: Sequence[Row]) -> dict[str, Any]:
    last = max(row["round"] for row in rows)
    found: dict[str, Any] = {"explainer": explainer, "last": last}
    for column in ("entropy", "gini"):
        for when, number in (("first", 0), ("last", last)):
            found[f"{column}_{when}"] = mean(row[column] for row in rows if row["round"] == number)
    return found


def convergence(runs: Iterable[Row]) -> list[dict[str, Any]]:
    """A row an explainer over its trainings that are done; None where the tables do not say.

    Everything being masked, a model can only predict one class, so that round counts for none of it.
    """
    done = [row for row in runs if row["status"] == "done" and (row["masked_share"] or 0) < 1]
    return [
        {
            "explainer": explainer,
            "trainings": len(members),
            "one_class": sum(row["converged"] is False for row in members),
            "majority": _count(members, "majority", lambda row: row["value"] <= row["majority"]),
            "not_finite": _count(members, "finite", lambda row: not row["finite"]),
            "last_epoch": _count(members, "best_epoch", lambda row: row["best_epoch"] == row["epochs"]),
            "where": [f"seed {row['seed']}, round {row['round']}" for row in members if row["converged"] is False],
        }
        for (explainer,), members in by(done, "explainer").items()
    ]


def _count(rows: Sequence[Row], column: str, holds: Any) -> int | None:
    known = [row for row in rows if row.get(column) is not None]
    return sum(holds(row) for row in known) if known else None


def _point(explainer: str, place: float, values: list[float]) -> dict[str, Any]:
    return {"explainer": explainer, "masked": place, "mean": mean(values), "seeds": len(values)}
