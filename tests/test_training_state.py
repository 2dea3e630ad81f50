"""Trainings that are killed and go on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_training import CPU, TRAIN, VALIDATION, BagOfWords, equal, recipe
from torch import Tensor

from recursive_roar.artifacts import read_tensors
from recursive_roar.data.batches import Batch
from recursive_roar.interruption import Interrupted, listen
from recursive_roar.optimizer import Adam
from recursive_roar.training import History, train
from recursive_roar.training_state import Progress, TrainingState

EPOCHS = 5
STEPS = 8  # of an epoch: 60 examples in batches of 8
KILLS = {  # the steps, counted from each start, at which a training is killed
    "after epoch 1": [1 * STEPS + 1],
    "within epoch 5": [4 * STEPS + 5],
    "after epoch 1 and again within epoch 4": [1 * STEPS + 1, 2 * STEPS + 3],
}


class Killed(BagOfWords):
    """Kills its own process at the given training step."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.steps_left = step

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
        self.steps_left -= self.training
        if self.steps_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().logits(batch, embeddings)


def run(model: BagOfWords, state: TrainingState) -> History:
    return train(model, TRAIN, VALIDATION, recipe(epochs=EPOCHS), 7, CPU, state)


def train_until_killed(path: Path, step: int) -> None:
    """Train in a new process, which must end by SIGKILL at the given step."""
    process = os.fork()
    if process == 0:
        run(Killed(step), TrainingState(path, "toy", 0))
        os._exit(0)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, status


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the state that each of the KILLS leaves behind; one interpreter starts them all, to save time."""
    folder = tmp_path_factory.mktemp("killed")
    subprocess.run([sys.executable, __file__, str(folder)], check=True)
    return folder


def without_seconds(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{key: value for key, value in record.items() if key != "seconds"} for record in history]


def assert_same_course(path: Path, expected: Path) -> None:
    """Weights, best weights, optimiser and history agree bit for bit."""
    (tensors, settings), (expected_tensors, expected_settings) = read_tensors(path), read_tensors(expected)
    assert equal(tensors, expected_tensors)
    assert without_seconds(settings.pop("history")) == without_seconds(expected_settings.pop("history"))
    assert settings == expected_settings


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def uninterrupted(tmp_path: Path) -> tuple[BagOfWords, Path]:
    model, path = BagOfWords(), tmp_path / "uninterrupted.safetensors"
    assert run(model, TrainingState(path, "toy", 0)).resumed_from is None
    return model, path


@pytest.mark.parametrize("name", KILLS)
def test_a_killed_training_goes_on_to_the_same_bits(
    killed: Path, uninterrupted: tuple[BagOfWords, Path], name: str
) -> None:
    expected_model, expected_path = uninterrupted
    path, model = killed / name, BagOfWords(seed=99)
    history = run(model, TrainingState(path, "toy", 0))
    assert history.resumed_from == sum(step // STEPS for step in KILLS[name])
    assert equal(model.state_dict(), expected_model.state_dict())
    assert_same_course(path, expected_path)


def test_the_whole_optimiser_state_is_kept(uninterrupted: tuple[BagOfWords, Path]) -> None:
    tensors, settings = read_tensors(uninterrupted[1])
    assert settings["epoch"] == EPOCHS
    for index in range(3):
        assert tensors[f"optimizer/{index}/step"] == EPOCHS * STEPS
        assert {f"optimizer/{index}/{name}" for name in ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")} <= set(tensors)


def test_a_finished_training_is_only_loaded(uninterrupted: tuple[BagOfWords, Path]) -> None:
    expected_model, path = uninterrupted
    model = BagOfWords(seed=99)
    assert run(model, TrainingState(path, "toy", 0)).resumed_from == EPOCHS
    assert equal(model.state_dict(), expected_model.state_dict())


def test_a_state_of_another_training_is_ignored(
    uninterrupted: tuple[BagOfWords, Path], caplog: pytest.LogCaptureFixture
) -> None:
    assert run(BagOfWords(), TrainingState(uninterrupted[1], "another", 0)).resumed_from is None
    assert "other data or settings" in caplog.text


@pytest.mark.parametrize("kept", [0, 10, 1000])
def test_a_damaged_state_is_ignored(
    uninterrupted: tuple[BagOfWords, Path], caplog: pytest.LogCaptureFixture, kept: int
) -> None:
    expected_model, path = uninterrupted
    path.write_bytes(path.read_bytes()[:kept])
    model = BagOfWords()
    assert run(model, TrainingState(path, "toy", 0)).resumed_from is None
    assert "damaged" in caplog.text
    assert equal(model.state_dict(), expected_model.state_dict())


def test_a_state_of_a_differently_shaped_model_is_ignored(
    uninterrupted: tuple[BagOfWords, Path], caplog: pytest.LogCaptureFixture
) -> None:
    model = BagOfWords()
    model.output = torch.nn.Linear(8, 3)
    assert run(model, TrainingState(uninterrupted[1], "toy", 0)).resumed_from is None
    assert "do not fit" in caplog.text


def test_saves_when_the_interval_has_passed_and_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("recursive_roar.training_state.time.monotonic", lambda: now[0])
    state = TrainingState(tmp_path / "state.safetensors", "toy", 10)
    model = BagOfWords()
    optimizer = Adam(model.parameter_groups(0.0), recipe(), total_steps=1)
    progress = Progress()
    progress.record({"epoch": 1}, 0.5, model)
    state.save(model, optimizer, progress, last=False)
    assert not state.path.exists()
    now[0] = 10.0
    state.save(model, optimizer, progress, last=False)
    assert read_tensors(state.path)[1]["epoch"] == 1
    progress.record({"epoch": 2}, 0.6, model)
    state.save(model, optimizer, progress, last=True)
    assert read_tensors(state.path)[1]["epoch"] == 2


def test_clear_removes_the_file_and_half_written_ones(tmp_path: Path) -> None:
    state = TrainingState(tmp_path / "state.safetensors", "toy", 0)
    state.clear()
    run(BagOfWords(), state)
    (tmp_path / ".state.safetensors.abc.partial").touch()
    (tmp_path / "other.safetensors").touch()
    state.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["other.safetensors"]


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name, steps in KILLS.items():
        for step in steps:
            train_until_killed(Path(sys.argv[1]) / name, step)


class Warned(BagOfWords):
    """Is told in the second epoch that its process will be stopped."""

    steps = 0

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
        self.steps += self.training
        if self.training and self.steps == STEPS + 3:
            os.kill(os.getpid(), signal.SIGUSR2)
        return super().logits(batch, embeddings)


def test_a_warned_training_saves_at_once_and_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    path, seldom = tmp_path / "state.safetensors", 10**6
    listen()
    with pytest.raises(Interrupted) as stopped:
        run(Warned(), TrainingState(path, "toy", seldom))
    assert stopped.value.code == 75
    listen()
    resumed, undisturbed = BagOfWords(), BagOfWords()
    assert run(resumed, TrainingState(path, "toy", seldom)).resumed_from == 2
    run(undisturbed, TrainingState(tmp_path / "other.safetensors", "toy", seldom))
    assert equal(resumed.state_dict(), undisturbed.state_dict())


def test_tied_weights_are_saved(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    model[1].weight = model[0].weight
    optimizer = Adam([{"params": list(model.parameters()), "weight_decay": 0.0}], recipe(epochs=1), 1)
    TrainingState(tmp_path / "state", "tied", 0).save(model, optimizer, Progress(), last=True)
    tensors, _ = read_tensors(tmp_path / "state")
    assert torch.equal(tensors["model/0.weight"], tensors["model/1.weight"])
