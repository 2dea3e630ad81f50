"""What a lab with 1, 8 or 64 GPUs should expect for the published table: `python benchmarks/labs.py`.

The 3,400 trainings of its eight tasks, as allocations that wait in a queue and then hold one GPU. No training was
timed on a GPU, so each takes its share of the hours that the published code's job scripts ask for, which bounds it from
above. First come, first served; one training a GPU at a time.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from record import record

PUBLISHED_HOURS = {  # of the table's 3,400 trainings (Madsen et al. 2022, run times noted in the job scripts)
    "snli": 640, "mimic-diabetes": 209, "babi-3": 186, "imdb": 151,
    "mimic-anemia": 93, "babi-2": 88, "babi-1": 51, "sst": 18,
}  # fmt: skip
MEASURES = {"lstm": 4, "roberta": 3}  # besides random: RoBERTa has no attention measure
SEEDS, ROUNDS = 5, 9  # rounds that mask a part
TRAININGS_OF_A_TASK = SEEDS * sum(2 + (1 + measures) * ROUNDS for measures in MEASURES.values())
GPUS = (1, 8, 64)
QUEUE_HOURS = (0.0, 0.25)


@dataclass(frozen=True)
class Allocation:
    """One wait in the queue and then `hours` on a GPU, once the allocation of index `after` has ended."""

    hours: float
    after: int | None = None


def makespan(allocations: Sequence[Allocation], gpus: int, queue_hours: float) -> float:
    """Hours until every allocation has ended, each submitted as soon as it may be and served in that order."""
    followers = defaultdict(list)
    for index, allocation in enumerate(allocations):
        followers[allocation.after].append(index)
    ready = [(queue_hours, index) for index in followers[None]]
    free = [0.0] * gpus
    while ready:
        may_start, index = heapq.heappop(ready)
        end = max(may_start, free[0]) + allocations[index].hours
        heapq.heapreplace(free, end)
        for follower in followers[index]:
            heapq.heappush(ready, (end + queue_hours, follower))
    return max(free)


def table(chains_are_groups: bool) -> list[Allocation]:
    """The published table: a chain's rounds one allocation, or one each."""
    allocations: list[Allocation] = []
    for hours in PUBLISHED_HOURS.values():
        for measures in MEASURES.values():
            for _ in range(SEEDS):
                of_a_seed = _seed(measures, hours / TRAININGS_OF_A_TASK, chains_are_groups, len(allocations))
                allocations.extend(of_a_seed)
    return allocations


def _seed(measures: int, hours: float, chains_are_groups: bool, baseline: int) -> Iterator[Allocation]:
    """Trainings of one seed; `baseline` is the index of the first of them, on which all but one wait."""
    yield Allocation(hours)
    yield Allocation(hours)  # fully masked
    for _ in range(ROUNDS):  # random: its masks do not depend on the round before
        yield Allocation(hours, baseline)
    if chains_are_groups:
        yield from (Allocation(ROUNDS * hours, baseline) for _ in range(measures))
        return
    index = baseline + 2 + ROUNDS
    for _ in range(measures):
        for number in range(ROUNDS):
            yield Allocation(hours, index - 1 if number else baseline)
            index += 1


def row(gpus: int, queue_hours: float, chains_are_groups: bool) -> dict[str, object]:
    allocations = table(chains_are_groups)
    total = sum(allocation.hours for allocation in allocations)
    span = makespan(allocations, gpus, queue_hours)
    return {
        "gpus": gpus,
        "queue_minutes": 60 * queue_hours,
        "allocation": "a chain" if chains_are_groups else "a round",
        "allocations": len(allocations),
        "gpu_hours_at_most": total,
        "days_at_most": span / 24,
        "gpus_busy": total / (gpus * span),
    }


def main() -> None:
    rows = [row(gpus, queue, groups) for gpus in GPUS for queue in QUEUE_HOURS for groups in (False, True)]
    record("labs", rows)


if __name__ == "__main__":
    main()
