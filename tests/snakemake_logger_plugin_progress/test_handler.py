"""What a person sees of Snakemake's records."""

import logging
from types import SimpleNamespace

import pytest
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.tests import MockOutputSettings, TestLogHandlerBase

from snakemake_logger_plugin_progress import LogHandler
from snakemake_logger_plugin_progress.announcement import Announcement, Planned

ROWS = {("babi-1", "random"): Planned(1, [1, 2])}
FAILURE = {
    "rule_name": "retrain_round",
    "rule_msg": None,
    "jobid": 2,
    "input": [],
    "output": ["metrics.json"],
    "log": [],
    "conda_env": None,
    "shellcmd": None,
    "aux": {},
}


class TestInterface(TestLogHandlerBase):
    __test__ = True

    def get_log_handler_cls(self) -> type[LogHandler]:
        return LogHandler

    def get_log_handler_settings(self) -> None:
        return None


def record(event: LogEvent | None = None, message: str = "", level: int = logging.INFO, **facts: object):
    made = logging.LogRecord("snakemake", level, "", 0, message, (), None)
    made.__dict__.update(event=event, created=facts.pop("created", 0.0), **facts)
    return made


def emit_a_run(handler: LogHandler) -> None:
    handler.emit(record(announcement=Announcement(("dataset", "explainer"), ROWS)))
    for job in (1, 2):
        handler.emit(record(LogEvent.JOB_INFO, jobid=job, rule_msg=f"Round {job}", rule_name="retrain_round"))
    handler.emit(record(LogEvent.JOB_STARTED, jobs=[1, 2]))
    handler.emit(record(message="the disk is nearly full", level=logging.WARNING))
    handler.emit(record(LogEvent.JOB_FINISHED, job_id=1, created=60.0))
    handler.emit(record(LogEvent.JOB_ERROR, "Error", logging.ERROR, **FAILURE))
    handler.close()


def test_without_a_terminal_there_is_a_line_for_each_finished_job(capsys: pytest.CaptureFixture[str]) -> None:
    emit_a_run(LogHandler(MockOutputSettings(), None))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "the disk is nearly full"
    assert lines[1].endswith(" 2 of 3 done, about 0 s left: Round 1")
    assert "Error in rule retrain_round:" in lines
    assert "    output: metrics.json" in lines


def test_the_members_of_a_group_start_with_it_and_the_group_is_no_job(capsys: pytest.CaptureFixture[str]) -> None:
    handler = LogHandler(MockOutputSettings(), None)
    handler.emit(record(announcement=Announcement(("dataset", "explainer"), ROWS)))
    handler.emit(record(LogEvent.JOB_STARTED, jobs=["6bd97b6e-b7ff-5c42-a9a7-9c1a3b7b3a7e"], created=10.0))
    members = [SimpleNamespace(jobid=job) for job in (1, 2)]
    handler.emit(record(LogEvent.GROUP_INFO, "Group job chain", group_id="chain", jobs=members, created=10.0))
    assert (handler._tally.running_jobs, handler._tally.total) == (2, 3)
    for job in (1, 2):
        handler.emit(record(LogEvent.JOB_FINISHED, job_id=job, created=40.0))
    tally = handler._tally
    assert (tally.running_jobs, tally.done, tally.rows[0].worked) == (0, 3, 60.0)
    assert "Group job" not in capsys.readouterr().err


def test_a_message_that_is_repeated_comes_out_once(capsys: pytest.CaptureFixture[str]) -> None:
    handler = LogHandler(MockOutputSettings(), None)
    for message in ("Will exit", "Select jobs to execute...", "Will exit", "Will exit", "Done", "Will exit"):
        handler.emit(record(message=message))
    assert capsys.readouterr().err.splitlines() == ["Will exit", "Done", "Will exit"]


def test_errors_of_two_jobs_both_come_out(capsys: pytest.CaptureFixture[str]) -> None:
    handler = LogHandler(MockOutputSettings(), None)
    for _ in range(2):
        handler.emit(record(LogEvent.JOB_ERROR, "Error", logging.ERROR, **FAILURE))
    assert capsys.readouterr().err.count("Error in rule retrain_round:") == 2


def test_a_terminal_shows_the_table_and_every_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FORCE_COLOR": "1", "COLUMNS": "100", "LINES": "30", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    emit_a_run(LogHandler(MockOutputSettings(), None))
    screen = capsys.readouterr().err
    assert "the disk is nearly full" in screen
    assert "Error in rule retrain_round:" in screen
    assert "babi-1" in screen and "2 of 3" in screen


def test_a_dry_run_is_shown_as_snakemake_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    settings = MockOutputSettings()
    settings.dryrun = settings.stdout = True
    LogHandler(settings, None).emit(record(LogEvent.PROGRESS, done=1, total=2))
    assert capsys.readouterr().out == "1 of 2 steps (50%) done\n"
