"""The step that writes importance: what it hands to an explainer besides the model."""

from pathlib import Path

import pytest
import torch
from toys import Product, split

from recursive_roar import saved_state
from recursive_roar.artifacts import read_table
from recursive_roar.config import load_study
from recursive_roar.data.tokens import Tokens
from recursive_roar.explain import extract
from recursive_roar.explain.mutual_information import MutualInformation
from recursive_roar.identity import explainer_settings
from recursive_roar.plan import cells, chain
from recursive_roar.splits import SPLITS
from recursive_roar.steps.conditions import Conditions
from recursive_roar.steps.explain import write_importance

ENTRIES = ["random", "attention", "gradient-shap", "mutual-information"]


@pytest.fixture(scope="module")
def study():
    controls = ["permuted", "blurred", "negated", "position-prior"]
    return load_study({"datasets": ["babi-1"], "explainers": ENTRIES, "controls": controls, "seeds": [0]})


def written(study, name: str, folder: Path, seed: int = 0, splits=SPLITS) -> dict[str, list[list[float]]]:
    data = {split_: split(rows, labels=[0, 1]) for split_, rows in zip(SPLITS, texts(), strict=True)}
    model = Product(torch.arange(18.0).view(9, 2) / 9, torch.eye(2))
    tokens = Tokens(data, [], mask_id=3, pad_id=0, label_names=["no", "yes"])
    settings = explainer_settings(study, name)
    write_importance(settings, tokens, model, seed, Conditions.of(study, 1), torch.device("cpu"), folder, splits)
    return {part: read_table(folder / f"{part}.parquet")["importance"].to_pylist() for part in splits}


def texts() -> list[list[list[int]]]:
    return [[[1, 5, 6, 2], [1, 7, 6, 2]], [[1, 5, 2], [1, 6, 2]], [[1, 7, 2], [1, 7, 6, 5, 2]]]


def test_statistics_are_of_the_training_split_whatever_split_is_explained(study, tmp_path: Path) -> None:
    found = written(study, "mutual-information", tmp_path)
    explainer = MutualInformation()
    explainer.prepare(None, split(texts()[0], labels=[0, 1]))  # type: ignore[arg-type]
    for part, rows in zip(SPLITS, texts(), strict=True):
        for scores, row in zip(found[part], rows, strict=True):
            assert scores == pytest.approx(explainer._scores[row].tolist())
    assert found["validation"][0][1] > found["validation"][1][1]  # 5 tells the label, 6 does not


def test_only_the_splits_asked_for_are_explained(study, tmp_path: Path) -> None:
    everything = written(study, "mutual-information", tmp_path / "all")
    some = written(study, "mutual-information", tmp_path / "some", splits=["test"])
    assert some == {"test": everything["test"]}
    assert [file.name for file in (tmp_path / "some").iterdir()] == ["test.parquet"]


@pytest.mark.parametrize(
    ("name", "finished", "all_batches"),
    [("gradient-shap", "train", 4), ("gradient-shap-position-prior", "preparing", 5)],
)
def test_an_interrupted_explanation_goes_on_and_leaves_nothing_behind(
    study, name, finished, all_batches, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(saved_state, "SHARE", float("inf"))
    often = study.model_copy(update={"compute": study.compute.model_copy(update={"checkpoint_seconds": 0})})
    expected, before = written(study, name, tmp_path / "expected"), extract._check
    batches = 0

    def killed_in_the_second_batch(*arguments) -> None:
        nonlocal batches
        batches += 1
        if batches == 2:
            raise KeyboardInterrupt
        before(*arguments)

    monkeypatch.setattr(extract, "_check", killed_in_the_second_batch)
    with pytest.raises(KeyboardInterrupt):
        written(often, name, tmp_path / "found")
    (left,) = (tmp_path / "results/.unfinished").iterdir()
    assert left.name == f"..__found__{finished}.safetensors"
    assert written(often, name, tmp_path / "found") == expected
    assert batches == all_batches  # the first is not explained again
    assert not list((tmp_path / "results/.unfinished").iterdir())


def test_a_stochastic_explainer_gets_the_seed_of_the_run(study, tmp_path: Path) -> None:
    first, again, other = (written(study, "gradient-shap", tmp_path / str(n), seed) for n, seed in enumerate((0, 0, 1)))
    assert first == again != other


def test_a_control_changes_the_scores_of_its_explainer(study, tmp_path: Path) -> None:
    scores = {
        name: written(study, name, tmp_path / name)["test"]
        for name in ("mutual-information", "mutual-information-negated", "mutual-information-permuted")
    }
    base = scores["mutual-information"]
    assert scores["mutual-information-negated"] == [[-score for score in row] for row in base]
    permuted = scores["mutual-information-permuted"]
    assert permuted != base
    assert [sorted(row[1:-1]) for row in permuted] == [sorted(row[1:-1]) for row in base]


@pytest.mark.parametrize("control", ["permuted", "blurred", "negated", "position-prior"])
def test_a_control_of_a_stochastic_explainer_gives_the_same_bits_again(study, control, tmp_path: Path) -> None:
    name = f"gradient-shap-{control}"
    assert written(study, name, tmp_path / "first") == written(study, name, tmp_path / "again")


def test_rounds_are_shared_between_protocols_where_masks_cannot_differ(study) -> None:
    under = {cell.explainer: chain(study, cell).parts[1] for cell in cells(study)}
    assert under.pop("random") == "roar"
    assert set(under.values()) == {"recursive-roar"}
