import os

from snakemake_executor_plugin_submitit.ledger import Work, digest
from snakemake_executor_plugin_submitit.request import Command, Request
from snakemake_executor_plugin_submitit.settings import ExecutorSettings
from snakemake_executor_plugin_submitit.submission import submissions


def request(target: str, rule: str = "train", **resources: int) -> Request:
    return Request(None, rule, (Command(f"make {target}"),), resources, 1, (Work((target,), "content"),))


def shape(requests: list[Request], largest: int = 100, **settings: int) -> list[list[list[str]]]:
    found = submissions(requests, ExecutorSettings(**settings), largest)
    return [[["".join(request.outputs) for request in members] for members in each.members] for each in found]


def test_equal_wishes_become_one_array() -> None:
    wishes = [request("a"), request("b", gpu=1), request("c"), request("d", rule="other")]
    assert shape(wishes) == [[["a"], ["c"]], [["b"]], [["d"]]]


def test_arrays_are_no_longer_than_allowed() -> None:
    assert [len(each) for each in shape([request(str(number)) for number in range(7)], largest=3)] == [3, 3, 1]


def test_packs_are_tasks_and_a_smaller_rest_is_an_array_of_its_own() -> None:
    wishes = [request(letter, pack=2) for letter in "abcde"]
    assert shape(wishes) == [[["a", "b"], ["c", "d"]], [["e"]]]
    assert shape([request(letter) for letter in "abc"], pack=3) == [[["a", "b", "c"]]]


def test_steps_have_keys_of_their_own_and_keep_their_order() -> None:
    chain = Request(
        None, "chain", (Command("one"), Command("two", (0,))), {}, 1, (Work(("t",), "c"), Work(("u",), "c"))
    )
    (submission,) = submissions([chain, request("a", rule="chain")], ExecutorSettings(), 10)
    first, second = chain.steps
    assert second.after == (first.key,)
    keys = [step.key for members in submission.members for each in members for step in each.steps]
    assert len(set(keys)) == 3
    assert all(key.startswith(submission.name) for key in keys)


def test_the_newest_input_is_found_among_those_that_exist(tmp_path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for path, changed in ((old, 100), (new, 200)):
        path.touch()
        os.utime(path, (changed, changed))
    reader = request("a")
    assert reader.newest_input() == 0
    reader.inputs = (old, new, tmp_path / "absent")
    assert reader.newest_input() == 200
    assert reader.newest_input(besides={digest(new)}) == 100


def test_a_request_waits_for_every_job_that_it_is_told_to() -> None:
    waiting = request("a")
    waiting.wait_for("7_1")
    waiting.wait_for("8")
    (submission,) = submissions([waiting], ExecutorSettings(), 10)
    assert submission.parameters["dependency"] == "afterany:7_1:8"
