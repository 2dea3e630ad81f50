"""The page and the figures, from a made-up table."""

import xml.etree.ElementTree as ElementTree
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recursive_roar.artifacts import write_table
from recursive_roar.config import Study, load_study
from recursive_roar.report.cluster import cluster_use
from recursive_roar.report.contents import GROUP, Contents, read_contents
from recursive_roar.report.figures import draw, groups, looks_of
from recursive_roar.report.page import render
from recursive_roar.scoring.curves import RUNS_SCHEMA
from recursive_roar.scoring.summary import score_cells, summarise
from recursive_roar.steps.partial import write_partial_report

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


def study(folder: Path) -> Study:
    return load_study(
        {
            "results": str(folder),
            "datasets": ["babi-1"],
            "explainers": list(CURVES),
            "seeds": [0],
            "ladders": [{"name": "relative", "step": 50}],
        }
    )


def test_the_page_shows_scores_and_says_what_is_missing(tmp_path) -> None:
    scores = score_cells(runs())
    for name, table in {"runs": runs(), "scores": scores, "summary": summarise(scores, "student-t", 0.95)}.items():
        write_table(tmp_path / f"scores/{name}.parquet", table)
    place = {"dataset": "babi-1", "model": "bilstm-attention", "explainer": "attention", "device": "cpu"}
    took = [{**place, "training": seconds, "explaining": None, "peak_memory_mb": 99.0} for seconds in (1.5, 2.5)]
    took.append({**place, "explainer": "gradient", "training": None, "explaining": 7.0, "peak_memory_mb": None})
    write_table(tmp_path / "seconds.parquet", pa.Table.from_pylist(took))
    asked = study(tmp_path)
    page = render(asked, read_contents(asked, tmp_path / "scores", tmp_path / "efficiency.parquet"))
    assert "<strong>40.0</strong>" in page  # .15 of .375, see the tests of the summary
    assert "full masking in the first round scores\n53.3; only" in page  # .2 of .375, see the tests of RACU
    assert f"runs: {sha256((tmp_path / 'scores/runs.parquet').read_bytes()).hexdigest()}" in page
    assert "training, predicting included, 4, explaining 7." in page
    assert "0.0031 CPU hours for each of the 1 scores" in page
    assert "<h1>How faithful are the explanations?</h1>" in page
    assert '<th scope="row">share masked, %</th><td>0.0</td><td>50.0</td><td>100.0</td>' in page
    assert "gradient, seed 0: missing, no result for gradient, round 1" in page
    assert "attention: seed 0, round 1" in page
    assert '<td data-value="2">2</td><td data-value="2.0">2.0</td><td>-</td><td data-value="99.0">99</td>' in page
    assert "This report is incomplete: 5 trainings are missing" in page
    assert "results/baseline" in page or f"{tmp_path}/baseline" in page
    assert "Generated data, not the published corpus: babi-1" in page
    assert "One seed gives no interval" in page
    for absent in ("comparison", "agreement", "leakage"):
        assert f'id="{absent}"' not in page


def test_the_caption_of_comparisons_names_the_seeds_that_give_the_least_p(tmp_path) -> None:
    pair = key() | {"explainer": "attention", "other": "gradient"}
    untold = {"difference": 0.1, "low": None, "high": None, "p": 1.0, "p_holm": 1.0}
    least = [(2, 0.5, 1.0), (5, 0.0625, 0.1875)]
    rows = [pair | untold | {"n": n, "smallest_p": p, "smallest_p_holm": corrected} for n, p, corrected in least]
    page = render(study(tmp_path), Contents({"runs": runs().to_pylist(), "comparisons": rows}))
    assert "With 5 seeds no p is below 0.062, and no corrected one below 0.19." in page


def test_variance_is_shown_of_one_explainer_alone(tmp_path) -> None:
    shares = {"share_seed": 0.5, "share_examples": 0.3, "share_rest": 0.2, "n": 2}
    rows = [{**key(), "explainer": "attention", **shares}]
    page = render(study(tmp_path), Contents({"runs": runs().to_pylist(), "comparisons": [], "variance": rows}))
    assert '<td data-value="0.5">50.0</td><td data-value="0.3">30.0</td><td data-value="0.2">20.0</td>' in page
    assert "Differences between explainers" not in page


def test_there_is_nothing_over_datasets_with_one(tmp_path) -> None:
    row = {**key(), "explainer": "attention", "iqm": 0.5, "low": None, "high": None}
    for datasets in (1, 2):
        tables = {"runs": runs().to_pylist(), "aggregate": [{**row, "datasets": datasets}]}
        page = render(study(tmp_path), Contents(tables))
        assert [words in page for words in ("Explainers compared", "Over datasets")] == [datasets == 2] * 2


def test_seeds_are_those_with_a_score_on_both_ladders(tmp_path) -> None:
    row = {**key(), "ladder": "absolute", "explainer": "attention"}
    cells = [
        {**row, "seed": seed, "status": "no-racu", "racu": None, "acu": acu} for seed, acu in enumerate([0.1, None])
    ]
    summary = {**row, "racu": None, "low": None, "high": None, "acu": 0.1, "n": 0, "seeds": 2, "method": "student-t"}
    found = [
        {**run, "ladder": "absolute", "masked_share_asked": None, "masked_tokens_asked": 1}
        for run in runs().to_pylist()
    ]
    page = render(study(tmp_path), Contents({"runs": found, "scores": cells, "summary": [summary]}))
    assert '<td data-value="1">1 of 2</td>' in page


def key() -> dict[str, str]:
    first = runs().to_pylist()[0]
    return {column: first[column] for column in GROUP}


def test_there_is_a_report_only_once_something_is_finished(tmp_path) -> None:
    assert "No training has finished yet" in write_partial_report(study(tmp_path))
    without_rounds = study(tmp_path).model_copy(update={"protocols": ()})
    assert "without rounds has no scores" in write_partial_report(without_rounds)


def test_curves_of_which_nothing_is_finished_are_not_called_undefined(tmp_path) -> None:
    rows = [{**row, "value": None, "status": "missing"} for row in runs().to_pylist()]
    started = [{**row, "dataset": "babi-2"} for row in rows]
    page = render(study(tmp_path), Contents({"runs": [*runs().to_pylist(), *started]}))
    assert "Nothing is finished here yet." in page
    assert "Not defined here: performance" not in page


def test_an_explainer_that_finds_no_token_important_has_no_shares(tmp_path) -> None:
    row = {**key(), "seed": 0, "round": 0, "unit": "tokens", "amount": 1, "entropy": None, "gini": None}
    sparsity = [{**row, "explainer": name, "share": share} for name, share in (("attention", 0.5), ("gradient", None))]
    page = render(study(tmp_path), Contents({"runs": runs().to_pylist(), "sparsity": sparsity}))
    assert '"mean": 50.0' in page


def test_random_masking_is_a_row_only_where_it_was_run(tmp_path) -> None:
    for names in (CURVES, ["attention", "gradient"]):
        found = [row for row in runs().to_pylist() if row["explainer"] in names]
        page = render(study(tmp_path), Contents({"runs": found}))
        assert ("by definition" in page) == ("random" in names)
        assert ("no explainer named random" in page) != ("random" in names)


def test_figures_are_well_formed_and_the_same_each_time() -> None:
    looks = looks_of(runs(), {})
    first, again = (
        [draw(group, curves, looks, "accuracy", "student-t", 0.95) for group, curves in groups(runs()).items()]
        for _ in range(2)
    )
    assert first == again
    for svg in first:
        ElementTree.fromstring(svg)


def test_the_use_of_a_cluster_is_summed_up(tmp_path) -> None:
    jobs = pa.table(
        {
            "job_id": ["7_0", "7_0", "8"],
            "failed": [False, True, False],
            "gpu_hours": [3.0, 3.0, None],
            "shared_by": pa.array([2, 2, 1], pa.int32()),
            "waited_seconds": [10.0, 20.0, None],
        }
    )
    pq.write_table(jobs, tmp_path / "efficiency.parquet")
    assert cluster_use(tmp_path / "efficiency.parquet") == {
        "jobs": 3,
        "allocations": 2,
        "failed": 1,
        "gpu_hours": 3.0,
        "median_wait": 15.0,
        "longest_wait": 20.0,
    }
    assert cluster_use(tmp_path / "absent") is None
    (tmp_path / "damaged").write_bytes(b"PAR1")
    assert cluster_use(tmp_path / "damaged") is None
