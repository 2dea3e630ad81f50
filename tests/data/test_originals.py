import json
from pathlib import Path

import pytest

from recursive_roar.data import originals
from recursive_roar.data.formats import SourceError


def file_of(folder: Path, text: str) -> Path:
    path = folder / "file.txt"
    path.write_text(text)
    return path


def test_trees_become_sentences_without_the_neutral_ones(tmp_path: Path) -> None:
    trees = "(3 (2 It) (4 (3 really) (4 works)))\n(2 (2 It) (2 is))\n(0 (1 Bad) (2 -LRB-))\n"
    assert originals.sentiment_trees(file_of(tmp_path, trees)).to_pylist() == [
        {"text": "It really works", "label": "positive"},
        {"text": "Bad -LRB-", "label": "negative"},
    ]


@pytest.mark.parametrize("line", ["It works", "(7 (2 It) (4 works))", "(3)"])
def test_what_is_no_tree_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(SourceError, match="file.txt, line 2: not a tree"):
        originals.sentiment_trees(file_of(tmp_path, f"(3 (2 It) (4 works))\n{line}\n"))


def test_pairs_without_agreement_have_no_label(tmp_path: Path) -> None:
    pairs = [{"gold_label": label, "sentence1": "A", "sentence2": "B", "other": 1} for label in ("neutral", "-")]
    table = originals.inference_pairs(file_of(tmp_path, "\n".join(map(json.dumps, pairs))))
    assert table.to_pydict() == {"premise": ["A", "A"], "hypothesis": ["B", "B"], "label": ["neutral", None]}


@pytest.mark.parametrize("line", ["{", "[]", '{"sentence1": "A"}'])
def test_what_is_no_pair_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(SourceError, match="file.txt, line 1: not a pair"):
        originals.inference_pairs(file_of(tmp_path, line))


def test_reviews_of_two_folders(tmp_path: Path) -> None:
    for name, text in {"pos/1_9.txt": "Good", "neg/0_2.txt": "Bad", "unsup/0_0.txt": "Unknown"}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    assert originals.review_folders(tmp_path).to_pydict() == {"text": ["Bad", "Good"], "label": ["neg", "pos"]}
    (tmp_path / "pos/1_9.txt").unlink()
    with pytest.raises(SourceError, match="pos holds no text file"):
        originals.review_folders(tmp_path)


STORIES = """1 Mary moved to the bathroom.
2 John went to the hallway.
3 Where is Mary? \tbathroom\t1
4 Daniel went back to the hallway.
5 Where is Daniel? \thallway\t4 2
1 John moved to the office.
2 Where is John? \toffice\t1
"""


def test_numbers_of_statements_become_places_in_the_story(tmp_path: Path) -> None:
    first, second, third = originals.stories(file_of(tmp_path, STORIES))
    assert (first.question, first.answer, first.support) == ("Where is Mary?", "bathroom", (0,))
    assert second.story == (
        "Mary moved to the bathroom.",
        "John went to the hallway.",
        "Daniel went back to the hallway.",
    )
    assert second.support == (2, 1)
    assert (third.story, third.support) == (("John moved to the office.",), (0,))


@pytest.mark.parametrize("line", ["Mary moved", "1", "2 Where?\tgarden\t9", "2 Where?\tgarden"])
def test_what_is_no_story_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(SourceError, match="file.txt, line 2: not a"):
        originals.stories(file_of(tmp_path, f"1 Mary moved to the garden.\n{line}\n"))
