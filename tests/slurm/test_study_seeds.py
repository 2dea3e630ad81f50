"""Seeds that are added from run to run, and the progress that a run tells of, where every job is one of Slurm's."""

import re
from collections import Counter

import pytest
from study import ON_SLURM, SCORES, Study, configuration

from recursive_roar.artifacts import read_json, read_table

CONTENT = configuration([0], step=50, epochs=2) | {"statistics": {"precision": 0.0001, "max_seeds": 2}}
A_SEED = {"train_baseline": 1, "train_fully_masked": 1, "explain_baseline": 2, "retrain_round": 2, "score": 1}


@pytest.fixture(scope="module")
def first(slurm: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, str]:
    """The study after the first of its runs, and what that said."""
    study = Study.create(tmp_path_factory.mktemp("seeds") / "project", CONTENT)
    return study, study.run(*ON_SLURM, SCORES)


def counted(output: str) -> list[tuple[int, int]]:
    """The numbers of each line `N of M done`."""
    found = re.findall(r"^[\d:]{8} (\d+) of (\d+) done", output, re.MULTILINE)
    return [(int(done), int(total)) for done, total in found]


def succeeded(study: Study) -> Counter[str]:
    return Counter(job["rule"] for job in study.jobs() if not job["failed"])


def test_every_job_on_slurm_is_counted(first) -> None:
    study, output = first
    assert succeeded(study) == {"prepare_dataset": 1, "tokenize_dataset": 1, **A_SEED}
    assert counted(output) == [(done, 9) for done in range(1, 10)]
    assert re.search(r"9 of 9 done: Scoring every explainer$", output, re.MULTILINE)


def test_each_run_adds_seeds_that_its_jobs_agree_on(first) -> None:
    study, output = first
    seeds, scores = study.folder / "results/seeds.json", study.folder / "results/scores/scores.parquet"
    # When the node scored, every run of seed 0 was there, so a job that decided by itself would have added seed 1.
    assert "Run the same command again: it adds the seeds 1." in output
    assert read_json(seeds) == {"seeds": [0]}
    assert read_table(scores)["seed"].to_pylist() == [0]
    before = succeeded(study)

    output = study.run(*ON_SLURM, SCORES)
    assert read_json(seeds) == {"seeds": [0, 1]}
    assert read_table(scores)["seed"].to_pylist() == [0, 1]
    assert succeeded(study) - before == A_SEED
    assert "with 2 seeds, as many as statistics.max_seeds allows." in output
    assert counted(output) == [(done, 15) for done in range(9, 16)]  # what seed 0 has is done already

    assert "Nothing to be done" in study.run(*ON_SLURM, SCORES)
    assert read_table(scores)["seed"].to_pylist() == [0, 1]
