"""The handler that Snakemake hands every record of its log."""

import sys
import time
from collections.abc import Iterable
from logging import LogRecord
from typing import TYPE_CHECKING, Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

if TYPE_CHECKING:
    from rich.live import Live

# What the table, or a line for each finished job, says instead; Snakemake's log file keeps all of it.
COUNTED = {
    LogEvent.GROUP_INFO,
    LogEvent.JOB_INFO,
    LogEvent.JOB_STARTED,
    LogEvent.JOB_FINISHED,
    LogEvent.PROGRESS,
    LogEvent.SHELLCMD,
    LogEvent.RESOURCES_INFO,
}
REPEATED = "Select jobs to execute..."  # between any two jobs
LINES_ELSE = 4  # of a terminal: the table's head, its last line, and room below


class LogHandler(LogHandlerBase):
    """On a terminal a table that stays below the messages, elsewhere a line for each finished job.

    Warnings, errors and logs of failed jobs come out as Snakemake formats them, and a dry run is Snakemake's own.
    """

    def __post_init__(self) -> None:
        """Snakemake imports every plugin in every job, so what is heavy is imported where a handler is made."""
        from rich.console import Console
        from rich.file_proxy import FileProxy
        from snakemake.logging import ColorizingTextHandler, DefaultFormatter

        from snakemake_logger_plugin_progress.tally import Tally

        settings = self.common_settings
        stream = sys.stdout if settings.stdout else sys.stderr
        self._console = Console(file=stream, soft_wrap=True)
        self._on_terminal = self._console.is_terminal and not settings.dryrun
        above_the_table: Any = FileProxy(self._console, stream) if self._on_terminal else stream
        self._messages = ColorizingTextHandler(settings.nocolor, above_the_table)
        self._messages.setFormatter(DefaultFormatter(settings.quiet, settings.show_failed_logs))
        self._tally = Tally()
        self._names: dict[int, str] = {}
        self._last = ""  # message that was passed on
        self._live: Live | None = None

    def emit(self, record: LogRecord) -> None:
        """Count what the record says of jobs, and pass on what it says beside."""
        if self.common_settings.dryrun:
            self._messages.emit(record)
            return
        event = getattr(record, "event", None)
        if hasattr(record, "announcement"):
            self._begin(record.announcement)
        elif event not in COUNTED and (event is not None or self._is_news(record)):
            self._messages.emit(record)
        self._count(event, record)
        if self._live:
            self._live.update(self._table(), refresh=True)

    def _is_news(self, record: LogRecord) -> bool:
        """While it waits for the last jobs before an early end, Snakemake says so several times a second."""
        message = record.getMessage()
        if message in (REPEATED, self._last):
            return False
        self._last = message
        return True

    def close(self) -> None:
        """Leave the whole table as the last thing on the screen."""
        if self._live:
            from snakemake_logger_plugin_progress.table import table

            self._live.update(table(self._tally, time.time()))
            self._live.stop()
            self._live = None
        super().close()

    def _begin(self, announcement: Any) -> None:
        from rich.live import Live

        from snakemake_logger_plugin_progress.tally import Tally

        self._tally = Tally(announcement)
        if self._on_terminal:
            self._live = Live(self._table(), console=self._console, auto_refresh=False, vertical_overflow="visible")
            self._live.start()

    def _table(self) -> Any:
        from snakemake_logger_plugin_progress.table import table

        return table(self._tally, time.time(), self._console.height - LINES_ELSE)

    def _count(self, event: LogEvent | None, record: Any) -> None:
        now = record.created
        if event == LogEvent.JOB_INFO:
            self._names[record.jobid] = record.rule_msg or record.rule_name
        elif event == LogEvent.JOB_STARTED:
            self._start((job for job in record.jobs if isinstance(job, int)), now)  # a group's id is not a number
        elif event == LogEvent.GROUP_INFO:
            self._start((job.jobid for job in record.jobs), now)
        elif event == LogEvent.JOB_ERROR:
            self._tally.row(record.jobid).fail(record.jobid)
        elif event == LogEvent.JOB_FINISHED:
            self._tally.row(record.job_id).finish(record.job_id, now)
            if not self._live:
                self._messages.stream.write(self._line(record.job_id, now))
                self._messages.flush()

    def _start(self, jobs: Iterable[int], now: float) -> None:
        for job in jobs:
            self._tally.row(job).start(job, now)

    def _line(self, job: int, now: float) -> str:
        from snakemake_logger_plugin_progress.tally import spoken

        tally = self._tally
        left = tally.seconds_left(now)
        failed = f", {tally.failed_jobs} failed" if tally.failed_jobs else ""
        estimate = f", about {spoken(left)} left" if left is not None and tally.left else ""
        clock = time.strftime("%H:%M:%S", time.localtime(now))
        return f"{clock} {tally.done} of {tally.total} done{failed}{estimate}: {self._names.pop(job, f'job {job}')}\n"

    @property
    def writes_to_stream(self) -> bool:
        """Instead of Snakemake's own output."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Snakemake writes its log file itself."""
        return False

    @property
    def has_filter(self) -> bool:
        """Snakemake's own filter knows `--quiet` and `--verbose`."""
        return False

    @property
    def has_formatter(self) -> bool:
        """Snakemake's own formatter is used, but in `_messages`."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """The announcement says more."""
        return False
