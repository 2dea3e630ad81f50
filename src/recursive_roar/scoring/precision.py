"""The stopping rule of adaptive seeds: when is a score known well enough, and how many seeds come next?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def widest(summary: Iterable[Mapping[str, Any]]) -> tuple[float, Mapping[str, Any]]:
    """The largest half-width of an interval of RACU and its row of summary.parquet; infinite where there is none.

    The absolute ladder, which has no RACU, does not count.
    """
    rows = [row for row in summary if row["ladder"] == "relative"]
    return max(((_half_width(row), row) for row in rows), key=lambda pair: pair[0])


def extended(seeds: Sequence[int], most: int) -> tuple[int, ...]:
    """Half as many seeds more, rounded up, at most `most` in all; they follow the largest.

    So few invocations suffice, and the trainings of each run side by side.
    """
    more = min(-(-len(seeds) // 2), most - len(seeds))
    return (*seeds, *range(max(seeds) + 1, max(seeds) + 1 + more))


def _half_width(row: Mapping[str, Any]) -> float:
    return float("inf") if row["low"] is None else (row["high"] - row["low"]) / 2
