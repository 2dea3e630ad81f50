"""A study of a pretrained encoder, from its folder to the scores."""

import pytest
from conftest import STUDY
from encoders import save_encoder

from recursive_roar.artifacts import read_table

ON_HUB = {"name": "mine", "pretrained": "nobody/nothing", "revision": "0" * 40}
HALF = [{"name": "relative", "step": 50}]


@pytest.fixture
def encoder(empty) -> dict[str, str]:
    """A model entry for a tiny encoder beside the study."""
    save_encoder("roberta", empty.folder / "encoder", maximum_tokens=48)
    return {"name": "tiny", "pretrained": "encoder"}


def test_a_study_of_a_local_encoder(empty, encoder) -> None:
    (dataset,) = STUDY["datasets"]
    datasets = [{**dataset, "models": {"tiny": {"recipe": {"epochs": 1}}}}]
    empty.configure(datasets=datasets, models=[encoder], explainers=["random", "gradient"], ladders=HALF)
    assert "fetch_model" not in empty.planned()
    empty.snakemake()
    results = empty.folder / "results"
    runs = read_table(results / "scores/runs.parquet").to_pylist()
    assert [(row["model"], row["round"], row["status"]) for row in runs] == [("tiny", r, "done") for r in range(3)] * 2
    first, middle, last = (row["masked_share"] for row in runs[:3])
    assert (first, last) == (0, 1)
    assert 0.4 < middle < 0.6
    tokens = read_table(results / "tokens/babi-1/tiny/test.parquet").to_pylist()
    assert max(len(row["input_ids"]) for row in tokens) <= 48
    assert all(len(row["input_ids"]) > row["text_length"] for row in tokens)  # every question is there
    assert empty.planned() == {}
    # Other weights in the folder are another model.
    with (empty.folder / "encoder/model.safetensors").open("ab") as file:
        file.write(b" ")
    assert empty.planned()["train_baseline"] == 1


def test_words_and_subwords_stand_side_by_side(empty, encoder) -> None:
    empty.configure(models=["bilstm-attention", encoder], explainers=["random", "gradient"])
    planned = empty.planned()
    assert (planned["tokenize_dataset"], planned["tokenize_into_subwords"], planned["prepare_dataset"]) == (1, 1, 1)
    assert (planned["train_baseline"], planned["retrain_round"] + planned["retrain_and_explain_round"]) == (2, 12)


def test_a_model_of_the_hub_without_network_says_what_to_do(empty, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    empty.configure(models=[ON_HUB], explainers=["random"])
    assert empty.planned("fetch") == {"fetch": 1, "fetch_model": 1}
    assert empty.planned()["fetch_model"] == 1
    output = empty.snakemake("fetch", succeeds=False)
    assert "nobody/nothing (revision 000" in output
    assert "network access (`snakemake fetch`)" in output


def test_attention_between_tokens_of_an_lstm_is_refused_before_anything_runs(empty) -> None:
    empty.configure(explainers=["random", "attention-rollout"])
    output = empty.snakemake("--dry-run", succeeds=False)
    assert "explainers, attention-rollout: it needs the attention of every token to every token" in output
