"""What reruns when: the settings that each step is handed."""

import pytest

from recursive_roar import identity
from recursive_roar.config import load_study


def settings(**changes: object) -> dict[str, object]:
    """Of every step up to the trainings, and of the one that scores."""
    entry = {"name": "babi-1", **changes}
    study = load_study(
        {"datasets": [entry], "explainers": ["random"], "models": ["bilstm-attention", "roberta-base"], "seeds": [0]}
    )
    return {
        "prepare": identity.dataset_settings(study, "babi-1"),
        "tokenize": identity.token_settings(study, "babi-1"),
        "subwords": identity.subword_settings(study, "babi-1", "roberta-base"),
        "train": identity.training_settings(study, "babi-1", "bilstm-attention"),
        "compare": identity.comparison_settings(study),
    }


@pytest.mark.parametrize(
    ("changes", "rerun"),
    [
        ({"metric": "macro-f1"}, {"compare"}),
        ({"published": {"train": 17, "vocabulary": 3}}, {"compare"}),
        ({"private": True}, {"prepare", "tokenize", "subwords", "compare"}),
        ({"classes": 40}, {"train", "compare"}),
        ({"minimum_words": 2}, {"prepare", "compare"}),
    ],
    ids=["metric", "published", "private", "classes", "minimum_words"],
)
def test_a_change_of_a_dataset_is_of_some_steps_alone(changes: dict[str, object], rerun: set[str]) -> None:
    before, after = settings(), settings(**changes)
    assert {step for step in before if before[step] != after[step]} == rerun
