"""A simulated small world in the style of the bAbI tasks (Weston et al. 2015, tasks 1 to 3), with supporting facts.

How the world moves and when it is asked about follows what the public files show: a random actor does something that
is possible; after every second statement a question follows if there is something to ask, in tasks 2 and 3 about an
object that was taken or dropped a moment ago and that its present or last holder has carried to one or two rooms.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

ACTORS = ("Mary", "John", "Daniel", "Sandra")
ROOMS = ("bathroom", "bedroom", "garden", "hallway", "kitchen", "office")
OBJECTS = ("football", "apple", "milk")
MOVE = ("moved to", "went to", "went back to", "journeyed to", "travelled to")
TAKE = ("got", "grabbed", "picked up", "took")
DROP = ("left", "dropped", "put down", "discarded")
SAID_THERE = 0.2  # share of takings and droppings that end in "there"
QUESTIONS_A_STORY = 5
STATEMENTS_A_CHANCE = 2  # from one moment at which a question may come to the next
A_MOMENT = 5  # an object is asked about when one of so many latest statements took or dropped it

Option = TypeVar("Option")


@dataclass(frozen=True)
class Question:
    """A story so far (one statement an entry), a question, its answer, and the statements that it depends on."""

    story: tuple[str, ...]
    question: str
    answer: str
    support: tuple[int, ...]


@dataclass
class Thing:
    """An object: where it lies or who holds it, and the rooms that its present or last holder carried it to.

    One that was dropped where it was taken has been carried to that room, if a statement told of the actor's arrival.
    """

    room: str
    holder: str | None = None
    handled_at: int = -1  # the statement of its last taking or dropping
    carried: list[tuple[str, int]] = field(default_factory=list)  # room, statement


@dataclass
class World:
    """Who is where and holds what. Everything has a room from the start, though no statement told of it yet."""

    task: int
    random: np.random.Generator
    story: list[str] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)  # actor -> the statement that told of its present room
    rooms: dict[str, str] = field(init=False)  # actor -> room
    things: dict[str, Thing] = field(init=False)

    def __post_init__(self) -> None:
        self.rooms = {actor: self._choose(ROOMS) for actor in ACTORS}
        self.things = {name: Thing(self._choose(ROOMS)) for name in OBJECTS}

    def advance(self) -> None:
        """One more statement: a random actor moves, takes or drops, tried until something is possible."""
        actions: list[Callable[[str], bool]] = [self._move] if self.task == 1 else [self._move, self._take, self._drop]
        while not self._choose(actions)(self._choose(ACTORS)):
            pass

    def ask(self) -> Question | None:
        """A question about something that the story so far settles, None if there is no occasion for one."""
        found = self._actors() if self.task == 1 else self._objects()
        if not found:
            return None
        text, answer, support = self._choose(found)
        return Question(tuple(self.story), text, answer, support)

    def _move(self, actor: str) -> bool:
        room = self._choose(ROOMS)
        if room == self.rooms[actor]:
            return False
        number = self._say(f"{actor} {self._choose(MOVE)} the {room}")
        self.rooms[actor], self.told[actor] = room, number
        for thing in self.things.values():
            if thing.holder == actor:
                thing.room = room
                thing.carried.append((room, number))
        return True

    def _take(self, actor: str) -> bool:
        here = (None, self.rooms[actor])
        name = self._choose_or_none([name for name, thing in self.things.items() if (thing.holder, thing.room) == here])
        if name:
            number = self._say(f"{actor} {self._choose(TAKE)} the {name}{self._there()}")
            self.things[name] = Thing(self.rooms[actor], holder=actor, handled_at=number)
        return name is not None

    def _drop(self, actor: str) -> bool:
        name = self._choose_or_none([name for name, thing in self.things.items() if thing.holder == actor])
        if name:
            number = self._say(f"{actor} {self._choose(DROP)} the {name}{self._there()}")
            thing = self.things[name]
            thing.holder, thing.handled_at = None, number
            if not thing.carried and actor in self.told:
                thing.carried.append((thing.room, self.told[actor]))
        return name is not None

    def _actors(self) -> list[tuple[str, str, tuple[int, ...]]]:
        return [(f"Where is {actor}?", self.rooms[actor], (number,)) for actor, number in self.told.items()]

    def _objects(self) -> list[tuple[str, str, tuple[int, ...]]]:
        ask = self._where_is if self.task == 2 else self._where_before
        return [ask(name) for name, thing in self.things.items() if self._worth_asking(thing)]

    def _worth_asking(self, thing: Thing) -> bool:
        handled = thing.handled_at >= 0 and len(self.story) - thing.handled_at <= A_MOMENT
        return handled and len(thing.carried) >= self.task - 1

    def _where_is(self, name: str) -> tuple[str, str, tuple[int, ...]]:
        """Task 2: who took or dropped it, and where that actor was."""
        thing = self.things[name]
        room, arrival = thing.carried[-1]
        return f"Where is the {name}?", room, (thing.handled_at, arrival)

    def _where_before(self, name: str) -> tuple[str, str, tuple[int, ...]]:
        """Task 3: where it was before its last visit to some room."""
        thing = self.things[name]
        last_visit = {room: place for place, (room, _) in enumerate(thing.carried) if place > 0}
        place = self._choose(sorted(last_visit.values()))
        (before, left), (room, arrival) = thing.carried[place - 1 : place + 1]
        return f"Where was the {name} before the {room}?", before, (thing.handled_at, arrival, left)

    def _say(self, statement: str) -> int:
        self.story.append(f"{statement}.")
        return len(self.story) - 1

    def _there(self) -> str:
        return " there" if self.random.random() < SAID_THERE else ""

    def _choose(self, options: Sequence[Option]) -> Option:
        return options[int(self.random.integers(len(options)))]

    def _choose_or_none(self, options: Sequence[Option]) -> Option | None:
        return self._choose(options) if options else None


def simulate(task: int, questions: int, seed: int) -> list[Question]:
    """Questions of task 1, 2 or 3, the questions of one story in a row; the same seed gives the same questions."""
    random = np.random.default_rng([task, seed])
    found: list[Question] = []
    while len(found) < questions:
        found.extend(_story(task, random))
    return found[:questions]


def _story(task: int, random: np.random.Generator) -> list[Question]:
    world = World(task, random)
    found: list[Question] = []
    while len(found) < QUESTIONS_A_STORY:
        for _ in range(STATEMENTS_A_CHANCE):
            world.advance()
        if question := world.ask():
            found.append(question)
    return found
