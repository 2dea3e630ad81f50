"""The step that writes what the page's token heatmaps show."""

import base64
import json
import stat
from pathlib import Path

import numpy as np
import pytest
from heatmap_results import write_results

from recursive_roar.artifacts import read_json, read_table
from recursive_roar.config import load_study
from recursive_roar.heatmaps.plan import group_cells, room, rounds
from recursive_roar.steps.heatmaps import collect_heatmaps

TEXTS = [
    "A fine film , 😀 really .",
    "<script>alert(1)</script> it was not",
    "هذا فيلم رائع جدا",
    "Dull , dull , dull !",
] * 5
LABELS = [1, 0, 1, 0] * 5


def made(folder: Path, **changes):
    content = {
        "results": str(folder),
        "datasets": ["babi-1"],
        "explainers": ["random", "attention"],
        "seeds": [0, 1],
        "ladders": [{"name": "relative", "step": 25}, {"name": "absolute", "last": 2}],
        "report": {"examples": 6},
    }
    return load_study(content | changes)


def collected(study, folder: Path) -> dict:
    collect_heatmaps(study, folder)
    return read_json(folder / "babi-1-bilstm-attention.json")


def test_layers_are_those_of_the_rounds_files(tmp_path) -> None:
    study = made(tmp_path / "results")
    write_results(study, TEXTS, LABELS, pairs=["Was it good ?"] * 20)
    content = collected(study, tmp_path / "heatmaps")
    assert len(content["examples"]) == 6
    assert content["label_names"] == ["no", "yes"]
    cells = group_cells(study, "babi-1", "bilstm-attention")
    explainers = [explainer for curve in content["curves"] for explainer in curve["explainers"]]
    assert [explainer["name"] for explainer in explainers] == [cell.explainer for cell in cells]
    for cell, explainer in zip(cells, explainers, strict=True):
        last = [step for step in rounds(study, cell) if step.masked_at][-1]
        files = {row["example_id"]: row["masked_at"] for row in read_table(last.masked_at).to_pylist()}
        for example, layers in zip(content["examples"], explainer["examples"], strict=True):
            masked_at = np.frombuffer(base64.b64decode(layers["masked_at"]), np.uint8)
            masked = np.array(files[example["example_id"]][1:-1])
            assert ((masked_at > 0) & (masked_at <= last.number)).tolist() == (masked > 0).tolist()
            assert len(example["spans"]) == 2 * len(masked_at)
            assert len(layers["predicted"]) == len(layers["probability"]) == len(list(rounds(study, cell)))


def test_predictions_and_importance_are_those_of_the_example(tmp_path) -> None:
    study = made(tmp_path / "results")
    write_results(study, TEXTS, LABELS)
    content = collected(study, tmp_path / "heatmaps")
    explainers = [explainer for curve in content["curves"] for explainer in curve["explainers"]]
    for cell, explainer in zip(group_cells(study, "babi-1", "bilstm-attention"), explainers, strict=True):
        first = next(iter(rounds(study, cell)))
        logits, scores = (
            by_example(file, name) for file, name in ((first.predictions, "logits"), (first.importance, "importance"))
        )
        for example, layers in zip(content["examples"], explainer["examples"], strict=True):
            number = example["example_id"]
            assert layers["predicted"][0] == int(np.argmax(logits[number]))
            shown = np.frombuffer(base64.b64decode(layers["importance"][0]), np.int8)
            assert shown[int(np.argmax(scores[number][1:-1]))] == shown.max()


def by_example(file: Path, name: str) -> dict[int, list[float]]:
    return {row["example_id"]: row[name] for row in read_table(file).to_pylist()}


def test_text_and_partner_are_the_users_own(tmp_path) -> None:
    study = made(tmp_path / "results")
    write_results(study, TEXTS, LABELS, pairs=["Was it good ?"] * 20)
    for example in collected(study, tmp_path / "heatmaps")["examples"]:
        number = example["example_id"] - 100
        assert (example["text"], example["label"]) == (TEXTS[number], LABELS[number])
        assert example["pair_text"] == "Was it good ?"
        spans = np.array(example["spans"]).reshape(-1, 2)
        assert "".join(TEXTS[number].split()) == "".join(example["text"][start:end] for start, end in spans)


def test_the_same_files_give_the_same_heatmaps(tmp_path) -> None:
    study = made(tmp_path / "results")
    write_results(study, TEXTS, LABELS)
    assert collected(study, tmp_path / "one") == collected(study, tmp_path / "two")


def test_a_cell_that_is_not_finished_is_left_out(tmp_path) -> None:
    study = made(tmp_path / "results")
    write_results(study, TEXTS, LABELS)
    chain = "recursive-roar/relative/babi-1/bilstm-attention/attention/seed0"
    (tmp_path / "results" / chain / "round2/predictions/test.parquet").unlink()
    content = collected(study, tmp_path / "heatmaps")
    names = {curve["ladder"]: [each["name"] for each in curve["explainers"]] for curve in content["curves"]}
    assert names == {"relative": ["random"], "absolute": ["random", "attention"]}
    assert collected(made(tmp_path / "nothing"), tmp_path / "empty")["examples"] == []


def test_text_of_a_private_dataset_is_shown_only_where_asked(tmp_path) -> None:
    private = {"datasets": [{"name": "babi-1", "private": True}]}
    asked = made(tmp_path / "results", **private, report={"examples": 2, "private_text": True})
    write_results(asked, TEXTS, LABELS)
    content = collected(made(tmp_path / "results", **private), tmp_path / "refused")
    assert (content["withheld"], content["examples"], content["curves"]) == (True, [], [])
    assert "film" not in (tmp_path / "refused/babi-1-bilstm-attention.json").read_text()
    assert len(collected(asked, tmp_path / "asked")["examples"]) == 2
    assert stat.S_IMODE((tmp_path / "asked").stat().st_mode) == 0o700


@pytest.fixture(scope="module")
def long_texts(tmp_path_factory):
    """More text than there is room for, with the published explainers and steps."""
    folder = tmp_path_factory.mktemp("long")
    explainers = ["random", "attention", "gradient", "input-x-gradient", "integrated-gradient"]
    study = made(folder, explainers=explainers, ladders=["relative", "absolute"], report={"examples": 40})
    words = np.random.default_rng(0).integers(0, 9999, (40, 600))
    texts = [" ".join(f"w{word}" for word in row[: 60 + 14 * index]) for index, row in enumerate(words)]
    write_results(study, texts, [0, 1] * 20)
    return study, collected(study, folder)


def test_heatmaps_fill_the_room_and_no_more(long_texts) -> None:
    study, content = long_texts
    tokens = [len(example["spans"]) // 2 for example in content["examples"]]
    assert sum(tokens) <= room(study) < sum(tokens) + 400
    assert 1_000_000 < len(json.dumps(content)) < 2_000_000


def test_a_long_text_is_cut(long_texts) -> None:
    _, content = long_texts
    for example in content["examples"]:
        assert len(example["spans"]) <= 2 * 400
        assert (len(example["spans"]) == 2 * 400) == (example["before"] + example["after"] > 0)
