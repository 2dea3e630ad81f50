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

from recursive_roar import saved_state
from recursive_roar.artifacts import read_tensors, write_tensors
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
    "twice within epoch 2": [1 * STEPS + 3, 4],
}
ALWAYS = float("inf")  # share of the time that may go into saving


class Counting(BagOfWords):
    """Counts its training steps."""

    steps = 0

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
        self.steps += self.training
        return super().logits(batch, embeddings)


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
def one_thread_and_a_state_after_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(saved_state, "SHARE", ALWAYS)


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
    path, model = killed / name, Counting(seed=99)
    history = run(model, TrainingState(path, "toy", 0))
    assert model.steps == EPOCHS * STEPS - sum(step - 1 for step in KILLS[name])
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
    assert "other data or with other settings" in caplog.text


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


def test_a_finished_training_is_saved_however_short(tmp_path: Path) -> None:
    state = TrainingState(tmp_path / "state.safetensors", "toy", 10**6)
    run(BagOfWords(), state)
    assert read_tensors(state.path)[1]["epoch"] == EPOCHS


if __name__ == "__main__":
    torch.set_num_threads(1)
    saved_state.SHARE = ALWAYS
    for name, steps in KILLS.items():
        for step in steps:
            train_until_killed(Path(sys.argv[1]) / name, step)


class Warned(Counting):
    """Is told in the second epoch that its process will be stopped."""

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
        if self.training and self.steps == STEPS + 2:
            os.kill(os.getpid(), signal.SIGUSR2)
        return super().logits(batch, embeddings)


def test_a_warned_training_saves_at_once_and_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    path, seldom = tmp_path / "state.safetensors", 10**6
    listen()
    warned = Warned()
    with pytest.raises(Interrupted) as stopped:
        run(warned, TrainingState(path, "toy", seldom))
    assert (stopped.value.code, warned.steps) == (75, STEPS + 3)
    listen()
    resumed, undisturbed = Counting(), BagOfWords()
    assert run(resumed, TrainingState(path, "toy", seldom)).resumed_from == 1
    assert resumed.steps == (EPOCHS - 1) * STEPS - 3
    run(undisturbed, TrainingState(tmp_path / "other.safetensors", "toy", seldom))
    assert equal(resumed.state_dict(), undisturbed.state_dict())


def test_tied_weights_are_saved(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    model[1].weight = model[0].weight
    optimizer = Adam([{"params": list(model.parameters()), "weight_decay": 0.0}], recipe(epochs=1), 1)
    TrainingState(tmp_path / "state", "tied", 0).save(model, optimizer, Progress())
    tensors, _ = read_tensors(tmp_path / "state")
    assert torch.equal(tensors["model/0.weight"], tensors["model/1.weight"])
    write_tensors(tmp_path / "weights", model.state_dict(), {})  # as those of a baseline are
    weights, _ = read_tensors(tmp_path / "weights")
    assert torch.equal(weights["0.weight"], model[0].weight)
    assert torch.equal(weights["1.weight"], model[0].weight)
