"""Step: scores, diagnostics and page of what is finished, while a study runs or after it failed."""

from pathlib import Path

from recursive_roar import plan
from recursive_roar.config import Study
from recursive_roar.diagnostics.plan import Group, cells, diagnosed, finished, folder, groups
from recursive_roar.steps.collect_diagnostics import collect
from recursive_roar.steps.diagnose import diagnose
from recursive_roar.steps.report import write_report
from recursive_roar.steps.score import score_study


def write_partial_report(study: Study) -> str:
    """Score, diagnose and show what exists, under `results/partial`; says where, or why there is nothing."""
    if not study.protocols:
        return "A study without rounds has no scores, so there is nothing to report."
    if not any(Path(name).exists() for name in plan.metrics_files(study)):
        return "No training has finished yet, so there is nothing to report."
    partial = Path(study.results, "partial")
    scores = partial / "scores"
    score_study(study, scores)
    found = [each for group in groups(study) if (each := _diagnosed(study, group, partial))]
    collect(study, found, scores / "scores.parquet", scores)
    write_report(study, scores, partial / "report.html")
    return f"What finished, and what is missing: {partial / 'report.html'}"


def _diagnosed(study: Study, group: Group, partial: Path) -> Path | None:
    """What rule `diagnose` left of a group, or the same of the explainers that are finished; None if none is."""
    made = folder(study.results, *group)
    if diagnosed(made) == set(cells(study, *group)):
        return made
    known = finished(study, *group)
    if not cells(known, *group):
        return None
    dataset, model, _ = group
    tokens = Path(plan.token_files(study, dataset, model)[0]).parent
    texts = Path(study.results, "datasets", dataset, "test.parquet")
    made_here = folder(partial, *group)
    diagnose(known, tokens, texts, *group, made_here)
    return made_here
