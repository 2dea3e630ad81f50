"""A simulated small world in the style of the bAbI tasks (Weston et al. 2015, tasks 1 to 3), with supporting facts."""

from dataclasses import dataclass, field

import numpy as np

ACTORS = ("Mary", "John", "Daniel", "Sandra")
ROOMS = ("bathroom", "bedroom", "garden", "hallway", "kitchen", "office")
OBJECTS = ("football", "apple", "milk")
MOVE = ("moved to", "went to", "went back to", "journeyed to", "travelled to")
TAKE = ("got", "grabbed", "picked up", "took")
DROP = ("left", "dropped", "put down", "discarded")
QUESTIONS_A_STORY = 5
STATEMENTS_A_QUESTION = {1: (2, 2), 2: (2, 6), 3: (4, 14)}  # fewest and most statements before each question


@dataclass(frozen=True)
class Question:
    """A story so far (one statement an entry), a question, its answer, and the statements that the answer hangs on."""

    story: tuple[str, ...]
    question: str
    answer: str
    support: tuple[int, ...]


@dataclass
class Thing:
    """An object's holder and the rooms it has been in, each with the statements that prove it, latest first."""

    holder: str | None = None
    taken_at: int | None = None
    dropped_at: int | None = None
    rooms: list[tuple[str, int]] = field(default_factory=list)  # room, statement that brought it there


@dataclass
class World:
    """Who is where and holds what; every fact remembers the statement that established it."""

    task: int
    random: np.random.Generator
    story: list[str] = field(default_factory=list)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)  # actor -> room, statement
    things: dict[str, Thing] = field(default_factory=lambda: {name: Thing() for name in OBJECTS})

    def advance(self) -> None:
        """One more statement."""
        actor = self._choose(ACTORS)
        if self.task == 1 or actor not in self.places or self.random.random() < 0.6:
            self._move(actor)
        else:
            self._handle(actor)

    def ask(self) -> Question | None:
        """A question about something that the story so far settles, None if it settles nothing."""
        known = self._answerable()
        if not known:
            return None
        text, answer, support = known[int(self.random.integers(len(known)))]
        return Question(tuple(self.story), text, answer, support)

    def _move(self, actor: str) -> None:
        here = self.places.get(actor, ("", 0))[0]
        room = self._choose([room for room in ROOMS if room != here])
        number = self._say(f"{actor} {self._choose(MOVE)} the {room}.")
        self.places[actor] = (room, number)
        for thing in self.things.values():
            if thing.holder == actor:
                thing.rooms.append((room, number))

    def _handle(self, actor: str) -> None:
        room = self.places[actor][0]
        held = [name for name, thing in self.things.items() if thing.holder == actor]
        free = [name for name, thing in self.things.items() if self._within_reach(thing, room)]
        if held and (not free or self.random.random() < 0.5):
            self._drop(actor, self._choose(held))
        elif free:
            self._take(actor, self._choose(free))
        else:
            self._move(actor)

    def _take(self, actor: str, name: str) -> None:
        number = self._say(f"{actor} {self._choose(TAKE)} the {name}{self._choose(('', ' there'))}.")
        thing = self.things[name]
        room, arrival = self.places[actor]
        thing.holder, thing.taken_at, thing.dropped_at = actor, number, None
        if not thing.rooms:
            thing.rooms.append((room, arrival))

    def _drop(self, actor: str, name: str) -> None:
        number = self._say(f"{actor} {self._choose(DROP)} the {name}{self._choose(('', ' there'))}.")
        self.things[name].holder, self.things[name].dropped_at = None, number

    def _within_reach(self, thing: Thing, room: str) -> bool:
        return thing.holder is None and (not thing.rooms or thing.rooms[-1][0] == room)

    def _answerable(self) -> list[tuple[str, str, tuple[int, ...]]]:
        if self.task == 1:
            return [(f"Where is {actor}?", room, (number,)) for actor, (room, number) in self.places.items()]
        if self.task == 2:
            return [found for name, thing in self.things.items() if (found := _where_is(name, thing))]
        return [found for name, thing in self.things.items() if (found := _where_before(name, thing))]

    def _say(self, statement: str) -> int:
        self.story.append(statement)
        return len(self.story) - 1

    def _choose(self, options: tuple[str, ...] | list[str]) -> str:
        return options[int(self.random.integers(len(options)))]


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
    fewest, most = STATEMENTS_A_QUESTION[task]
    while len(found) < QUESTIONS_A_STORY:
        for _ in range(int(random.integers(fewest, most + 1))):
            world.advance()
        question = world.ask()
        while question is None:
            world.advance()
            question = world.ask()
        found.append(question)
    return found


def _where_is(name: str, thing: Thing) -> tuple[str, str, tuple[int, ...]] | None:
    """Task 2: who took it, and where that actor went (or dropped it)."""
    if thing.taken_at is None:
        return None
    room, arrival = thing.rooms[-1]
    proof = thing.dropped_at if thing.dropped_at is not None else thing.taken_at
    return f"Where is the {name}?", room, (proof, arrival)


def _where_before(name: str, thing: Thing) -> tuple[str, str, tuple[int, ...]] | None:
    """Task 3: where it was before the room it came to last."""
    if thing.taken_at is None or len(thing.rooms) < 2:
        return None
    (before, left), (room, arrival) = thing.rooms[-2:]
    proof = thing.dropped_at if thing.dropped_at is not None else thing.taken_at
    return f"Where was the {name} before the {room}?", before, (proof, arrival, left)
