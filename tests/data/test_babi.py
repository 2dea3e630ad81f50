"""The generated world against the public corpus (bAbI, Weston et al. 2015)."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from recursive_roar.data.babi import DROP, MOVE, OBJECTS, ROOMS, TAKE, Question, simulate

VOCABULARY = {1: 19, 2: 33, 3: 34}


def words(question: Question) -> set[str]:
    lines = [*question.story, question.question]
    return {word for line in lines for word in line.rstrip(".?").split()} | {question.answer}


@pytest.fixture(scope="module", params=[1, 2, 3])
def world(request: pytest.FixtureRequest) -> tuple[int, list[Question]]:
    return request.param, simulate(request.param, 3000, seed=1)


def test_the_vocabulary_has_the_public_size(world) -> None:
    task, questions = world
    assert len(set().union(*map(words, questions))) == VOCABULARY[task]


def test_answers_are_balanced(world) -> None:
    _, questions = world
    shares = np.array([Counter(question.answer for question in questions)[room] for room in ROOMS]) / len(questions)
    assert abs(shares - 1 / 6).max() < 0.04


def test_the_same_seed_gives_the_same_questions(world) -> None:
    task, questions = world
    assert simulate(task, 3000, seed=1) == questions
    assert simulate(task, 3000, seed=2) != questions


def where_at(story: tuple[str, ...], name: str) -> list[tuple[int, str]]:
    """Rooms of an actor or an object in order, worked out from the text alone."""
    rooms: dict[str, str] = {}
    holder: dict[str, str] = {}
    path: list[tuple[int, str]] = []
    for number, line in enumerate(story):
        text = line.rstrip(".").removesuffix(" there").split()
        actor, last = text[0], text[-1]
        if last in ROOMS:
            rooms[actor] = last
        elif set(text) & {"left", "dropped", "down", "discarded"}:
            holder.pop(last)
        else:
            holder[last] = actor
        owner = name if name in rooms else holder.get(name)
        here = rooms.get(owner) if owner else None
        if here and (not path or path[-1][1] != here):
            path.append((number, here))
    return path


def test_answers_follow_from_the_story(world) -> None:
    task, questions = world
    for question in questions[:500]:
        parts = question.question.rstrip("?").split()
        if task == 3:
            rooms = [room for _, room in where_at(question.story, parts[3])]
            last_visit = max(place for place, room in enumerate(rooms) if room == parts[-1])
            assert rooms[last_visit - 1] == question.answer
        else:
            assert where_at(question.story, parts[-1])[-1][1] == question.answer


def test_support_names_the_answer(world) -> None:
    task, questions = world
    for question in questions:
        assert len(question.support) == task
        assert question.answer in question.story[question.support[-1]]


# Mean and longest story in tokens, with the two that the tokeniser adds (Madsen et al. 2022, computed from en-10k).
@pytest.mark.parametrize(("task", "mean", "longest"), [(1, 38, 69), (2, 96, 553), (3, 300, 1349)])
def test_stories_are_as_long_as_the_public_ones(task: int, mean: int, longest: int) -> None:
    tokens = [sum(len(line.split()) + 1 for line in story) + 1 for story in stories(task, 10_000)]
    assert np.mean(tokens) == pytest.approx(mean, rel=0.06)
    assert max(tokens) == pytest.approx(longest, rel=0.25)


@pytest.mark.parametrize(("task", "file"), [(1, "babi_qa1_10k/train"), (3, "babi_qa3_1k/train")])
def test_the_world_behaves_as_in_the_public_files(real_data: Path, task: int, file: str) -> None:
    public = [row["story"].splitlines() for row in pq.read_table(real_data / f"{file}.parquet").to_pylist()]
    generated = stories(task, 10_000)
    assert {phrase(line) for story in public for line in story} <= {
        phrase(line) for story in generated for line in story
    }
    assert shares_of_statements(generated) == pytest.approx(shares_of_statements(public), abs=0.015)
    percentiles = [10, 25, 50, 75, 90]
    assert np.percentile([len(story) for story in generated], percentiles) == pytest.approx(
        np.percentile([len(story) for story in public], percentiles), rel=0.12, abs=2
    )


def test_support_lies_where_it_does_in_the_public_file(real_data: Path) -> None:
    public = pq.read_table(real_data / "babi_qa3_1k/train.parquet").to_pylist()
    theirs = distances([(len(row["story"].splitlines()), row["support"]) for row in public])
    ours = distances([(len(question.story), question.support) for question in simulate(3, 10_000, seed=0)])
    assert ours == pytest.approx(theirs, rel=0.15)


def distances(support: list[tuple[int, tuple[int, ...]]]) -> np.ndarray:
    """Mean number of statements from each supporting one to the question."""
    return np.mean([[lines - number for number in numbers] for lines, numbers in support], axis=0)


def stories(task: int, questions: int) -> list[tuple[str, ...]]:
    return [question.story for question in simulate(task, questions, seed=0)]


def phrase(statement: str) -> str:
    """A statement without its actor and without the room or object."""
    return " ".join(word for word in statement.rstrip(".").split()[1:] if word not in {*ROOMS, *OBJECTS})


def shares_of_statements(stories: list[tuple[str, ...]]) -> list[float]:
    """Shares of moves, takings and droppings, and of those of the latter two that end in "there"."""
    phrases = Counter(phrase(line) for story in stories for line in story)
    of = [
        sum(phrases[f"{verb} the{there}"] for verb in verbs for there in ("", " there")) for verbs in (MOVE, TAKE, DROP)
    ]
    there = sum(count for text, count in phrases.items() if text.endswith(" there"))
    return [*(count / phrases.total() for count in of), there / max(of[1] + of[2], 1)]
