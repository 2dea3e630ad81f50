"""The page and the figures, from a made-up table."""

import xml.etree.ElementTree as ElementTree

import pyarrow as pa
import pyarrow.parquet as pq

from recursive_roar import plan
from recursive_roar.config import load_study
from recursive_roar.report.cluster import cluster_use
from recursive_roar.report.figures import draw, groups
from recursive_roar.report.page import render
from recursive_roar.scoring.curves import RUNS_SCHEMA
from recursive_roar.scoring.summary import score_cells, summarise

CURVES = {"random": [0.9, 0.6, 0.2], "attention": [0.9, 0.3, 0.2], "gradient": [0.9, None, 0.2]}


def runs() -> pa.Table:
    rows = [
        {
            "protocol": "recursive-roar",
            "ladder": "relative",
            "dataset": "babi-1",
            "model": "bilstm-attention",
            "explainer": explainer,
            "seed": 0,
            "round": number,
            "masked_share_asked": number / 2,
            "masked_share": number / 2,
            "value": value,
            "converged": None if value is None else (explainer, number) != ("attention", 1),
            "status": "missing" if value is None else "done",
        }
        for explainer, values in CURVES.items()
        for number, value in enumerate(values)
    ]
    return pa.Table.from_pylist(rows, schema=RUNS_SCHEMA)


def figures() -> dict[str, str]:
    return {
        "-".join(group): draw(group, curves, "accuracy", "student-t", 0.95) for group, curves in groups(runs()).items()
    }


def test_the_page_shows_scores_and_says_what_is_missing(tmp_path) -> None:
    study = load_study(
        {
            "results": str(tmp_path),
            "datasets": ["babi-1"],
            "explainers": list(CURVES),
            "seeds": [0],
            "ladders": [{"name": "relative", "step": 50}],
        }
    )
    scores = score_cells(runs())
    tables = {"runs": runs(), "scores": scores, "summary": summarise(scores, "student-t", 0.95)}
    page = render(study, tables, figures(), plan.TEMPLATE.read_text())
    assert "<strong>40.0</strong>" in page  # .15 of .375, see the tests of the summary
    assert "gradient, seed 0: missing, no result for gradient, round 1" in page
    assert "babi-1, bilstm-attention, attention: seed 0 (round 1)" in page
    assert "This report is incomplete: 5 trainings are missing" in page
    assert "Generated data, not the published corpus: babi-1" in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    ).replace("https://matplotlib.org", "")


def test_figures_are_well_formed_and_the_same_each_time() -> None:
    first = figures()
    assert first == figures()
    for svg in first.values():
        ElementTree.fromstring(svg)


def test_the_page_shows_what_the_study_took_on_a_cluster(tmp_path) -> None:
    jobs = pa.table(
        {
            "job_id": ["7_0", "7_0", "8"],
            "failed": [False, True, False],
            "gpu_hours": [3.0, 3.0, None],
            "shared_by": pa.array([2, 2, 1], pa.int32()),
        }
    )
    pq.write_table(jobs, tmp_path / "efficiency.parquet")
    assert cluster_use(tmp_path / "efficiency.parquet") == {"jobs": 3, "allocations": 2, "failed": 1, "gpu_hours": 3.0}
    assert cluster_use(tmp_path / "absent") is None
    (tmp_path / "damaged").write_bytes(b"PAR1")
    assert cluster_use(tmp_path / "damaged") is None
