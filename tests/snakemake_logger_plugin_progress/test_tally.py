"""Counts and estimates of a made-up run, times in seconds."""

from snakemake_logger_plugin_progress.announcement import Announcement, Planned, arranged
from snakemake_logger_plugin_progress.table import table
from snakemake_logger_plugin_progress.tally import Tally, spoken

ROWS = {("babi-1", "random"): Planned(2, [1, 2]), ("babi-1", "gradient"): Planned(0, [3, 4])}


def tally() -> Tally:
    return Tally(Announcement(("dataset", "explainer"), ROWS, Planned(0, [5])))


class Job:
    def __init__(self, number: int, **wildcards: str) -> None:
        self.jobid, self.wildcards_dict = number, wildcards


class Graph:
    def __init__(self, jobs: list[Job], to_run: list[Job]) -> None:
        self.jobs, self.needrun_jobs = jobs, lambda: to_run


def test_jobs_are_arranged_by_wildcards_and_those_done_are_counted() -> None:
    done, waiting = (Job(number, dataset="a", explainer="random", round=str(number)) for number in (1, 2))
    shared = Job(3, dataset="a", seed="0")
    found = arranged(Graph([done, waiting, shared], [waiting, shared]), ("dataset", "explainer"), "round")
    assert found.rows == {("a", "random"): Planned(1, [2])}
    assert found.other == Planned(0, [3])


def test_two_jobs_at_a_time_halve_the_time_left() -> None:
    counts = tally()
    for job in (1, 3):
        counts.row(job).start(job, 0)
    assert counts.seconds_left(5) is None
    for job in (1, 3):
        counts.row(job).finish(job, 10)
    assert (counts.done, counts.total, counts.left) == (4, 7, 3)
    assert counts.seconds_left(10) == 15  # three jobs of 10 s, two at a time
    assert counts.row(1).seconds_left(10) == 10
    assert counts.other.seconds_left(10) is None


def test_a_job_that_is_tried_again_is_no_longer_failed() -> None:
    counts = tally()
    counts.row(1).start(1, 0)
    counts.row(1).fail(1)
    assert (counts.failed_jobs, counts.running_jobs) == (1, 0)
    counts.row(1).start(1, 1)
    counts.row(1).finish(1, 2)
    assert (counts.failed_jobs, counts.done) == (0, 3)


def test_jobs_that_were_not_announced_count_too() -> None:
    counts = Tally()
    counts.row(9).start(9, 0)
    counts.row(9).finish(9, 4)
    assert (counts.total, counts.done) == (1, 1)
    assert counts.seconds_left(4) == 0


def test_a_low_terminal_shows_the_rows_that_run() -> None:
    counts = tally()
    counts.row(3).start(3, 0)
    shown = table(counts, now=1, height=1)
    assert list(shown.columns[1].cells) == ["gradient", ""]
    assert list(shown.columns[0].cells)[-1] == "all jobs (2 rows not shown)"
    assert table(counts, now=1).row_count == 4


def test_durations_are_rough() -> None:
    assert [spoken(value) for value in (None, 40, 370, 7500, 273600)] == ["-", "40 s", "6 min", "2 h 5 min", "3 d 4 h"]
