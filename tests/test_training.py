"""The training loop, on a bag of words that takes milliseconds."""

import os
import platform
import resource
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from recursive_roar import training
from recursive_roar.config.recipe import Recipe
from recursive_roar.data.batches import Batch, Ragged, Split
from recursive_roar.devices import (
    DeviceError,
    choose_device,
    describe_device,
    keep_freed_memory,
    peak_memory_bytes,
    prepare_determinism,
    return_freed_memory,
)
from recursive_roar.models.interface import Classifier
from recursive_roar.optimizer import Adam
from recursive_roar.training import TrainingError, predict, train

CPU = torch.device("cpu")
VOCABULARY = 12


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


class BagOfWords(Classifier):
    """Mean of the embeddings, dropout, a linear layer."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embedding = nn.Embedding(VOCABULARY, 8)
        self.dropout = nn.Dropout(0.3)
        self.output = nn.Linear(8, 2)

    def embed(self, input_ids: Tensor) -> Tensor:
        return self.embedding(input_ids)

    @property
    def embedding_matrix(self) -> Tensor:
        return self.embedding.weight

    def parameter_groups(self, weight_decay: float) -> list[dict[str, Any]]:
        return [
            {"params": [self.embedding.weight], "weight_decay": weight_decay},
            {"params": list(self.output.parameters()), "weight_decay": 0.0},
        ]

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
        vectors = self.embed(batch.input_ids) if embeddings is None else embeddings
        total = (vectors * batch.present[..., None]).sum(1)
        return self.output(self.dropout(total / batch.lengths[:, None]))


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def toy_split(examples: int, seed: int) -> Split:
    """Texts of 1 to 6 words; the label is 1 exactly if words are from the upper half of the vocabulary."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(examples) % 2
    lengths = torch.randint(1, 7, (examples,), generator=generator)
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)])
    half = VOCABULARY // 2
    words = torch.randint(1, half, (int(lengths.sum()),), generator=generator)
    words += half * labels.repeat_interleave(lengths)
    maskable = Ragged(torch.ones(len(words), dtype=torch.bool), offsets)
    return Split(torch.arange(examples), Ragged(words, offsets), maskable, labels)


def recipe(**changes: Any) -> Recipe:
    values = {"batch_size": 8, "epochs": 4, "learning_rate": 0.01, "weight_decay": 1e-5, "select": "accuracy"}
    return Recipe(**{**values, **changes})


TRAIN, VALIDATION = toy_split(60, seed=1), toy_split(30, seed=2)


def weights_after(seed: int, **changes: Any) -> dict[str, Tensor]:
    model = BagOfWords()
    train(model, TRAIN, VALIDATION, recipe(**changes), seed, CPU)
    return model.state_dict()


def equal(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    """Same names, same bits."""
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_learns_a_trivial_task() -> None:
    model = BagOfWords()
    history = train(model, TRAIN, VALIDATION, recipe(epochs=15, learning_rate=0.05), 0, CPU)
    test = toy_split(40, seed=3)
    assert (predict(model, test, 7, CPU).argmax(-1) == test.labels).all()
    assert history.epochs[-1]["train_loss"] < history.epochs[0]["train_loss"] / 5
    assert history.epochs[history.best_epoch - 1]["validation_accuracy"] == 1.0


def test_same_seed_same_bits_whatever_happened_before() -> None:
    first = weights_after(5)
    torch.rand(17)
    assert equal(first, weights_after(5))


def test_another_seed_gives_other_weights_from_the_same_start() -> None:
    assert not equal(weights_after(5), weights_after(6))


def test_one_step_is_that_of_adam_on_the_mean_loss() -> None:
    model, reference = BagOfWords(), BagOfWords()
    model.dropout.p = reference.dropout.p = 0.0
    train(model, TRAIN, VALIDATION, recipe(batch_size=60, epochs=1, weight_decay=0.5), 0, CPU)
    batch = TRAIN.batch(torch.arange(60))
    loss = -torch.log_softmax(reference.logits(batch), -1)[torch.arange(60), TRAIN.labels].mean()
    loss.backward()
    gradients = {name: parameter.grad for name, parameter in reference.named_parameters()}
    gradients["embedding.weight"] += 0.5 * reference.embedding.weight.detach()
    for name, parameter in reference.named_parameters():
        # The first step of Adam is the gradient over its own magnitude.
        step = gradients[name] / (gradients[name].abs() + 1e-8)
        torch.testing.assert_close(model.get_parameter(name), parameter.detach() - 0.01 * step)


def test_history_records_every_epoch() -> None:
    history = train(BagOfWords(), TRAIN, VALIDATION, recipe(epochs=3, select="auroc"), 0, CPU)
    assert [record["epoch"] for record in history.epochs] == [1, 2, 3]
    assert all(set(record) == {"epoch", "train_loss", "validation_auroc", "seconds"} for record in history.epochs)
    assert history.resumed_from is None


def test_train_loss_is_the_mean_over_examples_and_not_over_batches() -> None:
    model = BagOfWords()
    model.dropout.p = 0.0
    labels = TRAIN.labels
    with torch.no_grad():
        expected = nn.functional.cross_entropy(predict(model, TRAIN, 60, CPU), labels).item()
    # So slow that the weights stay where they are; the last batch holds 60 - 47 examples.
    history = train(model, TRAIN, VALIDATION, recipe(batch_size=47, epochs=1, learning_rate=1e-12), 0, CPU)
    assert history.epochs[0]["train_loss"] == pytest.approx(expected, rel=1e-5)


def test_the_schedule_spans_the_whole_training(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(training, "Adam", lambda *arguments: made.append(Adam(*arguments)) or made[0])
    train(BagOfWords(), TRAIN, VALIDATION, recipe(batch_size=8, epochs=4), 0, CPU)
    assert (len(TRAIN), made[0].total_steps, int(made[0].steps_done)) == (60, 32, 32)


def test_the_best_epoch_is_looked_for_on_the_validation_split(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(training, "measure", lambda name, logits, labels: seen.append(labels) or 0.5)
    train(BagOfWords(), TRAIN, VALIDATION, recipe(epochs=1), 0, CPU)
    assert torch.equal(seen[0], VALIDATION.labels)


@pytest.mark.parametrize(
    ("values", "best"), [([0.5, 0.9, 0.9, 0.2], 2), ([0.7, 0.7, 0.7, 0.7], 1), ([0.1, 0.2, 0.3, 0.4], 4)]
)
def test_keeps_the_weights_of_the_first_best_epoch(
    monkeypatch: pytest.MonkeyPatch, values: list[float], best: int
) -> None:
    replies = iter(values)
    monkeypatch.setattr(training, "measure", lambda name, logits, labels: next(replies))
    model = BagOfWords()
    history = train(model, TRAIN, VALIDATION, recipe(), 3, CPU)
    assert (history.best_epoch, len(history.epochs)) == (best, 4)
    monkeypatch.setattr(training, "measure", lambda name, logits, labels: float(next(rising)))
    rising = iter(range(10))
    assert equal(model.state_dict(), weights_after(3, epochs=best))


def test_order_of_batches_differs_between_epochs_and_depends_on_the_seed() -> None:
    orders = [
        torch.cat([batch.example_ids for batch in TRAIN.shuffled_batches(8, training._seeded(seed, epoch))]).tolist()
        for seed, epoch in [(0, 1), (0, 2), (1, 1), (0, 1)]
    ]
    assert orders[0] == orders[3]
    assert orders[0] != orders[1] != orders[2] != orders[0]


def test_every_example_is_in_one_batch_with_others_of_its_length() -> None:
    lengths = torch.randint(1, 60, (500,), generator=torch.Generator().manual_seed(0))
    tokens = Ragged(
        torch.ones(int(lengths.sum()), dtype=torch.int64),
        torch.cat([torch.zeros(1, dtype=torch.int64), lengths.cumsum(0)]),
    )
    split = Split(torch.arange(500), tokens, Ragged(tokens.values.bool(), tokens.offsets), torch.zeros(500))
    batches = list(split.shuffled_batches(10, torch.Generator().manual_seed(0)))
    assert sorted(torch.cat([batch.example_ids for batch in batches]).tolist()) == list(range(500))
    assert sum(batch.input_ids.numel() for batch in batches) < 1.1 * int(lengths.sum())
    firsts = [int(batch.lengths[0]) for batch in batches]
    assert firsts != sorted(firsts)


def test_ends_in_evaluation_mode() -> None:
    model = BagOfWords()
    train(model, TRAIN, VALIDATION, recipe(epochs=1), 0, CPU)
    assert not model.training


def test_holds_no_gradients_while_what_follows_needs_memory() -> None:
    model = BagOfWords()
    train(model, TRAIN, VALIDATION, recipe(epochs=1), 0, CPU)
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries decide for themselves")
def test_memory_of_freed_tensors_goes_back_to_the_system() -> None:
    keep_freed_memory()
    pieces = [torch.ones(2**22) for _ in range(4)]  # 16 MB each
    held = resident_bytes()
    del pieces
    assert held - resident_bytes() < 16 * 2**20
    return_freed_memory()
    assert held - resident_bytes() > 48 * 2**20


def test_divergence_names_the_epoch_and_a_smaller_learning_rate() -> None:
    class Diverging(BagOfWords):
        calls = 0

        def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
            self.calls += self.training
            return super().logits(batch, embeddings) * (float("inf") if self.calls == 10 else 1)

    # 60 examples in batches of 8 are 8 steps, so step 10 lies in epoch 2.
    with pytest.raises(TrainingError, match="epoch 2 of 4.*smaller learning_rate.*try 0.001"):
        train(Diverging(), TRAIN, VALIDATION, recipe(), 0, CPU)


def test_an_empty_split_is_named() -> None:
    with pytest.raises(TrainingError, match="validation split has no examples"):
        train(BagOfWords(), TRAIN, toy_split(0, seed=0), recipe(), 0, CPU)


@pytest.mark.parametrize("pass_tokens", [1, 30, 400, 10_000])
def test_predictions_keep_the_order_of_the_split(pass_tokens: int) -> None:
    model = BagOfWords()
    one_by_one = torch.cat([model.eval().logits(TRAIN.batch(torch.tensor([row]))) for row in range(len(TRAIN))])
    torch.testing.assert_close(predict(model.train(), TRAIN, pass_tokens, CPU), one_by_one.detach())


class Small(BagOfWords):
    """A model on a device that holds passes of `limit` padded tokens; `passes` are the sizes that were tried."""

    def __init__(self, limit: int, error: RuntimeError) -> None:
        super().__init__()
        self.limit, self.error = limit, error
        self.passes: list[int] = []

    def logits(self, batch: Batch, embeddings: Tensor | None = None) -> Tensor:
        self.passes.append(batch.input_ids.numel())
        if self.passes[-1] > self.limit:
            raise self.error
        return super().logits(batch, embeddings)


OUT_OF_MEMORY = torch.OutOfMemoryError("CUDA out of memory")


def test_where_memory_runs_out_predicting_takes_smaller_passes(caplog) -> None:
    small = Small(20, OUT_OF_MEMORY)
    torch.testing.assert_close(predict(small, TRAIN, 100, CPU), predict(BagOfWords(), TRAIN, 100, CPU))
    assert sum(size > 20 for size in small.passes) == 3  # of 100, 50 and 25 tokens
    assert "passes of 12 tokens" in caplog.text


def test_a_text_that_memory_does_not_hold_alone_ends_predicting() -> None:
    with pytest.raises(TrainingError, match="a text of up to 6 tokens alone"):
        predict(Small(5, OUT_OF_MEMORY), TRAIN, 100, CPU)


def test_other_errors_of_predicting_are_the_models_own() -> None:
    small = Small(20, RuntimeError("size of tensor"))
    with pytest.raises(RuntimeError, match="size of tensor"):
        predict(small, TRAIN, 100, CPU)
    assert len(small.passes) == 1


def test_a_batch_that_memory_does_not_hold_is_explained() -> None:
    with pytest.raises(TrainingError, match="batch of 8 texts of up to .* tokens.*smaller batch_size .*it is 8"):
        train(Small(5, OUT_OF_MEMORY), TRAIN, VALIDATION, recipe(), 0, CPU)
    with pytest.raises(RuntimeError, match="size of tensor"):
        train(Small(5, RuntimeError("size of tensor")), TRAIN, VALIDATION, recipe(), 0, CPU)


def test_devices_on_a_machine_without_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == CPU
    assert describe_device(CPU).startswith("cpu: ")
    assert peak_memory_bytes(CPU) > 2**20
    with pytest.raises(DeviceError, match="'cuda' cannot be used.*device: cpu"):
        choose_device("cuda")


def test_a_gpu_that_pytorch_does_not_see_is_said(monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert choose_device("auto") == CPU
    assert not caplog.text
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    assert choose_device("auto") == CPU
    assert "given GPU 3, but PyTorch sees no CUDA device" in caplog.text


@pytest.mark.parametrize(
    "message",
    ["CUDA error: out of memory", "CUDA-capable device(s) is/are busy or unavailable", "CUBLAS_STATUS_ALLOC_FAILED"],
)
def test_a_gpu_that_others_fill_is_no_reason_for_the_cpu(monkeypatch: pytest.MonkeyPatch, message) -> None:
    with pytest.raises(DeviceError, match="others use it"):
        _choose_with_failing_kernel(monkeypatch, message)


def test_a_gpu_too_old_for_this_pytorch_leaves_the_cpu(monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    assert _choose_with_failing_kernel(monkeypatch, "CUDA error: no kernel image is available\nmore") == CPU
    assert "cannot be used (CUDA error: no kernel image is available)" in caplog.text


def _choose_with_failing_kernel(monkeypatch: pytest.MonkeyPatch, message: str) -> torch.device:
    def fail(*sizes: int, device: str) -> None:
        raise RuntimeError(message)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "ones", fail)
    return choose_device("auto")


def test_operations_are_deterministic_and_threads_those_of_the_job() -> None:
    code = (
        "import numpy, os, threadpoolctl, torch\n"
        "from recursive_roar.devices import prepare_determinism\n"
        "prepare_determinism(2)\n"
        "blas = [pool['num_threads'] for pool in threadpoolctl.threadpool_info() if pool['user_api'] == 'blas']\n"
        "print(torch.get_deterministic_debug_mode(), torch.get_num_threads(), os.environ['CUBLAS_WORKSPACE_CONFIG'])\n"
        "print(set(blas))"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.splitlines() == ["2 2 :4096:8", "{2}"]


def test_gpus_multiply_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    torch.backends.cuda.matmul.allow_tf32 = True
    monkeypatch.setattr(torch, "set_deterministic_debug_mode", lambda mode: None)
    prepare_determinism(1)
    assert torch.backends.cudnn.allow_tf32 is torch.backends.cuda.matmul.allow_tf32 is False


@pytest.mark.parametrize(
    ("driver", "description"),
    [
        (None, "cuda: NVIDIA A100"),
        (
            SimpleNamespace(nvmlInit=int, nvmlSystemGetDriverVersion=lambda: "580.65"),
            "cuda: NVIDIA A100, driver 580.65",
        ),
    ],
)
def test_the_driver_is_named_where_it_can_be_asked(monkeypatch: pytest.MonkeyPatch, driver, description: str) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", driver)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA A100")
    assert describe_device(torch.device("cuda")) == description
