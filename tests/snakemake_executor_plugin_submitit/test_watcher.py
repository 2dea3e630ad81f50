from snakemake_executor_plugin_submitit.slurm import CommandError, State
from snakemake_executor_plugin_submitit.watcher import Watcher


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_asks_less_often_while_nothing_changes() -> None:
    clock, asked = Clock(), []
    watcher = Watcher(lambda ids: asked.append(clock.now) or {"7": State("RUNNING")}, 20, 60, clock)
    for clock.now in range(400):
        watcher.look(["7"])
    assert asked == [0, 20, 50, 95, 155, 215, 275, 335, 395]


def test_a_change_and_a_submission_bring_it_back_to_the_least_pause() -> None:
    clock, states = Clock(), {"7": State("PENDING")}
    watcher = Watcher(lambda ids: dict(states), 20, 60, clock)
    for clock.now in (0, 20, 50):
        assert watcher.look(["7"])
    clock.now, states["7"] = 95, State("RUNNING")
    assert watcher.look(["7"]) == {"7": State("RUNNING")}
    clock.now = 115
    assert watcher.look(["7"])
    clock.now = 116
    watcher.soon()
    clock.now = 136
    assert watcher.look(["7"])


def test_no_answer_is_no_state() -> None:
    clock = Clock()

    def fail(ids):
        raise CommandError("busy")

    watcher = Watcher(fail, 20, 60, clock)
    assert watcher.look(["7"]) is None
    assert (watcher.look(["7"]), watcher.calls) == (None, 1)


def test_jobs_of_others_do_not_matter() -> None:
    watcher = Watcher(lambda ids: {"7": State("RUNNING"), "8": State("RUNNING")}, 20, 60)
    assert watcher.look(["7"]) == {"7": State("RUNNING")}
    assert watcher.look([]) is None
