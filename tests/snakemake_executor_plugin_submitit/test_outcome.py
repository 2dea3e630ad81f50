"""Every state of Slurm leads somewhere."""

import pytest
from test_watcher import Clock

from snakemake_executor_plugin_submitit.outcome import Doubt
from snakemake_executor_plugin_submitit.slurm import State


def seconds_until_lost(name: str | None, limit: float = 100) -> float | None:
    clock = Clock()
    clock.now = 1.0
    doubt = Doubt(limit, 30, clock)
    state = State(name) if name else None
    for second in range(1000):
        clock.now = 1.0 + second
        if doubt.judge(state) == "lost":
            return second
    return None


@pytest.mark.parametrize(
    "name", ["COMPLETED", "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "CANCELLED", "BOOT_FAIL", "DEADLINE"]
)
def test_an_ended_job_is_lost_once_its_result_is_overdue(name: str) -> None:
    assert seconds_until_lost(name) == 30


@pytest.mark.parametrize("name", ["NODE_FAIL", "PREEMPTED", "SOMETHING_NEW", None])
def test_what_may_come_back_gets_more_time(name: str | None) -> None:
    assert seconds_until_lost(name) == 100


@pytest.mark.parametrize("name", ["PENDING", "RUNNING", "COMPLETING", "REQUEUED", "SUSPENDED", "CONFIGURING"])
def test_an_active_job_is_waited_for(name: str) -> None:
    assert seconds_until_lost(name) is None


def test_a_requeued_job_starts_anew() -> None:
    clock = Clock()
    clock.now = 1.0
    doubt = Doubt(100, 30, clock)
    for clock.now, name in ((1, "NODE_FAIL"), (90, "PENDING"), (95, "NODE_FAIL"), (190, "NODE_FAIL")):
        assert doubt.judge(State(name)) == "waiting"
    clock.now = 196
    assert doubt.judge(State("NODE_FAIL")) == "lost"
