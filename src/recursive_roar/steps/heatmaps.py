"""Step: what the page's token heatmaps show."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recursive_roar.artifacts import read_table, write_json
from recursive_roar.config import Study
from recursive_roar.data.privacy import make_private
from recursive_roar.heatmaps import plan
from recursive_roar.heatmaps.content import without_examples
from recursive_roar.heatmaps.layers import Trail
from recursive_roar.heatmaps.passage import Passage, passage
from recursive_roar.heatmaps.sample import choose
from recursive_roar.plan import Cell


@dataclass(frozen=True)
class _Example:
    """One test example and its trail through the rounds of each cell."""

    number: int
    label: int
    text: str
    pair_text: str | None
    offsets: NDArray[np.int64]  # [tokens, 2]
    maskable: NDArray[np.bool_]  # [tokens]
    trails: list[Trail]

    def passage(self, longest: int) -> Passage:
        """The part to show: where explainers masked most in the first round."""
        masked = [trail.first_masked(self.maskable) == 1 for trail in self.trails]
        return passage(self.text, self.offsets, self.maskable, np.sum(masked, axis=0, dtype=np.float64), longest)


def collect_heatmaps(study: Study, output: Path) -> None:
    """Write `{dataset}-{model}.json` under `output`, of the first seed.

    A dataset whose text is withheld has no examples, and cells that are not finished are left out.
    """
    if study.shows_private_text:
        make_private(output)
    for dataset, model in plan.groups(study):
        write_json(plan.heatmap_file(output, dataset, model), _heatmaps(study, dataset, model))


def _heatmaps(study: Study, dataset: str, model: str) -> dict[str, Any]:
    cells = [cell for cell in plan.group_cells(study, dataset, model) if _finished(study, cell)]
    empty = without_examples(study, dataset, model)
    if not cells:
        return empty
    tables = {name: read_table(Path(path)) for name, path in plan.source_files(study, dataset, model).items()}
    examples = _examples(study, cells, tables)
    room = plan.room(study)
    passages = _fitting([example.passage(min(study.report.tokens, room)) for example in examples], room)
    shown = list(zip(examples, passages, strict=False))
    return {
        **empty,
        "label_names": json.loads(tables["tokens"].schema.metadata[b"label_names"]),
        "examples": [_content(example, part) for example, part in shown],
        "curves": _curves(study, cells, shown),
    }


def _finished(study: Study, cell: Cell) -> bool:
    return all(path.exists() for step in plan.rounds(study, cell) for path in step.files)


def _examples(study: Study, cells: Sequence[Cell], tables: dict[str, pa.Table]) -> list[_Example]:
    labels = tables["tokens"]["label"].to_numpy()
    rows = choose(labels, _right(study, cells[0], labels), study.report.examples, study.seeds[0])
    trails = zip(*(_trails(study, cell, rows) for cell in cells), strict=True)
    tokens = tables["tokens"].take(rows).to_pylist()
    texts = tables["text"].take(rows).to_pylist()
    return [_example(*parts) for parts in zip(tokens, texts, trails, strict=True)]


def _right(study: Study, cell: Cell, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where the baseline predicts the label, [examples]."""
    logits = read_table(next(plan.rounds(study, cell)).predictions)["logits"].combine_chunks()
    values = logits.flatten().to_numpy().reshape(len(labels), -1)
    right: NDArray[np.bool_] = values.argmax(axis=1) == labels
    return right


def _example(tokens: dict[str, Any], text: dict[str, Any], trails: tuple[Trail, ...]) -> _Example:
    return _Example(
        number=tokens["example_id"],
        label=tokens["label"],
        text=text["text"],
        pair_text=text.get("pair_text"),
        offsets=np.array(tokens["offsets"], np.int64).reshape(-1, 2),
        maskable=np.array(tokens["maskable"], bool),
        trails=list(trails),
    )


def _trails(study: Study, cell: Cell, rows: Sequence[int]) -> list[Trail]:
    """What a cell left of each of the rows."""
    steps = list(plan.rounds(study, cell))
    masked_at = {step.number: _values(step.masked_at, "masked_at", rows) for step in steps if step.masked_at}
    importance = {step.number: _values(step.importance, "importance", rows) for step in steps if step.importance}
    logits = [_values(step.predictions, "logits", rows) for step in steps]
    return [
        Trail(
            masked_at={number: values[index] for number, values in masked_at.items()},
            importance={number: values[index] for number, values in importance.items()},
            logits=[values[index] for values in logits],
            fully_masked=steps[-1].number if study.ladder(cell.ladder).ends_fully_masked else None,
            explained_once=plan.explained_once(study, cell),
        )
        for index in range(len(rows))
    ]


def _values(path: Path, column: str, rows: Sequence[int]) -> list[NDArray[Any]]:
    """The chosen rows of a list column."""
    lists = read_table(path)[column].take(pa.array(rows))
    return [row.values.to_numpy(zero_copy_only=False) for row in lists]


def _fitting(passages: list[Passage], room: int) -> list[Passage]:
    """As many of the first passages as have room, at least one."""
    total = np.cumsum([len(part.places) for part in passages])
    return passages[: max(1, int((total <= room).sum()))]


def _content(example: _Example, part: Passage) -> dict[str, Any]:
    return {
        "example_id": example.number,
        "label": example.label,
        "text": part.text,
        "pair_text": example.pair_text,
        "spans": part.spans.flatten().tolist(),
        "before": part.before,
        "after": part.after,
        "unread": part.unread,
    }


def _curves(study: Study, cells: Sequence[Cell], shown: Sequence[tuple[_Example, Passage]]) -> list[dict[str, Any]]:
    """The layers of each example, by protocol and ladder, then by explainer."""
    curves: dict[tuple[str, str], dict[str, Any]] = {}
    for index, cell in enumerate(cells):
        amounts = [step.amount for step in plan.rounds(study, cell)]
        empty = {"protocol": cell.protocol, "ladder": cell.ladder, "amounts": amounts, "explainers": []}
        layers = [example.trails[index].layers(example.maskable, part.places) for example, part in shown]
        curve = curves.setdefault((cell.protocol, cell.ladder), empty)
        curve["explainers"].append({"name": cell.explainer, "examples": layers})
    return list(curves.values())
