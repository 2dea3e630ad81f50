"""What reruns when: the settings that each step is handed."""

import re
from pathlib import Path

import pytest
from mimic_files import write_folder

from recursive_roar import identity
from recursive_roar.config import load_study
from recursive_roar.diagnostics import plan as diagnostics
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


def test_each_step_depends_on_its_own_source(monkeypatch, tmp_path) -> None:
    study = load_study({"datasets": ["babi-1"], "explainers": ["random"], "seeds": [0]})
    write_folder(tmp_path, 3)
    mimic = load_study({"datasets": [{"name": "mimic-anemia", "mimic": {"folder": str(tmp_path)}}],
                        "explainers": ["random"], "seeds": [0]})  # fmt: skip

    def found() -> dict[str, object]:
        return {
            "round": identity.masking_settings(study, "relative", 1),
            "baseline": identity.baseline_settings(),
            "mimic": (identity.summary_settings(), identity.vector_settings(mimic)),
        }

    before = found()
    for name in before:
        own = f"recursive_roar.steps.{name}"
        changed = {own: "other"}
        monkeypatch.setattr(identity, "source_digest", lambda module, changed=changed: changed.get(module, "same"))
        once = found()
        changed[own] = "another"
        assert {step for step in once if once[step] != found()[step]} == {name}


def test_texts_in_a_folder_are_part_of_what_a_dataset_depends_on(tmp_path) -> None:
    for label in ("neg", "pos"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.txt").write_text("a text")
    entry = {"name": "mine", "files": {"train": str(tmp_path), "test": str(tmp_path)}, "metric": "accuracy"}
    study = load_study({"datasets": [entry], "explainers": ["random"], "seeds": [0]})
    found = [identity.dataset_settings(study, "mine")]
    (tmp_path / "neg/1.txt").write_text("another")
    found.append(identity.dataset_settings(study, "mine"))
    (tmp_path / "pos/2.txt").write_text("one more")
    found.append(identity.dataset_settings(study, "mine"))
    assert found[0] != found[1] != found[2]
    assert found[2] == identity.dataset_settings(study, "mine")


def test_what_is_asked_of_the_whole_study_reruns_what_hangs_on_it() -> None:
    base = {"datasets": ["babi-1"], "explainers": ["random", "gradient"], "models": ["roberta-base"], "seeds": [0]}
    gold, predicted = (load_study(base | {"target": target}) for target in ("gold", "predicted"))
    assert identity.explainer_settings(gold, "gradient")["target"] == "gold"
    assert identity.explainer_settings(predicted, "gradient")["target"] == "predicted"
    narrower = load_study(base | {"statistics": {"confidence": 0.9}})
    assert diagnostics.settings(gold) != diagnostics.settings(narrower)
    other = load_study(base | {"models": [{"name": "roberta-base", "revision": "0" * 40}]})
    assert identity.fetch_model_settings(gold, "roberta-base") != identity.fetch_model_settings(other, "roberta-base")


def test_what_the_page_shows_and_how_many_seeds_there_may_be_is_no_part_of_a_comparison() -> None:
    base = {"datasets": ["babi-1"], "explainers": ["random", "attention"], "seeds": [0]}
    others = {"report": {"examples": 5}, "statistics": {"precision": 0.05, "max_seeds": 9}}
    assert identity.comparison_settings(load_study(base)) == identity.comparison_settings(load_study(base | others))
    narrower = load_study(base | {"statistics": {"confidence": 0.9}})
    assert identity.comparison_settings(load_study(base)) != identity.comparison_settings(narrower)


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
