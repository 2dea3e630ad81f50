"""Tables and figures for a paper, from made-up scores: every format tells the same numbers."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv

from recursive_roar.artifacts import read_table, write_table
from recursive_roar.config import Study, load_study
from recursive_roar.report.latex import escaped, racu_table, score
from recursive_roar.report.tables import percent
from recursive_roar.scoring.curves import RUNS_SCHEMA
from recursive_roar.scoring.summary import score_cells, summarise
from recursive_roar.steps.export import export, latex_tables

CURVES = {"random": [0.9, 0.6, 0.2], "attention": [0.9, 0.3, 0.2], "gradient": [0.9, None, 0.2]}
DATASETS = ("babi-1", "babi-2")


def runs() -> pa.Table:
    rows = [
        {
            "protocol": "recursive-roar",
            "ladder": "relative",
            "dataset": dataset,
            "model": "bilstm-attention",
            "explainer": explainer,
            "seed": seed,
            "round": number,
            "masked_share_asked": number / 2,
            "value": None if value is None else value - seed * number / 100,
            "status": "missing" if value is None else "done",
        }
        for dataset in DATASETS
        for explainer, values in CURVES.items()
        for seed in (0, 1)
        for number, value in enumerate(values)
    ]
    return pa.Table.from_pylist(rows, schema=RUNS_SCHEMA)


def configured(**changes: Any) -> Study:
    content = {"datasets": list(DATASETS), "explainers": list(CURVES), "ladders": [{"name": "relative", "step": 50}]}
    return load_study({**content, "seeds": [0, 1], **changes})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Score tables under `scores`, what they are exported to under `exports`."""
    path = tmp_path_factory.mktemp("results")
    scores = score_cells(runs())
    tables = {"runs": runs(), "scores": scores, "summary": summarise(scores, "student-t", 0.95)}
    for name, table in tables.items():
        write_table(path / f"scores/{name}.parquet", table)
    export(configured(), sorted((path / "scores").glob("*.parquet")), path / "exports")
    return path


def test_csv_has_every_number_of_the_tables(folder: Path) -> None:
    for name in ("runs", "scores", "summary"):
        table = read_table(folder / f"scores/{name}.parquet")
        again = csv.read_csv(
            folder / f"exports/{name}.csv", convert_options=csv.ConvertOptions(strings_can_be_null=False)
        )
        for column in ("value", "racu", "low", "high"):
            if column in table.column_names:
                assert again[column].to_pylist() == table[column].to_pylist()


def test_latex_has_the_numbers_of_the_summary(folder: Path) -> None:
    summary = read_table(folder / "scores/summary.parquet").to_pylist()
    text = (folder / "exports/racu-recursive-roar-relative.tex").read_text()
    printed = re.findall(r"\$(\S+)\^\{\+(\S+)\}_\{-(\S+)\}\$", text)
    expected = [
        (percent(row["racu"]), percent(row["high"] - row["racu"]), percent(row["racu"] - row["low"]))
        for row in summary
        if row["racu"] is not None
    ]
    assert printed == expected
    assert len(printed) == 2
    assert text.count("--") == 2  # the explainer without a score
    assert text.count(r"\\") == 3


def test_every_figure_exists_in_every_format(folder: Path) -> None:
    names = {
        "overview",
        "curves-recursive-roar-relative",
        *(f"recursive-roar-relative-{dataset}-bilstm-attention" for dataset in DATASETS),
    }
    for form in ("svg", "pdf", "png"):
        assert {path.stem for path in (folder / "exports").glob(f"*.{form}")} == names
    for path in (folder / "exports").glob("*.svg"):
        ElementTree.fromstring(path.read_text())


def test_fonts_are_embedded_as_truetype(folder: Path) -> None:
    for path in (folder / "exports").glob("*.pdf"):
        data = path.read_bytes()
        assert b"/FontFile2" in data
        assert b"/Type3" not in data


def latex(rows: Sequence[dict[str, Any]], **changes: Any) -> dict[str, str]:
    """The tables of some runs, by name."""
    scores = score_cells(pa.Table.from_pylist(rows, schema=RUNS_SCHEMA))
    return dict(latex_tables(configured(**changes), summarise(scores, "student-t", 0.95)))


def without(rows: Sequence[dict[str, Any]], **where: Any) -> list[dict[str, Any]]:
    """The runs, some of them without a result."""
    missing = {"value": None, "status": "missing"}
    return [row | missing if where.items() <= row.items() else row for row in rows]


def test_the_caption_says_of_how_many_seeds_the_scores_are() -> None:
    rows = runs().to_pylist()
    (text,) = latex(rows, statistics={"confidence": 0.995}).values()
    assert r"mean over 2 seeds and 99.5\% interval (student-t)" in text
    (text,) = latex(without(rows, seed=1)).values()
    assert "mean over 1 seed and" in text and "(1)" not in text


def test_a_score_of_fewer_seeds_than_others_says_so() -> None:
    (text,) = latex(without(runs().to_pylist(), seed=1, dataset="babi-1", explainer="attention")).values()
    assert "mean over 1 to 2 seeds (in brackets where fewer than 2) and" in text
    cells = re.findall(r"^(\S+) & bilstm-attention & (.+?) & ", text, re.MULTILINE)
    assert [(dataset, cell.endswith("$ (1)")) for dataset, cell in cells] == [("babi-1", True), ("babi-2", False)]


def test_a_ladder_without_scores_has_no_table() -> None:
    rows = runs().to_pylist()
    absolute = [
        row | {"ladder": "absolute", "masked_share_asked": None, "masked_tokens_asked": row["round"]} for row in rows
    ]
    ladders = [{"name": "relative", "step": 50}, {"name": "absolute", "last": 2}]
    assert list(latex(rows + absolute, ladders=ladders)) == ["racu-recursive-roar-relative"]
    assert not latex(without(rows))


def test_a_score_without_interval_is_printed_alone() -> None:
    assert score({"racu": 0.5, "low": None, "high": None}) == "$50.0$"


def test_names_are_printed_as_they_stand() -> None:
    assert escaped(r"50%_a & {b}~\^") == r"50\%\_a \& \{b\}\textasciitilde{}\textbackslash{}\textasciicircum{}"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_table_compiles(tmp_path: Path) -> None:
    row = {"dataset": r"my_data & 50%", "model": "m#1", "explainer": "x^2", "racu": 0.5, "low": 0.25, "high": 0.75}
    rows = [row | {"n": 5}, row | {"n": 2, "explainer": "y"}]
    document = r"\documentclass{article}\usepackage{booktabs}\begin{document}" + racu_table(rows, "100% & more")
    (tmp_path / "a.tex").write_text(document + r"\end{document}")
    subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "a.tex"], cwd=tmp_path, check=True)
