"""The datasets of MIMIC-III through the real Snakefile, on made-up files."""

import stat

import pytest
from mimic_files import write_folder

from recursive_roar.artifacts import read_json

ENTRY = {
    "name": "mimic-diabetes",
    "mimic": {"folder": "mimic-iii"},
    "models": {"bilstm-attention": {"architecture": {"hidden_width": 8}, "recipe": {"epochs": 1}}},
}
RULES = {"collect_summaries": 1, "train_vectors": 1, "prepare_dataset": 2, "tokenize_dataset": 2}


def test_an_absent_folder_is_named_by_a_dry_run(empty) -> None:
    empty.configure(datasets=[ENTRY], data="data")
    output = empty.snakemake("--dry-run", succeeds=False)
    assert "mimic.folder needs 'data/mimic-iii/NOTEEVENTS.csv.gz', which is not a file" in output


@pytest.mark.slow
def test_summaries_and_vectors_are_made_once_for_both_tasks(empty) -> None:
    write_folder(empty.folder / "data/mimic-iii", 60)
    both = [ENTRY, {**ENTRY, "name": "mimic-anemia"}]
    empty.configure(datasets=both, data="data", explainers=["random"], ladders=[{"name": "relative", "step": 50}])
    planned = empty.planned()
    assert {rule: planned[rule] for rule in RULES} == RULES
    trained = [f"results/baseline/{task['name']}/bilstm-attention/seed0/metrics.json" for task in both]
    empty.snakemake(*trained)
    for folder in ("mimic", "datasets/mimic-anemia", "tokens/mimic-diabetes/word"):
        assert stat.S_IMODE((empty.folder / "results" / folder).stat().st_mode) == 0o700
    assert read_json(empty.folder / trained[1])["values"]["test"].keys() == {"accuracy", "macro-f1"}
    assert empty.planned(*trained) == {}
