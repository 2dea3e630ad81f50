"""The generated world against the public corpus (bAbI, Weston et al. 2015)."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from recursive_roar.data.babi import ROOMS, Question, simulate

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
            assert rooms[-2:] == [question.answer, parts[-1]]
        else:
            assert where_at(question.story, parts[-1])[-1][1] == question.answer


def test_support_names_the_answer(world) -> None:
    task, questions = world
    for question in questions:
        assert len(question.support) == task
        assert question.answer in question.story[question.support[-1]]


def test_task_1_has_the_shape_of_the_public_files(real_data: Path) -> None:
    public = pq.read_table(real_data / "babi_qa1_10k/train.parquet").to_pylist()
    generated = simulate(1, 10_000, seed=0)
    lines = Counter(len(row["story"].splitlines()) for row in public)
    assert lines == Counter(len(question.story) for question in generated)
    public_words = np.mean([len(row["story"].split()) for row in public])
    assert np.mean([len(" ".join(question.story).split()) for question in generated]) == pytest.approx(
        public_words, rel=0.02
    )
    statements = {" ".join(line.split()[1:-1]) for row in public for line in row["story"].splitlines()}
    assert statements == {" ".join(line.split()[1:-1]) for question in generated for line in question.story}
