"""How a step's end becomes an exit status, and what it is told of the workflow."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from recursive_roar.config import Study
from recursive_roar.errors import UserError
from recursive_roar.interruption import Interrupted
from recursive_roar.jobs.call import Call
from recursive_roar.jobs.run import run_step
from recursive_roar.steps.conditions import Conditions

STUDY = {"datasets": ["babi-1"], "explainers": ["random"], "seeds": [0], "results": "elsewhere"}


def fails(problem: str) -> None:
    raise {"user": UserError("choose another file"), "bug": ZeroDivisionError("at home"), "warned": Interrupted()}[
        problem
    ]


def writes(output: Path, text: str) -> None:
    output.write_text(text)


def tells(output: Path, study: Study, conditions: Conditions) -> None:
    output.write_text(f"{study.results} {conditions.threads} {conditions.state_folder}")


def call(tmp_path: Path, function: object, **arguments: object) -> Call:
    return Call(f"{__name__}:{function.__name__}", tmp_path / "log", STUDY, 3, arguments)


def test_an_error_for_the_user_is_one_line_and_in_the_log(tmp_path, capsys) -> None:
    assert call(tmp_path, fails, problem="user").perform() == 1
    assert capsys.readouterr().err == "choose another file\n"
    assert "choose another file" in (tmp_path / "log").read_text()


def test_any_other_error_has_a_traceback(tmp_path, capsys) -> None:
    assert call(tmp_path, fails, problem="bug").perform() == 1
    assert "ZeroDivisionError: at home" in capsys.readouterr().err
    assert "ZeroDivisionError: at home" in (tmp_path / "log").read_text()


def test_an_interrupted_step_asks_to_be_tried_again(tmp_path, capsys) -> None:
    assert call(tmp_path, fails, problem="warned").perform() == 75
    assert capsys.readouterr().err == ""


def test_a_step_gets_the_study_and_the_conditions_that_it_names(tmp_path) -> None:
    output = tmp_path / "told"
    assert call(tmp_path, tells, output=output).perform() == 0
    assert output.read_text() == "elsewhere 3 elsewhere/.unfinished"


def test_without_a_worker_a_step_runs_here(tmp_path, monkeypatch, capsys) -> None:
    job = SimpleNamespace(log=[str(tmp_path / "log")], config=STUDY, threads=1)
    monkeypatch.delenv("RECURSIVE_ROAR_WORKER", raising=False)
    run_step(f"{__name__}:writes", job, output=tmp_path / "a", text="here")
    monkeypatch.setenv("RECURSIVE_ROAR_WORKER", str(tmp_path / "nobody"))
    run_step(f"{__name__}:writes", job, output=tmp_path / "b", text="here as well")
    assert (tmp_path / "b").read_text() == "here as well"
    assert "No worker listens at" in capsys.readouterr().err
    with pytest.raises(SystemExit) as end:
        run_step(f"{__name__}:fails", job, problem="warned")
    assert end.value.code == 75
