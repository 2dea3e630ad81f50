"""Snakemake logger plugin: a table of what is done, running and failed, with an estimate of the time left.

A workflow says what the rows of the table are by `announce` in its `onstart`; without it all jobs are one row.
"""

from snakemake_logger_plugin_progress.announcement import announce
from snakemake_logger_plugin_progress.handler import LogHandler

__all__ = ["LogHandler", "announce"]
