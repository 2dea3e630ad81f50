"""The report: one self-contained HTML page."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import pyarrow as pa
import yaml
from markupsafe import Markup

from recursive_roar import plan
from recursive_roar.artifacts import read_json
from recursive_roar.config import Study


def render(
    study: Study,
    tables: Mapping[str, pa.Table],
    figures: Mapping[str, str],
    template: str,
    cluster: Mapping[str, Any] | None = None,
) -> str:
    """The page as HTML.

    Args:
        study: what was asked for.
        tables: `runs`, `scores` and `summary`.
        figures: SVG text by `{protocol}-{ladder}-{dataset}-{model}`.
        template: Jinja2 source.
        cluster: what the study took on a cluster (see `report.cluster`), if it ran on one.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["percent"] = _percent
    metrics = [read_json(path) for path in _metrics_paths(study)]
    return environment.from_string(template).render(
        sections=_sections(tables["summary"].to_pylist(), tables["scores"].to_pylist(), figures),
        missing=_missing(study),
        unscored=[row for row in tables["scores"].to_pylist() if row["status"] != "scored"],
        collapsed=_collapsed(tables["runs"].to_pylist()),
        generated=[dataset.name for dataset in study.datasets if dataset.generate],
        trainings=len(metrics),
        seconds=_seconds(metrics),
        cluster=cluster,
        devices=sorted({entry["device"] for entry in metrics}),
        versions=_versions(metrics),
        peak_memory=max((entry["peak_memory_bytes"] for entry in metrics), default=0) / 2**20,
        configuration=yaml.safe_dump(study.model_dump(mode="json"), sort_keys=False, width=110),
        statistics=study.statistics,
        seeds=len(study.seeds),
        svgs={name: Markup(_inline(svg)) for name, svg in figures.items()},
    )


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def _inline(svg: str) -> str:
    """SVG without the XML declaration, which HTML does not know."""
    return svg[svg.index("<svg") :]


def _sections(
    summary: Iterable[Mapping[str, Any]], scores: Iterable[Mapping[str, Any]], figures: Mapping[str, str]
) -> list[dict[str, Any]]:
    """For each figure: its table, best score first, with the score of every seed."""
    by_seed: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in scores:
        by_seed[_figure_name(row), row["explainer"]].append(row)
    sections: dict[str, dict[str, Any]] = {name: {"name": name, "rows": []} for name in figures}
    for row in summary:
        section = sections[_figure_name(row)]
        section.update({key: row[key] for key in ("protocol", "ladder", "dataset", "model")})
        section["rows"].append({**row, "per_seed": by_seed[_figure_name(row), row["explainer"]]})
    for section in sections.values():
        section["rows"].sort(key=lambda row: -2 if row["racu"] is None else row["racu"], reverse=True)
    return [section for section in sections.values() if section["rows"]]


def _figure_name(row: Mapping[str, Any]) -> str:
    return "-".join(row[key] for key in ("protocol", "ladder", "dataset", "model"))


def _collapsed(runs: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Trainings that predict one class although not everything is masked: seeds with their rounds, by explainer."""
    rounds: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in runs:
        if row["converged"] is False and row["masked_share"] < 1:
            rounds[f"{row['dataset']}, {row['model']}, {row['explainer']}"][row["seed"]].append(row["round"])
    return {
        name: [f"seed {seed} (round {', '.join(map(str, numbers))})" for seed, numbers in seeds.items()]
        for name, seeds in rounds.items()
    }


def _metrics_paths(study: Study) -> list[Path]:
    """Metrics files that exist, each training once however many cells share it."""
    return [path for name in plan.metrics_files(study) if (path := Path(name)).exists()]


def _missing(study: Study) -> list[str]:
    return [name for name in plan.metrics_files(study) if not Path(name).exists()]


def _seconds(metrics: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for entry in metrics:
        total.update(entry["seconds"])
    return dict(total)


def _versions(metrics: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Every version that took part, by package."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in metrics:
        for name, number in entry["versions"].items():
            found[name].add(number)
    return {name: ", ".join(sorted(numbers)) for name, numbers in found.items()}
