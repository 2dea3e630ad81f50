"""When a state is saved, and when it is taken up."""

from pathlib import Path

import pytest
import torch

from recursive_roar.saved_state import SHARE, SavedState


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which tests set."""
    clock = [0.0]
    monkeypatch.setattr("recursive_roar.saved_state.time.monotonic", lambda: clock[0])
    return clock


def saved(state: SavedState) -> None:
    state.write({"numbers": torch.arange(3)}, {"place": 7})


def test_a_state_is_due_once_the_interval_has_passed(now: list[float], tmp_path: Path) -> None:
    state = SavedState(tmp_path / "state", "this", 10)
    for now[0], due in ((9.9, False), (10, True), (30, True)):
        assert state.due() is due
    saved(state)
    for now[0], due in ((39.9, False), (40, True)):
        assert state.due() is due


def test_what_takes_long_is_saved_more_seldom(now: list[float], tmp_path: Path, monkeypatch) -> None:
    state = SavedState(tmp_path / "state", "this", 10)

    def slowly(*_) -> None:
        now[0] += 4

    monkeypatch.setattr("recursive_roar.saved_state.write_tensors", slowly)
    saved(state)
    for now[0], due in ((3.9 + 4 / SHARE, False), (4.1 + 4 / SHARE, True)):
        assert state.due() is due


def test_a_state_is_read_by_the_work_that_it_belongs_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    state = SavedState(tmp_path / "state", "this", 10)
    assert state.read() is None
    assert not caplog.text
    saved(state)
    tensors, settings = state.read() or pytest.fail("nothing was saved")
    assert tensors["numbers"].tolist() == [0, 1, 2]
    assert settings["place"] == 7
    assert SavedState(state.path, "other", 10).read() is None
    assert "work on other data or with other settings" in caplog.text


def test_clear_removes_the_file_and_half_written_ones(tmp_path: Path) -> None:
    state = SavedState(tmp_path / "state.safetensors", "this", 0)
    state.clear()
    saved(state)
    (tmp_path / ".state.safetensors.abc.partial").touch()
    (tmp_path / "other.safetensors").touch()
    state.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["other.safetensors"]
