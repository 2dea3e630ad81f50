"""What a plan reads of a model class outside the package, and what it refuses before any job starts."""

import sys
from pathlib import Path

import pytest

from recursive_roar import identity, plan
from recursive_roar.config import ConfigurationError, load_study
from recursive_roar.digest import own_code_digest

HEADER = "from recursive_roar.models.interface import Classifier\n"
GOOD = "class Mine(Classifier):\n    def __init__(self, words: int, classes: int, width: int = 8): pass\n"
PAIRED = GOOD.replace("width", "paired: bool, width")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    own_code_digest.cache_clear()
    Path("mine.py").write_text(HEADER + GOOD)
    return tmp_path


def study(datasets=("sst",), explainers=("random",), **entry: object):
    model = {"name": "mine", "class": "mine.py:Mine", **entry}
    return load_study({"datasets": list(datasets), "models": [model], "explainers": list(explainers), "seeds": [0]})


def refused(**entry: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        study(**entry)
    _title, line = str(caught.value).splitlines()
    return line


def test_words_classes_and_arguments_reach_the_training() -> None:
    settings = identity.training_settings(study(width="12"), "sst", "mine")
    assert settings["path"] == "recursive_roar.models.own"
    assert settings["architecture"] == {"class": "mine.py:Mine", "arguments": {"width": 12}, "paired": False}
    assert plan.token_files(study(), "sst", "mine")[0] == "results/tokens/sst/word/train.parquet"
    assert plan.start_files(study(), "sst", "mine") == []


def test_the_recipe_is_laid_over_that_of_the_lstm() -> None:
    entry = {"name": "sst", "models": {"mine": {"recipe": {"epochs": 3}}}}
    recipe = study(datasets=[entry]).fitting("sst", "mine").recipe
    assert (recipe.epochs, recipe.batch_size, recipe.optimizer) == (3, 32, "amsgrad")
    assert study().fitting("sst", "mine").recipe.epochs == 8


def test_the_class_says_which_attention_it_has() -> None:
    assert "it needs attention weights, which mine does not offer" in refused(explainers=["attention"])
    Path("mine.py").write_text(HEADER + GOOD + "    has_attention = True\n")
    assert study(explainers=["attention"]).model("mine").family.has_attention


def test_pairs_are_for_classes_that_ask_for_them() -> None:
    assert "babi-1 is a dataset of pairs, and mine.py:Mine does not read them" in refused(datasets=["babi-1"])
    Path("mine.py").write_text(HEADER + PAIRED)
    settings = identity.training_settings(study(datasets=["babi-1"]), "babi-1", "mine")
    assert settings["architecture"]["paired"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"widht": 3}, ["mine: widht: unknown key 'widht'", "Allowed: width", "Did you mean 'width'?"]),
        ({"width": "wide"}, ["mine: width", "integer", "'wide'"]),
        ({"words": 3}, ["unknown key 'words'"]),
        ({"class": "mine.py:Mien"}, ["mine.py has no class 'Mien'", "Did you mean 'Mine'?"]),
        ({"class": "nime.py:Mine"}, ["'nime.py' is not a file", "Did you mean 'mine.py'?"]),
        ({"pretrained": "a/b", "revision": "c"}, ["either 'pretrained' or 'class'"]),
        ({"name": "bilstm-attention"}, ["cannot be called 'bilstm-attention'"]),
    ],
    ids=str,
)
def test_a_wrong_entry_is_refused_in_one_line(entry, words) -> None:
    message = refused(**entry)
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (GOOD.replace("Classifier", "object"), "does not derive from recursive_roar.models.interface.Classifier"),
        (GOOD.replace("classes: int, ", ""), "its __init__ must take `classes`"),
        (GOOD.replace("width", "name"), "call its argument 'name' something else"),
    ],
    ids=str,
)
def test_a_class_that_cannot_be_used_is_refused(body, words) -> None:
    Path("mine.py").write_text(HEADER + body)
    assert words in refused()


def test_a_change_of_the_source_trains_again() -> None:
    before = identity.training_settings(study(), "sst", "mine")
    Path("mine.py").write_text(HEADER + GOOD + "# changed\n")
    own_code_digest.cache_clear()
    assert identity.training_settings(study(), "sst", "mine") != before
