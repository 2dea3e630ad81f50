"""The page about an explainer of one's own, done as it says."""

import re
import subprocess
import sys

import yaml
from conftest import REPOSITORY

from recursive_roar.artifacts import read_table

PAGE = (REPOSITORY / "docs/own-explainer.md").read_text()


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def test_ten_lines_and_a_row_in_the_table(empty) -> None:
    (empty.folder / "my_explainer.py").write_text(block("python"))
    arguments = ["my_explainer.py:FewWords", "--top", "3"]
    assert " ".join(arguments) in PAGE
    command = [sys.executable, "-m", "recursive_roar.explain.check", *arguments]
    checked = subprocess.run(command, cwd=empty.folder, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    (shown,) = re.findall(r"```\n(pass .*?)```", PAGE, re.DOTALL)
    assert [line.split("  ")[:2] for line in checked.stdout.splitlines()] == [
        line.split("  ")[:2] for line in shown.splitlines()
    ]
    explainers = yaml.safe_load(block("yaml"))["explainers"]
    empty.configure(explainers=explainers, ladders=[{"name": "relative", "step": 50}])
    empty.snakemake()
    summary = read_table(empty.folder / "results/scores/summary.parquet").to_pylist()
    assert [row["explainer"] for row in summary] == ["few-words"]
    empty.change("my_explainer.py", "top: int = 5", "top: int = 6")
    planned = empty.planned()
    assert (planned["explain_baseline"], planned["retrain_round"]) == (1, 1)
