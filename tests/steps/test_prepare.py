"""From a source to token tables on disk, private ones included."""

import stat
from pathlib import Path

import numpy as np
import pytest
from mimic_files import write_folder

from recursive_roar import identity, plan
from recursive_roar.artifacts import read_table
from recursive_roar.config import load_study
from recursive_roar.config.study import Study
from recursive_roar.data.published import differences_of
from recursive_roar.models.vectors import initial_vectors
from recursive_roar.steps.mimic import collect_summaries, train_vectors
from recursive_roar.steps.prepare import prepare_dataset
from recursive_roar.steps.tokenize import tokenize_dataset


@pytest.fixture
def anemia(tmp_path: Path) -> Study:
    write_folder(tmp_path / "mimic-iii", 60)
    entry = {"name": "mimic-anemia", "mimic": {"folder": "mimic-iii"}}
    base = {"explainers": ["random"], "seeds": [0], "data": str(tmp_path), "results": str(tmp_path / "results")}
    return load_study({**base, "datasets": [entry]})


def prepared(study: Study, made: Path | None = None) -> tuple[Path, Path]:
    (dataset,) = study.datasets
    folders = Path(study.results, "datasets", dataset.name), Path(study.results, "tokens", dataset.name, "word")
    prepare_dataset(identity.dataset_settings(study, dataset.name), made, folders[0])
    tokenize_dataset(identity.token_settings(study, dataset.name), *folders)
    return folders


def test_mimic_from_notes_to_tokens_and_vectors(anemia: Study) -> None:
    summaries = Path(plan.summaries(anemia))
    collect_summaries(Path(*plan.mimic_notes(anemia)), summaries)
    (vectors,) = plan.vector_files(anemia, "mimic-anemia", "bilstm-attention")
    train_vectors(identity.vector_settings(anemia), summaries, Path(vectors))
    dataset, tokens = prepared(anemia, summaries)
    assert len(read_table(dataset / "train.parquet")) == 40
    for folder in (summaries.parent, dataset, tokens):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert identity.training_settings(anemia, "mimic-anemia", "bilstm-attention")["architecture"]["vectors"] == vectors
    start = initial_vectors(vectors, ["", "", "", "", "", "blood", "[DIGITS]"], 300, seed=0)
    assert np.abs(start[5:].numpy()).sum(1).min() > 0


def test_counts_that_differ_are_in_every_file(tmp_path: Path) -> None:
    entry = {"name": "babi-1", "generate": {"task": 1, "train": 40, "test": 1000}}
    base = {"explainers": ["random"], "seeds": [0], "results": str(tmp_path)}
    dataset, tokens = prepared(load_study({**base, "datasets": [entry]}))
    counts = {
        split: [(found.found, found.published) for found in differences_of(read_table(dataset / f"{split}.parquet"))]
        for split in ("train", "validation", "test")
    }
    assert counts == {"train": [(34, 8500)], "validation": [(6, 1500)], "test": []}
    assert (34, 8500) in {
        (found.found, found.published) for found in differences_of(read_table(tokens / "train.parquet"))
    }
    assert stat.S_IMODE(dataset.stat().st_mode) != 0o700
