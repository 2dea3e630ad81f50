"""What a run differs in from the published study."""

import pytest

from recursive_roar.config import load_study
from recursive_roar.data.published import Difference
from recursive_roar.scoring.deviations import deviations

BABI = {"name": "babi-1", "files": {"train": "train.parquet", "test": "test.parquet"}}
INTEGRATED = {"name": "integrated-gradient", "form": "paper"}
PUBLISHED = {
    "datasets": [BABI],
    "explainers": ["random", "attention", "gradient", "input-x-gradient", INTEGRATED],
    "seeds": [0, 1, 2, 3, 4],
    "ladders": ["relative"],
    "statistics": {"interval": "paper"},
}
ROW = {"protocol": "recursive-roar", "ladder": "relative", "dataset": "babi-1", "model": "bilstm-attention"}


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("train.parquet", "test.parquet"):
        (tmp_path / name).touch()


def found(changes: dict, counts=(), summary=(), runs=()) -> list[str]:
    return deviations(load_study({**PUBLISHED, **changes}), counts, summary, runs)


def lstm(**settings: object) -> dict:
    return {"datasets": [{**BABI, "models": {"bilstm-attention": settings}}]}


def test_the_published_study_has_none() -> None:
    assert found({}) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"seeds": [0, 1]}, "Seeds are 0, 1; published are 0, 1, 2, 3, 4."),
        (
            {"ladders": [{"name": "relative", "step": 25}]},
            "The ladder has steps of 25 %; published are 10 %, and larger steps lower scores, that of a curve "
            "that falls at once among them.",
        ),
        (
            {"statistics": {"interval": "paper", "confidence": 0.995}},
            "Intervals are of 99.5 %; published are of 95 %.",
        ),
        ({"target": "predicted"}, "The explained class is the predicted one; published is the gold one."),
        ({"statistics": {}}, "Intervals are by student-t; published are BCa bootstraps, narrower at few seeds."),
        (
            {"datasets": ["babi-1"]},
            "babi-1: questions about a generated world; published is the corpus of the same name.",
        ),
        (
            {"datasets": [{**BABI, "validation": {"share": 0.2}}]},
            "babi-1: validation.share is 0.2; published is 0.15.",
        ),
        (
            {"datasets": [{**BABI, "words": {"lower_case": True}}]},
            "babi-1: words.lower_case is true; published is false.",
        ),
        (lstm(recipe={"epochs": 3}), "babi-1, bilstm-attention: epochs is 3; published is 100."),
        (
            lstm(architecture={"hidden_width": 8}),
            "babi-1, bilstm-attention: hidden_width is 8; published is 32.",
        ),
        (
            lstm(architecture={"vectors": "glove-6b-50d"}),
            "babi-1, bilstm-attention: word vectors are glove-6b-50d; published are normal.",
        ),
        (
            {"explainers": ["random", "integrated-gradient"]},
            "integrated-gradient: form is standard; published is paper.",
        ),
        (
            {"explainers": ["random", {**INTEGRATED, "steps": 10}]},
            "integrated-gradient: steps is 10; published is 50.",
        ),
        (
            {"explainers": ["random", {"name": "input-x-gradient", "signed": True}]},
            "input-x-gradient: signed is true; published is false.",
        ),
        (
            {"explainers": [{"name": "random", "redraw": True}, "gradient"]},
            "random: redraw is true; published is false.",
        ),
        (
            {"models": ["roberta-base"], "explainers": ["random", "gradient"]},
            "roberta-base: pairs is standard; published is paper.",
        ),
    ],
    ids=str,
)
def test_each_deviation_is_one_sentence(changes, sentence) -> None:
    assert found(changes) == [sentence]


def test_vectors_that_do_not_come_with_the_package_are_named() -> None:
    sst = {**BABI, "name": "sst", "models": {"bilstm-attention": {"architecture": {"embedding_width": 50}}}}
    assert found({"datasets": [sst]}) == [
        "sst, bilstm-attention: embedding_width is 50; published is 300.",
        "sst, bilstm-attention: word vectors are normal; published are fasttext.simple.300d.",
    ]


def test_how_pairs_are_joined_is_of_no_concern_to_single_texts() -> None:
    changes = {"models": ["roberta-base"], "explainers": ["random", "gradient"], "datasets": [{**BABI, "name": "sst"}]}
    assert found(changes) == []


def test_the_lower_case_of_the_hub_matters_to_a_pretrained_model_alone() -> None:
    sst = {"datasets": ["sst"], "explainers": ["random", "gradient"]}
    assert found({**sst, "models": ["roberta-base"]}) == [
        "sst, roberta-base: sentences of the hub are lower-case; published are those of the treebank, with capitals."
    ]
    assert not any("lower-case" in sentence for sentence in found(sst))


def test_counts_of_the_data_are_of_the_study() -> None:
    counts = [Difference(name, "examples in train", 20, 8500) for name in ("babi-1", "babi-2")]
    assert found({}, counts) == ["dataset 'babi-1': 20 examples in train, published are 8500."]


def test_missing_seeds_and_collapsed_trainings_are_counted() -> None:
    gradient = {**ROW, "explainer": "gradient"}
    summary = [{**gradient, "n": 3, "seeds": 5}, {**ROW, "explainer": "attention", "n": 5, "seeds": 5}]
    states = [(False, 0.5), (False, 0.75), (False, 1.0), (True, 0.5), (None, None)]
    runs = [{**gradient, "converged": converged, "masked_share": share} for converged, share in states]
    assert found({}, summary=summary, runs=runs) == [
        "babi-1, bilstm-attention, gradient: 3 of 5 seeds have a score.",
        "babi-1, bilstm-attention, gradient: trainings that predict one class before everything is masked: 2.",
    ]


@pytest.mark.parametrize("changes", [{"protocols": ["roar"]}, {"explainers": ["random", "leave-one-out"]}])
def test_a_study_without_a_published_cell_has_none(changes) -> None:
    assert found({**changes, "target": "predicted", "seeds": [7]}) == []


def test_long_summaries_are_counted_in_words_for_both_models(tmp_path) -> None:
    for name in ("NOTEEVENTS.csv.gz", "DIAGNOSES_ICD.csv.gz"):
        (tmp_path / name).touch()
    anemia = {"datasets": [{"name": "mimic-anemia", "mimic": {"folder": "."}}], "models": ["roberta-base"]}
    (sentence,) = [each for each in found({**anemia, "explainers": ["random", "gradient"]}) if "summaries" in each]
    assert sentence.startswith("mimic-anemia, roberta-base: long summaries are left out by words")
