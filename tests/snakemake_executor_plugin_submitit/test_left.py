"""What becomes of the jobs of an earlier run."""

import json
import os
from pathlib import Path

import pytest

from snakemake_executor_plugin_submitit.ledger import Entry, Ledger, Work, digest
from snakemake_executor_plugin_submitit.left import Left
from snakemake_executor_plugin_submitit.request import Command, Request
from snakemake_executor_plugin_submitit.slurm import CommandError, State


class Cluster:
    """Says that every job runs, but for those in `said`; `said` is None while the scheduler does not answer."""

    def __init__(self) -> None:
        self.said: dict[str, str | None] | None = {}
        self.cancelled: list[tuple[list[str], list[str]]] = []

    def states(self, job_ids):
        if self.said is None:
            raise CommandError("sacct: no connection")
        return {job_id: State(self.said.get(job_id, "RUNNING")) for job_id in job_ids}

    def cancel_and_wait(self, job_ids, names=()) -> None:
        self.cancelled.append((list(job_ids), list(names)))


class Run:
    """A folder in which a run was killed after it submitted jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cluster = folder, Cluster()
        self.ledger = Ledger(folder / "ledger.jsonl")
        (folder / "results").mkdir()

    def submitted(self, request: Request, job_id: str | None, name: str = "train-abc") -> None:
        request.named("".join(sorted(request.outputs)))
        steps = {step.key: work for step, work in zip(request.steps, request.works, strict=True)}
        self.ledger.add([Entry(request.target, "train", steps, request.newest_input(), name, job_id)])

    def ended(self, key: str, returncode: int = 0) -> None:
        (self.folder / f"results/{key}.json").write_text(json.dumps({"returncode": returncode, "ended": 5.0}))

    def left(self) -> Left:
        return Left(self.ledger, self.cluster, self.folder)

    def taken(self, *requests: Request) -> dict[str, str | None]:
        """Ids of the jobs that are watched again, by output."""
        found = self.left().take_up(requests)
        return {
            "".join(request.outputs): found[request.target].job_id for request in requests if request.target in found
        }


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def asks(*outputs: str, content: str = "c") -> Request:
    commands = tuple(Command(f"make {output}") for output in outputs)
    return Request(None, "train", commands, {}, 1, tuple(Work((output,), content) for output in outputs))


def test_a_running_job_is_watched_again(run) -> None:
    run.submitted(asks("a"), "7")
    assert run.taken(asks("a"), asks("b")) == {"a": "7"}
    assert run.cluster.cancelled == []
    assert [entry.job_id for entry in run.ledger.open_entries().values()] == ["7"]


def test_a_job_of_other_content_is_cancelled_alone(run) -> None:
    for output, job_id in (("a", "7_0"), ("b", "7_1"), ("c", "7_2")):
        run.submitted(asks(output), job_id)
    assert run.taken(asks("a"), asks("b", content="new")) == {"a": "7_0"}
    assert run.cluster.cancelled == [(["7_1"], [])]


def test_an_allocation_with_nothing_of_use_is_cancelled_once(run) -> None:
    for output in "abc":
        run.submitted(asks(output), "7_0")
    assert run.taken(*(asks(output, content="new") for output in "ab")) == {}
    assert run.cluster.cancelled == [(["7_0"], [])]


def test_what_shares_an_allocation_with_something_of_use_is_waited_for(run) -> None:
    for output in "ab":
        run.submitted(asks(output), "7_0")
    changed = asks("b", content="new")
    assert run.taken(asks("a"), changed) == {"a": "7_0"}
    assert run.cluster.cancelled == []
    assert changed.resources["dependency"] == "afterany:7_0"


@pytest.mark.parametrize(("state", "waits"), [("RUNNING", True), ("PREEMPTED", True), ("COMPLETED", False)])
def test_it_is_waited_for_later_too_as_long_as_the_allocation_lasts(run, state, waits) -> None:
    for output in "ab":
        run.submitted(asks(output), "7_0")
    left, changed = run.left(), asks("b", content="new")
    left.take_up([asks("a")])
    run.cluster.said = {"7_0": state}
    left.take_up([changed])
    assert ("dependency" in changed.resources, run.cluster.cancelled) == (waits, [])


def test_states_are_asked_for_anew_after_a_cancellation(run) -> None:
    for output in "ab":
        run.submitted(asks(output), "7_0")
    left = run.left()
    left.take_up([asks("a", content="new")])
    run.cluster.said = {"7_0": "CANCELLED"}
    assert left.take_up([asks("b")]) == {}


def test_a_job_that_failed_needs_no_cancelling(run) -> None:
    run.submitted(asks("a"), "7")
    run.ended("a-0", returncode=1)
    assert run.taken(asks("a")) == {}
    assert (run.cluster.cancelled, run.ledger.open_entries()) == ([], {})


def test_without_an_id_a_submission_is_given_up_by_its_name(run) -> None:
    run.submitted(asks("a"), None, name="train-xyz")
    assert run.taken(asks("a")) == {}
    assert run.cluster.cancelled == [([], ["train-xyz"])]


def test_while_the_scheduler_does_not_answer_jobs_are_watched(run) -> None:
    run.submitted(asks("a"), "7")
    run.cluster.said = None
    assert run.taken(asks("a")) == {"a": "7"}


def test_a_job_that_finished_is_of_use_as_long_as_its_outputs_are_there(run) -> None:
    run.submitted(asks("a"), "7")
    run.ended("a-0")
    again, output = asks("a"), run.folder / "a"
    again.files = (output,)
    output.touch()
    before = run.ledger.path.read_bytes()
    assert run.taken(again) == {"a": "7"}
    run.ledger.path.write_bytes(before)
    output.unlink()
    assert run.taken(again) == {}


def test_a_job_whose_input_changed_is_given_up(run) -> None:
    source = run.folder / "input"
    source.touch()
    first, again = asks("a"), asks("a")
    first.inputs = again.inputs = (source,)
    run.submitted(first, "7")
    os.utime(source, (source.stat().st_atime, source.stat().st_mtime + 1))
    assert run.taken(again) == {}
    assert run.cluster.cancelled == [(["7"], [])]


def test_a_chain_goes_on_without_the_rounds_that_are_done(run) -> None:
    rounds = [run.folder / f"round{number}" for number in range(5)]
    chain = asks(*map(digest, rounds))
    run.submitted(chain, "7")
    for before, done in ((0, 2), (2, 4)):  # killed and started again twice
        for step, output in zip(chain.steps[before:done], rounds[before:done], strict=True):
            run.ended(step.key)
            output.touch()
        rest = asks(*map(digest, rounds[done:]))
        rest.inputs = tuple(rounds[:done])
        assert list(run.taken(rest).values()) == ["7"]
    (entry,) = run.ledger.open_entries().values()
    assert (list(entry.steps), run.cluster.cancelled) == ([chain.steps[4].key], [])


def test_a_chain_of_which_another_part_is_asked_for_is_given_up(run) -> None:
    run.submitted(asks("1", "2", "3"), "7")
    assert run.taken(asks("2", "3")) == {}  # the first is still to be done, and was not asked for
    assert run.cluster.cancelled == [(["7"], [])]
    chain = asks("1", "2", "3")
    run.submitted(chain, "8")
    for step in chain.steps[:2]:
        run.ended(step.key)
    assert run.taken(asks("3", "4")) == {}  # the last was not submitted
    assert run.cluster.cancelled[1:] == [(["8"], [])]


def test_what_finished_is_known_until_the_workflow_was_told(run) -> None:
    chain = asks("1", "2")
    run.submitted(chain, "7")
    left = run.left()
    assert left.finished(["1"]) is None
    run.ended(chain.steps[0].key)
    assert left.finished(["1"]) == (Work(("1",), "c"), 5.0)
    left.close_finished({"1"})
    assert left.finished(["1"]) is not None
    left.close_finished({"1", "2"})
    assert left.finished(["1"]) is None
    assert run.ledger.open_entries() == {}
