"""Everything that the page shows, read from a folder of results."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from recursive_roar import plan
from recursive_roar.artifacts import read_json, read_table
from recursive_roar.config import Study
from recursive_roar.diagnostics.plan import diagnosed
from recursive_roar.heatmaps.content import without_examples
from recursive_roar.heatmaps.plan import groups, heatmap_file, shows_text
from recursive_roar.report.cluster import cluster_use
from recursive_roar.report.record import NAME, score_digests

Row = Mapping[str, Any]

TABLES = (
    "runs",
    "scores",
    "summary",
    "comparisons",
    "variance",
    "aggregate",
    "improvement",
    "controls",
    "leakage",
    "sparsity",
    "concentration",
    "agreement",
    "plausibility",
    "published",
    "published_performance",
)
GROUP = ("protocol", "ladder", "dataset", "model")
"""Columns whose values name curves that are compared with each other."""


@dataclass(frozen=True)
class Contents:
    """Rows of every table by its name, none for a table that was not made, and what else lies beside the tables.

    A table `undiagnosed` besides those of `TABLES` names the cells without diagnostics.
    """

    tables: Mapping[str, Sequence[Row]]
    metrics: Sequence[Row] = ()  # what each finished training wrote
    missing: Sequence[str] = ()  # metrics files of trainings that are not finished
    cost: Sequence[Row] = ()  # forecast and real
    seconds: Sequence[Row] = ()  # what each training and each explanation of a baseline took
    deviations: Sequence[str] = ()  # from the published study, a sentence each
    heatmaps: Sequence[Row] = ()
    study: Row = field(default_factory=dict)  # the record of the study, with digests of these tables
    cluster: Row | None = None  # see `report.cluster`

    def rows(self, name: str) -> Sequence[Row]:
        """The rows of a table, none if it was not made."""
        return self.tables.get(name, ())

    def of_group(self, name: str, row: Row) -> Sequence[Row]:
        """Those of them that share protocol, ladder, dataset and model with `row`."""
        return self._groups.get(name, {}).get(tuple(row[column] for column in GROUP), ())

    @cached_property
    def control_of(self) -> dict[str, str]:
        """By name of a control, the explainer that it is a changed copy of."""
        return {row["control"]: row["explainer"] for row in self.rows("controls")}

    @cached_property
    def explainers(self) -> list[str]:
        """Names of the explainers, in the order of the study."""
        return list(dict.fromkeys(row["explainer"] for row in self.rows("runs")))

    @cached_property
    def _groups(self) -> dict[str, Mapping[tuple[Any, ...], Sequence[Row]]]:
        return {name: by(rows, *GROUP) for name, rows in self.tables.items() if rows and rows[0].keys() >= set(GROUP)}


def read_contents(study: Study, scores: Path, cluster_jobs: Path) -> Contents:
    """What exists of a study.

    Args:
        study: what was asked for.
        scores: folder of the tables; cost, seconds and deviations lie beside it.
        cluster_jobs: the executor's table of jobs, if one was used.

    Raises:
        DamagedArtifactError: a file is truncated, altered or foreign.
    """
    finished = {name: Path(name).exists() for name in plan.metrics_files(study)}
    deviations = _json(scores.parent / "deviations.json")
    return Contents(
        tables={
            **{name: _rows(scores / f"{name}.parquet") for name in TABLES},
            "undiagnosed": _undiagnosed(study, scores),
        },
        metrics=[read_json(Path(name)) for name, there in finished.items() if there],
        missing=[name for name, there in finished.items() if not there],
        cost=_rows(scores.parent / "cost.parquet"),
        seconds=_rows(scores.parent / "seconds.parquet"),
        deviations=deviations.get("deviations", []),
        heatmaps=list(_heatmaps(study)),
        study={**_json(Path(study.results, NAME)), "scores": score_digests(scores)},
        cluster=cluster_use(cluster_jobs),
    )


def by(rows: Iterable[Row], *columns: str) -> dict[tuple[Any, ...], list[Row]]:
    """Rows by their values in `columns`."""
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row[column] for column in columns)].append(row)
    return dict(found)


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of the values that are known; None if none is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _undiagnosed(study: Study, scores: Path) -> list[Row]:
    """The cells without diagnostics; those of random masking are there when any are."""
    random = {explainer.name for explainer in study.explainers if explainer.method == "random"}
    known = diagnosed(scores)
    return [vars(cell) for cell in plan.cells(study) if cell.explainer not in random and cell not in known]


def _heatmaps(study: Study) -> Iterator[Row]:
    """Those that the study asks for; a file of an earlier configuration may hold text that this one withholds."""
    for dataset, model in groups(study):
        path = heatmap_file(Path(study.results, "heatmaps"), dataset, model)
        if path.exists():
            yield read_json(path) if shows_text(study, dataset) else without_examples(study, dataset, model)


def _rows(path: Path) -> list[Row]:
    return read_table(path).to_pylist() if path.exists() else []


def _json(path: Path) -> dict[str, Any]:
    return read_json(path) if path.exists() else {}
