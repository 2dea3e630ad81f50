"""The published tasks in the formats in which their authors give them away, as tables."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from recursive_roar.data.babi import Question
from recursive_roar.data.formats import REVIEW_FOLDERS, SourceError

POLARITY = {"0": "negative", "1": "negative", "3": "positive", "4": "positive"}  # 2 is neutral
NEUTRAL = "2"
LEAF = re.compile(r"\(\d ([^()]+)\)")


def sentiment_trees(path: Path) -> pa.Table:
    """SST's trees, one a line: the leaves joined by blanks, and the root's label; neutral ones are dropped.

    Raises:
        SourceError: a line is no labelled tree.
    """
    rows = []
    for number, line in _lines(path):
        label, leaves = line[1:2], LEAF.findall(line)
        if not leaves or line[0] != "(" or label not in (*POLARITY, NEUTRAL):
            raise SourceError(f"{path}, line {number}: not a tree such as (3 (2 It) (4 works))")
        if label != NEUTRAL:
            rows.append({"text": " ".join(leaves), "label": POLARITY[label]})
    return pa.Table.from_pylist(rows, pa.schema({"text": pa.string(), "label": pa.string()}))


def inference_pairs(path: Path) -> pa.Table:
    """SNLI's own JSON lines under the column names of the hub; a pair without a gold label ("-") has none.

    Raises:
        SourceError: a line is not JSON or lacks a key.
    """
    rows = []
    for number, line in _lines(path):
        try:
            pair = json.loads(line)
            label = pair["gold_label"]
            rows.append((pair["sentence1"], pair["sentence2"], None if label == "-" else label))
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(
                f"{path}, line {number}: not a pair of SNLI with sentence1, sentence2 and gold_label ({error!r})"
            ) from None
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table([pa.array(column, pa.string()) for column in columns], ["premise", "hypothesis", "label"])


def review_folders(path: Path) -> pa.Table:
    """A folder of aclImdb: one review a file in `neg` and `pos`; the unlabelled ones beside them are left out.

    Raises:
        SourceError: a folder is absent or holds no text file.
    """
    texts, labels = [], []
    for label in REVIEW_FOLDERS:
        files = sorted((path / label).glob("*.txt"))
        if not files:
            raise SourceError(f"{path / label} holds no text file; name a folder such as aclImdb/train")
        texts += [file.read_text(encoding="utf-8") for file in files]
        labels += [label] * len(files)
    return pa.table({"text": texts, "label": labels})


def stories(path: Path) -> list[Question]:
    """The bAbI archive's text: numbered statements, and questions with their answer and the numbers it depends on.

    Raises:
        SourceError: a line is neither, or a number names no earlier statement.
    """
    found: list[Question] = []
    story: dict[str, str] = {}  # number in the file -> statement
    for number, line in _lines(path):
        place, _, rest = line.partition(" ")
        if place == "1":
            story = {}
        if not place.isdecimal() or not rest:
            raise SourceError(f"{path}, line {number}: not a number and a statement or question")
        if "\t" not in rest:
            story[place] = rest.strip()
            continue
        try:
            found.append(_question(story, rest))
        except ValueError:
            raise SourceError(
                f"{path}, line {number}: not a question, an answer and the numbers of statements, with tabs between"
            ) from None
    return found


def _question(story: dict[str, str], text: str) -> Question:
    question, answer, support = text.split("\t")
    places = list(story)
    return Question(
        tuple(story.values()), question.strip(), answer.strip(), tuple(places.index(place) for place in support.split())
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not empty, with their number."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line.strip()
