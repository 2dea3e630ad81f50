"""The part of a text that is shown, and where its tokens stand."""

import re

import numpy as np
import pytest

from recursive_roar.heatmaps.passage import Passage, passage


def shown(text: str, offsets: list[tuple[int, int]], weight: list[float] | None = None, longest: int = 99) -> Passage:
    """As of a text between two special tokens."""
    whole = np.array([(0, 0), *offsets, (0, 0)], np.int64)
    maskable = np.array([False, *[True] * len(offsets), False])
    return passage(text, whole, maskable, np.array([0, *(weight or [0] * len(offsets)), 0], float), longest)


def words(part: Passage) -> list[str]:
    return [part.text[start:end] for start, end in part.spans]


@pytest.mark.parametrize(
    "text",
    [
        "A plain text.",
        "  blanks \n\n and\ttabs ",
        "e\u0301te\u0301 \U0001f600 \U0001d4b3 x",
        "هذا فيلم رائع",
        "<b>&amp;</b>",
    ],
)
def test_tokens_are_cut_out_of_the_text_where_they_stand(text) -> None:
    part = shown(text, [match.span() for match in re.finditer(r"\S+", text)])
    assert words(part) == text.split()
    assert part.text == text.strip()
    assert (part.before, part.after, part.unread) == (0, 0, 0)
    assert part.places.tolist() == list(range(1, len(text.split()) + 1))


def test_bytes_of_one_character_stand_at_it_once() -> None:
    part = shown("a \U0001f600!", [(0, 1), (2, 3), (2, 3), (2, 3), (3, 4)])
    assert words(part) == ["a", "\U0001f600", "", "", "!"]


def test_a_token_without_characters_is_empty() -> None:
    assert words(shown("ab", [(0, 0), (0, 2)])) == ["", "ab"]


def test_of_a_long_text_the_part_that_weighs_most() -> None:
    text = "a b c d e f"
    offsets = [match.span() for match in re.finditer(r"\S", text)]
    part = shown(text, offsets, [1, 0, 0, 1, 1, 0], longest=3)
    assert words(part) == ["c", "d", "e"]
    assert part.text == "c d e"
    assert (part.before, part.after) == (2, 1)
    assert part.places.tolist() == [3, 4, 5]
    assert words(shown(text, offsets, longest=3)) == ["a", "b", "c"]


def test_text_that_the_model_does_not_read_is_counted() -> None:
    part = shown("one two three ", [(0, 3), (4, 7)])
    assert (part.text, part.unread) == ("one two", 5)


def test_a_text_without_tokens() -> None:
    part = shown(" ", [])
    assert (part.text, part.spans.shape, part.unread) == ("", (0, 2), 0)
