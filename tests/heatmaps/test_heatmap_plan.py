"""Files of the heatmaps, and their room on the page."""

from recursive_roar import plan
from recursive_roar.config import load_study
from recursive_roar.heatmaps.plan import explained_once, group_cells, heatmap_files, input_files, room, rounds


def study(**changes):
    content = {
        "datasets": ["babi-1"],
        "explainers": ["random", "attention"],
        "seeds": [3, 0],
        "protocols": ["recursive-roar", "roar"],
        "ladders": [{"name": "relative", "step": 25}, {"name": "absolute", "last": 2}],
    }
    return load_study(content | changes)


def test_every_input_is_what_a_rule_of_the_first_seed_makes() -> None:
    chosen = study()
    files = input_files(chosen)
    assert len(files) == len(set(files))
    assert not [name for name in files if "seed0" in name]
    made = {run.folder for cell in plan.cells(chosen) for run in plan.runs(chosen, cell)}
    folders = [str(folder) for folder in made]
    explained = "results/recursive-roar/relative/babi-1/bilstm-attention/attention/seed3"
    assert f"{explained}/round2/importance/test.parquet" in files
    assert f"{explained}/round3/importance/test.parquet" not in files
    assert not [
        name for name in files if "roar/" in name and "random" in name and "importance" in name and "round" in name
    ]
    seeds = [name for name in files if "seed3" in name]
    assert all(any(name.startswith(folder) for folder in folders) for name in seeds)


def test_rounds_of_a_cell() -> None:
    chosen = study()
    relative, absolute = (
        [step for cell in group_cells(chosen, "babi-1", "bilstm-attention") if picked(cell, ladder)
         for step in rounds(chosen, cell)]
        for ladder in ("relative", "absolute")
    )  # fmt: skip
    assert [(step.amount, step.masked_at is not None, step.importance is not None) for step in relative] == [
        (0, False, True), (25, True, True), (50, True, True), (75, True, False), (100, False, False)
    ]  # fmt: skip
    assert [(step.amount, step.importance is not None) for step in absolute] == [(0, True), (1, True), (2, False)]


def picked(cell, ladder: str) -> bool:
    return (cell.protocol, cell.ladder, cell.explainer) == ("recursive-roar", ladder, "attention")


def test_the_importance_of_a_round_is_what_the_next_round_masks_by() -> None:
    drawn = [{"name": "random", "redraw": True}, {"name": "drawn-once", "method": "random"}]
    chosen = study(explainers=[*drawn, "attention"])
    once = set()
    for cell in group_cells(chosen, "babi-1", "bilstm-attention"):
        shown = {step.number: str(step.importance) for step in rounds(chosen, cell) if step.importance}
        if explained_once(chosen, cell):
            once.add((cell.protocol, cell.explainer))
        else:
            assert list(shown) == list(range(len(chosen.ladder(cell.ladder).amounts())))
        assert all(file in plan.round_inputs(chosen, cell, number + 1)["importance"] for number, file in shown.items())
    assert once == {("recursive-roar", "drawn-once"), *(("roar", each.name) for each in chosen.explainers)}


def test_no_examples_no_files() -> None:
    assert heatmap_files(study(report={"examples": 0})) == []
    assert heatmap_files(study()) == ["results/heatmaps/babi-1-bilstm-attention.json"]


def test_room_is_shared_by_all_heatmaps() -> None:
    few, many = study(protocols=["roar"]), study()
    assert room(few) == 1_000_000 // 8  # two ladders, two explainers, an importance and the masks
    assert room(few) > room(many)
