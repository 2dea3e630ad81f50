"""The table that a terminal shows while jobs run."""

from rich.progress_bar import ProgressBar
from rich.table import Table

from snakemake_logger_plugin_progress.tally import Row, Tally, spoken


def table(tally: Tally, now: float, height: int | None = None) -> Table:
    """A line a row and one for all jobs; with `height` only as many lines, the rows that run or failed first."""
    rows = tally.every if tally.rows else []
    shown = _most_telling(rows, height)
    hidden = len(rows) - len(shown)
    found = Table(box=None, pad_edge=False, header_style="dim")
    for name in (*tally.columns, *(() if tally.columns else ("",)), ""):
        found.add_column(name, no_wrap=True)
    for name in ("done", "running", "failed", "time left"):
        found.add_column(name, no_wrap=True, justify="right")
    for row in shown:
        label = row.label or ("other jobs",)
        found.add_row(*_padded(label, tally), *_cells(row, row.seconds_left(now)))
    everything = f"all jobs ({hidden} rows not shown)" if hidden else "all jobs"
    found.add_row(*_padded((everything,), tally), *_cells(tally, tally.seconds_left(now)), style="bold")
    return found


def _most_telling(rows: list[Row], height: int | None) -> list[Row]:
    """The first `height` rows by urgency, in their own order."""
    if height is None or len(rows) <= height:
        return rows
    urgent = sorted(rows, key=lambda row: (not (row.running or row.failed), row.left == 0))[: max(height, 0)]
    return [row for row in rows if row in urgent]


def _padded(label: tuple[str, ...], tally: Tally) -> list[str]:
    return [*label, *[""] * (len(tally.columns) - len(label))]


def _cells(counts: Row | Tally, seconds: float | None) -> "list[ProgressBar | str]":
    bar = ProgressBar(total=max(counts.total, 1), completed=counts.done, width=20)
    numbers = (str(number) if number else "" for number in (counts.running_jobs, counts.failed_jobs))
    return [bar, f"{counts.done} of {counts.total}", *numbers, spoken(seconds) if counts.left else ""]
