"""Every rule in Slurm jobs: arrays, packs and groups."""

import re

import pytest
from study import ON_SLURM, Study, configuration

CONTENT = configuration(seeds=[0, 1], step=25, epochs=2)
# The trainings of both seeds are ready together: an array. The two explainers of a seed are: a pack.
PACK = {"train_baseline": 1, "train_fully_masked": 1, "explain_baseline": 2, "retrain_round": 2}
PACKS = ("--set-resources", *(f"{rule}:pack={size}" for rule, size in PACK.items()), "retrain_and_explain_round:pack=2")
CHAINS = ("--groups", "retrain_round=chain", "retrain_and_explain_round=chain")


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = Study.create(tmp_path_factory.mktemp("local") / "project", CONTENT)
    study.run("--cores", "2")
    return study


@pytest.mark.parametrize(
    "arguments", [pytest.param((), marks=pytest.mark.slow), (*PACKS, *CHAINS)], ids=["rounds", "arrays and chains"]
)
def test_the_profile_gives_the_scores_of_a_local_run(slurm, local, tmp_path, arguments) -> None:
    study = Study.create(tmp_path / "project", CONTENT)
    output = study.run(*ON_SLURM, *arguments)
    assert study.same_scores_as(local)
    jobs = study.jobs()
    assert not any(job["failed"] for job in jobs)
    trainings = [job for job in jobs if re.search("train|chain", job["rule"])]
    assert all(job["gpus"] == 1 for job in trainings)
    assert max(job["shared_by"] for job in trainings) > 1
    assert "On the cluster: " in (study.folder / "results/report.html").read_text()
    # Rounds of random masking do not build on each other, so that only the other explainer's are chains.
    assert len(trainings) == 2 + 2 + 2 * 3 + (2 if arguments else 2 * 3)
    assert ("array of" in output) == bool(arguments)
