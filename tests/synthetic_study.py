"""A made-up study with every table that the report shows, from a seeded generator."""

import itertools
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from recursive_roar import plan
from recursive_roar.artifacts import write_json, write_table
from recursive_roar.config import Study, load_study
from recursive_roar.diagnostics.against_controls import BEATS, LOSES, OPEN
from recursive_roar.forecast.took import seconds_table, took
from recursive_roar.scoring.curves import RUNS_SCHEMA
from recursive_roar.scoring.published import compare_performance
from recursive_roar.scoring.summary import score_cells, summarise

EXPLAINERS = ("random", "attention", "gradient", "input-x-gradient", "integrated-gradient")
STRENGTH = (1.0, 4.0, 3.0, 1.1, 2.0, 6.0, 0.8, 1.5, 5.0, 2.5)  # how early the curve of each explainer falls
CONTROL = "permuted"
GROUP = ("protocol", "ladder", "dataset", "model")
EXTRA = pa.schema(
    {
        "best_epoch": pa.int32(),
        "epochs": pa.int32(),
        "validation": pa.float64(),
        "majority": pa.float64(),
        "finite": pa.bool_(),
    }
)
MAJORITY, BEST = 0.2, 0.9

Row = dict[str, Any]


def configured(folder: Path, seeds: int = 3, **changes: Any) -> Study:
    """The study, whose results lie in `folder`."""
    content = {
        "results": str(folder),
        "datasets": [{"name": f"babi-{task}", "generate": {"task": task}} for task in (1, 2)],
        "explainers": list(EXPLAINERS),
        "seeds": list(range(seeds)),
        "ladders": [{"name": "relative", "step": 25}, {"name": "absolute", "step": 2, "last": 10}],
        "protocols": ["recursive-roar"],
        **changes,
    }
    return load_study(content)


def write_study(study: Study, unfinished: int = 0) -> Path:
    """Metrics of every training but the last `unfinished`, and every table; the folder of the tables."""
    random = np.random.default_rng(0)
    names = plan.metrics_files(study)
    write_json(Path(names[0]), _metrics())
    for name in names[1 : len(names) - unfinished]:  # copied, as the careful way takes minutes for a large study
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(names[0], name)
    scores = Path(study.results, "scores")
    for name, rows in tables(study, random).items():
        write_table(scores / f"{name}.parquet", rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows))
    cost = [{"what": "trainings", "forecast": 100.0, "real": 98.0, "unit": ""}]
    write_table(scores.parent / "cost.parquet", pa.Table.from_pylist(cost))
    write_table(scores.parent / "seconds.parquet", seconds_table(took(study)))
    write_json(scores.parent / "deviations.json", {"deviations": ["One learning rate of two."]})
    write_json(Path(study.results, "study.json"), {"git_revision": "0123abc", "digests": {"babi-1": "ffff"}})
    return scores


def tables(study: Study, random: np.random.Generator) -> Mapping[str, Any]:
    """Every table of a report."""
    runs = pa.Table.from_pylist(list(_runs(study, random)), schema=_unified(RUNS_SCHEMA, EXTRA))
    cells = score_cells(runs)
    scores = [{**row, "collapsed": int(random.integers(0, 2))} for row in cells.to_pylist()]
    summary = [_with_collapsed(row) for row in summarise(cells, "student-t", 0.95).to_pylist()]
    relative = [row for row in summary if row["ladder"] == "relative"]
    measured = [row for row in scores if not row["explainer"].endswith(CONTROL)]
    return {
        "runs": runs,
        "scores": scores,
        "summary": summary,
        "comparisons": [_pair(*pair, random) for pair in _pairs(relative)],
        "variance": [
            {**_key(row), "share_seed": 0.7, "share_examples": 0.2, "share_rest": 0.1, "n": row["n"]}
            for row in relative
        ],
        "aggregate": [_aggregate(row) for row in relative if row["dataset"] == study.datasets[0].name],
        "improvement": [
            _improvement(*pair) for pair in _pairs(relative) if pair[0]["dataset"] == study.datasets[0].name
        ],
        "controls": [_control(row, random) for row in relative if not row["explainer"].endswith(CONTROL)],
        "leakage": [_leakage(row, number, random) for row in measured for number in (1, 2, 3)],
        "sparsity": [_sparsity(row, unit, amount) for row in measured for unit, amount in AMOUNTS],
        "concentration": [
            {**_key(row), "seed": row["seed"], "round": number, "entropy": 3.0 - number, "gini": 0.4 + number / 10}
            for row in measured
            for number in (0, 1)
        ],
        "agreement": [_agreement(*pair) for pair in _pairs(relative)],
        "plausibility": [_plausibility(row) for row in measured if row["ladder"] == "relative"],
        "published": [_published(row) for row in relative if not row["explainer"].endswith(CONTROL)],
        "published_performance": compare_performance(study, runs),
    }


AMOUNTS = [*(("tokens", amount) for amount in range(1, 11)), *(("percent", amount) for amount in range(10, 91, 10))]


def _metrics() -> Row:
    return {
        "seconds": {"train": 60.0, "predict": 1.0},
        "epochs": [{"seconds": 30.0}] * 2,
        "device": "cpu: a processor, threads: 1",
        "peak_memory_bytes": 2**29,
        "versions": {"torch": "2.13.0"},
    }


def _runs(study: Study, random: np.random.Generator) -> Iterator[Row]:
    strength = dict(zip((explainer.name for explainer in study.explainers), itertools.cycle(STRENGTH), strict=False))
    for cell in plan.cells(study):
        yield from _curve(study, cell, cell.explainer, strength[cell.explainer], random)
        if cell.explainer != "random":
            yield from _curve(study, cell, f"{cell.explainer}-{CONTROL}", 1.0, random)


def _curve(
    study: Study, cell: plan.Cell, explainer: str, strength: float, random: np.random.Generator
) -> Iterator[Row]:
    every = list(plan.runs(study, cell))
    for run in every:
        relative = run.amount.ladder == "relative"
        share = run.amount.value / (100 if relative else 20)
        noise = 0.03 * random.standard_normal() * (0 < share < 1)
        value = MAJORITY + (BEST - MAJORITY) * (1 - share) ** strength + noise
        yield {
            **{**vars(cell), "explainer": explainer},
            "round": run.round,
            "masked_share_asked": share if relative else None,
            "masked_tokens_asked": None if relative else run.amount.value,
            "masked_share": share,
            "metric": study.dataset(cell.dataset).metric,
            "value": value,
            "converged": bool(value > MAJORITY + 0.01),
            "status": "done",
            "best_epoch": 9 if run.round else 10,
            "epochs": 10,
            "validation": value + 0.01,
            "majority": MAJORITY,
            "finite": True,
            "accuracy": value,
            "macro-f1": value - 0.02,
        }


def _unified(*schemas: pa.Schema) -> pa.Schema:
    return pa.unify_schemas(list(schemas))


def _key(row: Row) -> Row:
    return {name: row[name] for name in (*GROUP, "explainer")}


def _pairs(summary: list[Row]) -> Iterator[tuple[Row, Row]]:
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in summary:
        groups.setdefault(tuple(row[name] for name in GROUP), []).append(row)
    for rows in groups.values():
        yield from itertools.combinations([row for row in rows if not row["explainer"].endswith(CONTROL)], 2)


def _with_collapsed(row: Row) -> Row:
    without = {f"{name}_without_collapsed": row[name] for name in ("racu", "low", "high", "n")}
    return {**row, **without}


def _pair(row: Row, other: Row, random: np.random.Generator) -> Row:
    difference, p = row["racu"] - other["racu"], float(random.uniform(0.25, 1))
    limits = {"low": difference - 0.2, "high": difference + 0.2}
    tested = {"p": p, "p_holm": min(1.0, 6 * p), "smallest_p": 0.25, "smallest_p_holm": 1.0, "n": row["n"]}
    return {**_key(row), "other": other["explainer"], "difference": difference, **limits, **tested}


def _aggregate(row: Row) -> Row:
    key = {name: row[name] for name in ("protocol", "ladder", "model", "explainer")}
    return {**key, "datasets": 2, "iqm": row["racu"], "low": row["racu"] - 0.1, "high": row["racu"] + 0.1}


def _improvement(row: Row, other: Row) -> Row:
    key = {name: row[name] for name in ("protocol", "ladder", "model", "explainer")}
    return {**key, "other": other["explainer"], "probability": 0.8, "low": 0.6, "high": 0.95}


def _control(row: Row, random: np.random.Generator) -> Row:
    difference = float(random.uniform(-0.2, 0.6))
    limits = {"low": difference - 0.1, "high": difference + 0.1, "n": row["n"], "verdict": _verdict(difference)}
    return {**_key(row), "control": f"{row['explainer']}-{CONTROL}", "difference": difference, **limits}


def _verdict(difference: float) -> str:
    return BEATS if difference > 0.1 else LOSES if difference < -0.1 else OPEN


def _leakage(row: Row, number: int, random: np.random.Generator) -> Row:
    accuracy = float(random.uniform(0.18, 0.3))
    key = {**_key(row), "seed": row["seed"], "round": number}
    limits = {"low": accuracy - 0.05, "high": accuracy + 0.05, "majority": MAJORITY, "random": MAJORITY}
    return {**key, "accuracy": accuracy, **limits, "leaks": accuracy - 0.05 > MAJORITY}


def _sparsity(row: Row, unit: str, amount: int) -> Row:
    share = 1 - 0.8**amount if unit == "tokens" else 1 - (1 - amount / 100) ** 2
    return {**_key(row), "seed": row["seed"], "round": 0, "unit": unit, "amount": amount, "share": share}


def _agreement(row: Row, other: Row) -> Row:
    key = {name: row[name] for name in ("dataset", "model", "explainer")}
    return {**key, "other": other["explainer"], "seed": 0, "rank_correlation": 0.4, "top_overlap": 0.5}


def _plausibility(row: Row) -> Row:
    key = {name: row[name] for name in ("dataset", "model", "explainer", "seed")}
    return {**key, "auprc": 0.4, "hit_at_1": 0.7, "hit_at_support": 0.6}


def _published(row: Row) -> Row:
    ours = {name: row[name] for name in ("racu", "low", "high", "n")}
    theirs = {"published_racu": 0.6, "published_low": 0.5, "published_high": 0.7, "overlap": True}
    return {**_key(row), **ours, **theirs}
