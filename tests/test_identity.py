"""What reruns when: the settings that each step is handed."""

import re
from pathlib import Path

import pytest
from mimic_files import write_folder

from recursive_roar import identity
from recursive_roar.config import load_study
from recursive_roar.digest import code_digest

REPOSITORY = Path(__file__).parents[1]


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


FETCHING = {"fetch_dataset", "fetch_model"}  # what they bring depends on a revision


def test_every_rule_that_computes_a_file_is_handed_settings() -> None:
    for file in sorted((REPOSITORY / "workflow/rules").glob("*.smk")):
        for rule in re.split(r"^rule ", file.read_text(), flags=re.MULTILINE)[1:]:
            name = rule.partition(":")[0]
            if "output:" in rule and "script:" in rule and name not in FETCHING:
                assert re.search(r"=(lambda wildcards: )?(identity|diagnostics|heatmaps)\.\w*settings\(", rule), name


def test_what_mimic_shares_is_made_anew_when_its_code_changes(tmp_path) -> None:
    write_folder(tmp_path, 3)
    anemia = {"name": "mimic-anemia", "mimic": {"folder": str(tmp_path)}}
    study = load_study({"datasets": [anemia], "explainers": ["random"], "seeds": [0]})
    assert identity.summary_settings()["code"] == code_digest("recursive_roar.data.mimic")
    cleaning = ("recursive_roar.data.word2vec", "recursive_roar.data.cleaning")
    assert identity.vector_settings(study)["code"] == code_digest(*cleaning)


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
