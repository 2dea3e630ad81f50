"""Counting jobs and estimating the time left."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from snakemake_logger_plugin_progress.announcement import Announcement, Label


@dataclass
class Row:
    """Jobs that are counted together; times are in seconds."""

    label: Label
    total: int = 0
    done: int = 0
    running: dict[int, float] = field(default_factory=dict)  # start by job
    failed: set[int] = field(default_factory=set)
    first_start: float | None = None
    finished: int = 0  # in this run
    worked: float = 0.0  # time of the finished jobs, added up

    @property
    def left(self) -> int:
        """Jobs that are not done."""
        return max(self.total - self.done, 0)

    @property
    def running_jobs(self) -> int:
        """Jobs that run, or wait in a cluster's queue."""
        return len(self.running)

    @property
    def failed_jobs(self) -> int:
        """Jobs that failed and were not tried again."""
        return len(self.failed)

    def start(self, job: int, now: float) -> None:
        """A job starts, perhaps again."""
        self.failed.discard(job)
        self.running[job] = now
        self.first_start = now if self.first_start is None else self.first_start

    def finish(self, job: int, now: float) -> None:
        """A job is done."""
        self.failed.discard(job)
        self.worked += now - self.running.pop(job, now)
        self.finished += 1
        self.done += 1

    def fail(self, job: int) -> None:
        """A job failed."""
        self.running.pop(job, None)
        self.failed.add(job)

    def seconds_left(self, now: float) -> float | None:
        """Time left at the pace of this row so far; None before its first job of this run is done."""
        if not self.finished or self.first_start is None:
            return None
        return self.left * (now - self.first_start) / self.finished


class Tally:
    """Every row of a run, in the order of their announcement; jobs of no row are counted in `other`."""

    def __init__(self, announcement: Announcement | None = None) -> None:
        """Without an announcement every job belongs to `other`, and is counted when it starts."""
        announcement = announcement or Announcement()
        self.columns = announcement.columns
        self.rows = [Row(label, len(row.jobs) + row.done, row.done) for label, row in announcement.rows.items()]
        self.other = Row((), len(announcement.other.jobs) + announcement.other.done, announcement.other.done)
        self._row_of = dict.fromkeys(announcement.other.jobs, self.other)
        for row, planned in zip(self.rows, announcement.rows.values(), strict=True):
            self._row_of |= dict.fromkeys(planned.jobs, row)

    def row(self, job: int) -> Row:
        """The row of a job; one that was not announced counts from now on."""
        if job not in self._row_of:
            self._row_of[job] = self.other
            self.other.total += 1
        return self._row_of[job]

    @property
    def every(self) -> list[Row]:
        """All rows, `other` last."""
        return [*self.rows, self.other]

    @property
    def total(self) -> int:
        """Jobs of the workflow, those done before included."""
        return sum(row.total for row in self.every)

    @property
    def done(self) -> int:
        """Jobs done, those done before included."""
        return sum(row.done for row in self.every)

    @property
    def left(self) -> int:
        """Jobs that are not done."""
        return sum(row.left for row in self.every)

    @property
    def running_jobs(self) -> int:
        """Jobs that run, or wait in a cluster's queue."""
        return sum(row.running_jobs for row in self.every)

    @property
    def failed_jobs(self) -> int:
        """Jobs that failed and were not tried again."""
        return sum(row.failed_jobs for row in self.every)

    def seconds_left(self, now: float) -> float | None:
        """Work left, by the mean of each row, over as many jobs at a time as so far; None before a row has a mean."""
        typical = _mean_seconds(self.rows or [self.other])
        starts = [row.first_start for row in self.every if row.first_start is not None]
        if typical is None or now <= min(starts, default=now):
            return None
        means = [_mean_seconds([row]) for row in self.every]
        work = sum(row.left * (typical if mean is None else mean) for row, mean in zip(self.every, means, strict=True))
        begun = sum(now - start for row in self.every for start in row.running.values())
        at_a_time = (sum(row.worked for row in self.every) + begun) / (now - min(starts))
        return max(work - begun, 0.0) / at_a_time if at_a_time else None


def _mean_seconds(rows: Iterable[Row]) -> float | None:
    counted = [row for row in rows if row.finished]
    return sum(row.worked for row in counted) / sum(row.finished for row in counted) if counted else None


def spoken(seconds: float | None) -> str:
    """A rough duration for people: `40 s`, `6 min`, `2 h 5 min`, `3 d 4 h`."""
    if seconds is None:
        return "-"
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"
