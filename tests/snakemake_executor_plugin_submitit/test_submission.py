from snakemake_executor_plugin_submitit.settings import ExecutorSettings
from snakemake_executor_plugin_submitit.submission import Request, submissions


def request(target: str, rule: str = "train", **resources: int) -> Request:
    return Request(None, rule, ((f"make {target}", ()),), resources, 1, target, "content")


def shape(requests: list[Request], largest: int = 100, **settings: int) -> list[list[list[str]]]:
    found = submissions(requests, ExecutorSettings(**settings), largest)
    return [[[request.target for request in members] for members in each.members] for each in found]


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
    chain = Request(None, "chain", (("one", ()), ("two", (0,))), {}, 1, "t", "c")
    (submission,) = submissions([chain, request("a", rule="chain")], ExecutorSettings(), 10)
    first, second = chain.steps
    assert second.after == (first.key,)
    keys = [step.key for members in submission.members for each in members for step in each.steps]
    assert len(set(keys)) == 3
    assert all(key.startswith(submission.name) for key in keys)
