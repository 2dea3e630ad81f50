"""What is asked for a job or a group."""

from types import SimpleNamespace

from snakemake.io import IOFile, temp

from snakemake_executor_plugin_submitit.request import request_of


class Member(SimpleNamespace):
    """A job as far as a request reads it."""

    def __init__(self, name: str, output: list[object], **resources: object) -> None:
        super().__init__(name=name, input=[], output=output, params={}, shellcmd="make", threads=1, resources=resources)

    def is_group(self) -> bool:
        return False

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


class Group(Member):
    def __init__(self, layers: list[list[Member]], **resources: object) -> None:
        members = [member for layer in layers for member in layer]
        super().__init__("group", [file for member in members for file in member.output], **resources)
        self.toposorted = layers

    def is_group(self) -> bool:
        return True


def test_members_of_a_group_that_run_side_by_side_are_not_packed_more_for_it() -> None:
    layers = [[Member("train", [], pack=2)], [Member("explain", [], pack=4) for _ in range(5)]]
    found = request_of(Group(layers, pack=20), SimpleNamespace(job_dependencies=lambda job: []), lambda job: "make")
    assert found.resources["pack"] == 4


def test_files_that_go_with_their_job_are_not_looked_for() -> None:
    job = Member("train", [IOFile(file, rule=None) for file in ("kept", temp("passing"))])
    (command,) = request_of(job, SimpleNamespace(job_dependencies=lambda job: []), lambda job: "make").commands
    assert command.outputs == ("kept",)
