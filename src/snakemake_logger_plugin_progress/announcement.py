"""What a workflow says of its jobs before they run, so that they can be counted by row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Label = tuple[str, ...]


@dataclass
class Planned:
    """The jobs of one row: how many were done before this run, and the ids of those to run."""

    done: int = 0
    jobs: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Announcement:
    """Jobs by row; `columns` name the parts of a row's label. Jobs in no row are `other`."""

    columns: Label = ()
    rows: dict[Label, Planned] = field(default_factory=dict)
    other: Planned = field(default_factory=Planned)


def announce(dag: Any, columns: Sequence[str], counted: str) -> None:
    """Log how many jobs there are in each row.

    Args:
        dag: Snakemake's graph of jobs.
        columns: wildcards that make a row.
        counted: the wildcard whose presence makes a job of a row count.
    """
    from snakemake.logging import logger

    announcement = arranged(dag, tuple(columns), counted)
    rows = announcement.rows.values()
    done, total = sum(row.done for row in rows), sum(row.done + len(row.jobs) for row in rows)
    logger.info(f"{done} of {total} {counted}s are there already.", extra={"announcement": announcement})


def arranged(dag: Any, columns: Label, counted: str) -> Announcement:
    """The jobs of a graph by row."""
    announcement = Announcement(columns)
    to_run = set(dag.needrun_jobs())
    for job in dag.jobs:
        wildcards = job.wildcards_dict
        planned = announcement.other
        if wildcards.keys() >= {*columns, counted}:
            planned = announcement.rows.setdefault(tuple(wildcards[name] for name in columns), Planned())
        if job in to_run:
            planned.jobs.append(job.jobid)
        else:
            planned.done += 1
    return announcement
