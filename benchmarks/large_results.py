"""A finished study of many runs, scheduled, planned again and scored, by each of Snakemake's ways to keep its records.

`python benchmarks/large_results.py --runs 20000`. What scoring reads are small real files, every other file is empty;
records are made by Snakemake itself, which touches all outputs without its pause for each. It takes minutes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import yaml
from record import record

from recursive_roar import plan
from recursive_roar.artifacts import write_json, write_table
from recursive_roar.config import Study, load_study
from recursive_roar.diagnostics import plan as diagnostics
from recursive_roar.heatmaps import plan as heatmaps
from recursive_roar.splits import split_files
from recursive_roar.steps.score import score_study

REPOSITORY = Path(__file__).parents[1]
BACKENDS = ("file", "db")
RUNS_OF_A_SEED = 17  # of the default study: the baseline, the fully masked one and three rounds of five measures
JOBS_OF_A_SEED = RUNS_OF_A_SEED + 6  # explaining the baseline by each measure, and the diagnosis
JOBS_A_SECOND_TARGET = 40
TOUCH = """import sys
from snakemake.cli import main
from snakemake.executors import touch
touch.Executor.SLEEPING_TIME = 0
main(sys.argv[1:])
"""
METRICS = {
    "values": {split: {"accuracy": 0.5, "macro-f1": 0.5} for split in ("test", "validation")},
    "masked_share": 0.5,
    "converged": True,
    "best_epoch": 9,
    "epochs": [{"seconds": 1.0}] * 10,
    "seconds": {"train": 10.0, "predict": 0.1},
    "device": "cpu: a processor, threads: 1",
    "peak_memory_bytes": 2**29,
}
TEST_EXAMPLES, CLASSES = 500, 6


def fill(study: Study) -> None:
    """Every file of a finished study but its scores, in the current folder."""
    metrics, predictions = Path("metrics.json"), Path("predictions.parquet")
    write_json(metrics, METRICS)
    logits = [[float(label == example % CLASSES) for label in range(CLASSES)] for example in range(TEST_EXAMPLES)]
    write_table(predictions, pa.table({"logits": pa.array(logits, pa.list_(pa.float32()))}))
    model = study.models[0].name
    for dataset in study.datasets:
        _empty(plan.token_files(study, dataset.name, model))
        write_json(Path(study.results, "tokens", dataset.name, "word/vocabulary.json"), {"words": []})
        table = pa.table({"label": [example % CLASSES for example in range(TEST_EXAMPLES)]})
        for folder in (f"{study.results}/datasets/{dataset.name}", f"{study.results}/tokens/{dataset.name}/word"):
            for file in split_files(folder):
                write_table(Path(file), table)
    for cell in plan.cells(study):
        _empty(split_files(plan.baseline(study, cell) / "importance" / cell.explainer))
        _empty([plan.baseline(study, cell) / "model.safetensors"])
        for run in plan.runs(study, cell):
            _copy(metrics, run.metrics)
            _copy(predictions, run.predictions)
            _empty([*split_files(run.folder / "masked_at"), *split_files(run.folder / "importance")])
    _empty(diagnostics.collected(study))
    _empty([f"{study.results}/scores/{name}.parquet" for name in (*diagnostics.TABLES, "controls")])
    _empty([*plan.figure_files(study), *heatmaps.heatmap_files(study), f"{study.results}/report.html"])
    Path(study.results, "exports").mkdir(exist_ok=True)


def _empty(paths: list[str | Path]) -> None:
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def timed(command: list[str]) -> tuple[float, str]:
    """Seconds and output of a Python command."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "src")}
    start = time.perf_counter()
    pipe = subprocess.PIPE
    done = subprocess.run(
        [sys.executable, *command], check=True, stdout=pipe, stderr=subprocess.STDOUT, text=True, env=environment
    )
    return time.perf_counter() - start, done.stdout


@contextmanager
def finished(runs: int) -> Iterator[Study]:
    """A study of about `runs` runs in a folder of its own, which is the current one meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("workflow", "profiles", "envs"):
            shutil.copytree(REPOSITORY / name, Path(folder, name))
        for name in ("Snakefile", "config.yaml"):
            shutil.copy2(REPOSITORY / name, folder)
        os.chdir(folder)
        content = yaml.safe_load(Path("config.yaml").read_text())
        content["seeds"] = list(range(max(1, runs // RUNS_OF_A_SEED)))
        Path("config.yaml").write_text(yaml.safe_dump(content))
        study = load_study(content)
        fill(study)
        try:
            yield study
        finally:
            os.chdir(REPOSITORY)


def measure(study: Study, backends: Sequence[str]) -> list[dict[str, object]]:
    """A row for each backend."""
    start = time.perf_counter()
    score_study(study, Path(study.results, "scores"))
    scoring = time.perf_counter() - start
    rows = []
    for backend in backends:
        options = ["--persistence-backend", backend, "--quiet", "rules"]
        touching, _ = timed(["-c", TOUCH, "--touch", "--forceall", "--cores", "2", *options])
        planning, said = timed(["-m", "snakemake", "--dry-run", *options])
        assert "Nothing to be done" in said and "missing" not in said, said
        rows.append(
            {
                "runs": len(plan.metrics_files(study)),
                "backend": backend,
                "dry_run_seconds": planning,
                "score_seconds": scoring,
                # Planning takes as long in both, so what is left is scheduling and keeping records.
                "jobs_a_second": JOBS_OF_A_SEED * len(study.seeds) / (touching - planning),
                "jobs_a_second_target": JOBS_A_SECOND_TARGET,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=[2000])
    parser.add_argument("--backends", nargs="+", default=BACKENDS, choices=BACKENDS)
    chosen = parser.parse_args()
    rows = []
    for runs in chosen.runs:
        with finished(runs) as study:
            rows += measure(study, chosen.backends)
    record("_".join(["large_results", *(chosen.backends if len(chosen.backends) == 1 else [])]), rows)


if __name__ == "__main__":
    main()
