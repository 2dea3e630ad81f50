"""From a source to token tables on disk, private ones included."""

import re
import stat
import traceback
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from encoders import save_encoder
from mimic_files import write_folder

from recursive_roar import identity, plan
from recursive_roar.artifacts import read_table
from recursive_roar.config import load_study
from recursive_roar.config.study import Study
from recursive_roar.data.formats import SourceError
from recursive_roar.data.privacy import WithheldError, confidential
from recursive_roar.errors import UserError, root_cause
from recursive_roar.models.vectors import initial_vectors
from recursive_roar.steps.mimic import collect_summaries, train_vectors
from recursive_roar.steps.prepare import fetch_dataset, prepare_dataset
from recursive_roar.steps.pretrained import tokenize_into_subwords
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
    prepare_dataset(study, identity.dataset_settings(study, dataset.name), made, folders[0])
    tokenize_dataset(study, identity.token_settings(study, dataset.name), *folders)
    return folders


def test_mimic_from_notes_to_tokens_and_vectors(anemia: Study) -> None:
    summaries = Path(plan.summaries(anemia))
    collect_summaries(Path(*plan.mimic_notes(anemia)), summaries)
    vectors, words = plan.vector_files(anemia, "mimic-anemia", "bilstm-attention")
    train_vectors(identity.vector_settings(anemia), summaries, Path(vectors))
    assert Path(words).is_file()
    dataset, tokens = prepared(anemia, summaries)
    assert len(read_table(dataset / "train.parquet")) == 40
    for folder in (summaries.parent, dataset, tokens):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert identity.training_settings(anemia, "mimic-anemia", "bilstm-attention")["architecture"]["vectors"] == vectors
    start = initial_vectors(vectors, ["", "", "", "", "", "blood", "[DIGITS]"], 300, seed=0)
    assert np.abs(start[5:].numpy()).sum(1).min() > 0


@pytest.mark.parametrize(("private", "readable"), [(True, False), (False, True)])
def test_text_of_a_private_dataset_opens_to_its_owner_only(
    private: bool, readable: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = {"name": "ward", "hub": {"id": "owner/ward", "revision": "c"}, "private": private}
    encoder = {"name": "tiny", "pretrained": str(save_encoder("roberta", tmp_path / "encoder"))}
    base = {"explainers": ["random"], "seeds": [0], "results": str(tmp_path / "results")}
    study = load_study({**base, "datasets": [entry], "models": ["bilstm-attention", encoder]})
    table = pa.table({"text": ["Mary went to the kitchen"] * 4, "label": ["no", "yes"] * 2})
    monkeypatch.setattr("recursive_roar.data.sources.hub", lambda _: {"train": table, "test": table})
    fetched, subwords = Path(study.results, "fetched/ward"), Path(study.results, "tokens/ward/tiny")
    fetch_dataset(identity.fetch_settings(study, "ward"), fetched)
    dataset, words = prepared(study, fetched)
    tokenize_into_subwords(identity.subword_settings(study, "ward", "tiny"), dataset, subwords)
    for holder in (fetched, dataset, words, subwords):
        assert bool(stat.S_IMODE(holder.stat().st_mode) & 0o077) == readable, holder


@pytest.mark.parametrize("private", [True, False])
def test_what_an_unforeseen_error_quotes_of_a_private_dataset_is_withheld(private: bool, tmp_path: Path) -> None:
    """A name in the admission column is an error of pyarrow, which shows it."""
    with pytest.raises(WithheldError if private else pa.ArrowInvalid) as raised, confidential(private, tmp_path):
        pa.array(["Jane Doe"]).cast(pa.int64())
    shown = "".join(traceback.format_exception(raised.value))
    assert ("Jane Doe" in shown) is not private
    assert not private or re.match(r"ArrowInvalid at .*test_prepare\.py:\d+ > array\.pxi", str(raised.value))


@pytest.mark.parametrize("private", [True, False])
def test_so_is_what_a_message_for_the_user_quotes_of_a_library(private: bool, tmp_path: Path) -> None:
    with pytest.raises(UserError) as raised, confidential(private, tmp_path):
        _read_ward()
    assert ("Jane Doe" in "".join(traceback.format_exception(raised.value))) is not private
    assert re.match(r"owner/ward could not be read: ArrowInvalid.* Give `files`\.", str(raised.value))


def _read_ward() -> None:
    try:
        pa.array(["Jane Doe"]).cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise SourceError(f"owner/ward could not be read: {root_cause(error)}. Give `files`.") from error


def test_errors_that_are_written_for_the_user_are_left_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such column"), confidential(True, tmp_path):
        raise SourceError("no such column")


def test_counts_that_are_not_the_published_ones_are_warnings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    entry = {"name": "babi-1", "generate": {"task": 1, "train": 40, "test": 20}}
    entry["published"] = {"train": 34, "test": 21, "vocabulary": 7}
    base = {"explainers": ["random"], "seeds": [0], "results": str(tmp_path)}
    study = load_study({**base, "datasets": [entry]})
    with caplog.at_level("WARNING"):
        prepared(study)
    assert [record.message for record in caplog.records] == [
        "dataset 'babi-1': 6 examples in validation, published are 1500",
        "dataset 'babi-1': 20 examples in test, published are 21",
        "dataset 'babi-1': 25 words in the vocabulary, published are 7",
    ]
