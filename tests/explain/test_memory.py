"""Memory is nobody's concern: a budget that fits, halved where it does not, and nothing that grows with steps."""

import weakref

import pytest
import torch
from toys import Product, rows_of, split

from recursive_roar.catalog.explainers import EXPLAINERS
from recursive_roar.devices import free_memory_bytes, usual_pass_tokens
from recursive_roar.explain.budget import find_pass_tokens, kept_bytes_per_token
from recursive_roar.explain.controls import PositionPrior
from recursive_roar.explain.extract import ExplainerError, extract_importance, prepare
from recursive_roar.explain.load import load_explainer
from recursive_roar.explain.subjects import subjects

CPU = torch.device("cpu")
ROWS = [[1, *([3 + row % 5] * row), 2] for row in range(1, 12)]  # 3 to 13 tokens
MANY = {"integrated-gradient": "steps", "smoothgrad": "samples", "gradient-shap": "samples", "lime": "samples"}

OUT_OF_MEMORY = torch.OutOfMemoryError("CUDA out of memory")


class Small(Product):
    """A model on a device that holds passes of `limit` padded tokens."""

    def __init__(self, limit: int, error: RuntimeError = OUT_OF_MEMORY) -> None:
        super().__init__(torch.arange(18.0).view(9, 2) / 9, torch.eye(2))
        self.limit = limit
        self.error = error
        self.refused = 0

    def logits(self, batch, embeddings=None):
        if batch.input_ids.numel() > self.limit:
            self.refused += 1
            raise self.error
        return super().logits(batch, embeddings)


def explainer(name: str, **parameters):
    known = EXPLAINERS[name]
    return load_explainer(known.path, {**parameters, **({"seed": 0} if known.stochastic else {})})


def extracted(chosen, limit: int, rows=ROWS, error=OUT_OF_MEMORY) -> tuple[list[torch.Tensor], int]:
    model = Small(limit, error)
    chosen.prepare(model, split(ROWS))
    return rows_of(extract_importance(chosen, model, split(rows), "gold", 64, CPU)), model.refused


@pytest.mark.parametrize("name", ["gradient", "integrated-gradient", "leave-one-out", "lime", "gradient-shap"])
def test_where_memory_runs_out_passes_are_halved_and_scores_are_the_same(name) -> None:
    expected, nothing = extracted(explainer(name), 10**6)
    found, refused = extracted(explainer(name), 20)
    assert (nothing, refused) == (0, 2)  # 64, 32, 16; then it stays so
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("library", ["CUBLAS_STATUS_ALLOC_FAILED when calling", "CUDA error: out of memory"])
def test_memory_that_a_library_lacks_is_memory_too(library) -> None:
    _, refused = extracted(explainer("gradient"), 20, error=RuntimeError(library))
    assert refused == 2


def test_other_errors_of_a_model_are_its_own() -> None:
    with pytest.raises(RuntimeError, match="size of tensor"):
        extracted(explainer("gradient"), 20, error=RuntimeError("size of tensor"))


def test_the_training_split_is_explained_in_halved_passes_too() -> None:
    small, large = (PositionPrior(explainer("input-x-gradient")) for _ in range(2))
    prepare(small, Small(20), split(ROWS), 64)
    prepare(large, Small(10**6), split(ROWS), 64)
    batch = split(ROWS).batch(torch.arange(len(ROWS)))
    assert torch.equal(small(None, batch, batch.labels), large(None, batch, batch.labels))


def test_an_example_that_does_not_fit_alone_is_named() -> None:
    with pytest.raises(ExplainerError, match=r"Gradient: .* does not hold example 10 alone \(13 tokens\)"):
        extracted(explainer("gradient"), 12)


@pytest.mark.parametrize("name", MANY)
def test_memory_does_not_grow_with_steps_or_samples(name) -> None:
    """Passes are of the same size, and of the points of the path no more exist at one time."""
    few, many = (most_alive(explainer(name, **{MANY[name]: number})) for number in (10, 200))
    assert few == many


def most_alive(chosen) -> tuple[int, int]:
    """Largest pass in padded tokens, and the most inputs of the model that existed at one time."""
    points: list[weakref.ref] = []
    seen = [(0, 0)]

    class Watched(Small):
        def logits(self, batch, embeddings=None):
            points.append(weakref.ref(batch.input_ids if embeddings is None else embeddings))
            seen.append((batch.input_ids.numel(), sum(point() is not None for point in points)))
            return super().logits(batch, embeddings)

    model = Watched(10**6)
    chosen.prepare(model, split(ROWS))
    extract_importance(chosen, model, split(ROWS), "gold", 64, CPU)
    return max(size for size, _ in seen), max(alive for _, alive in seen)


def test_a_cpu_takes_what_is_fastest_whatever_is_free() -> None:
    assert free_memory_bytes(CPU) is None
    assert find_pass_tokens(Small(1), split(ROWS), CPU) == usual_pass_tokens(CPU)


def test_the_budget_is_halved_until_a_gradient_fits() -> None:
    model, data = Small(10**6), split(ROWS)
    needed = kept_bytes_per_token(model, data.batch(torch.tensor([10])))
    most = usual_pass_tokens(CPU)
    for room, expected in ((2, most), (1, most), (0.99, most // 2), (0.25, most // 4), (0.2, most // 8), (0, 1)):
        free = int(2 * needed * most * room + 1)
        assert find_pass_tokens(model, data, CPU, lambda _, free=free: free) == expected
    assert find_pass_tokens(None, data, CPU, lambda _: 1) == most  # nothing to run


@pytest.mark.parametrize("number", range(4))
def test_what_a_gradient_keeps_is_counted_once_a_token_and_without_weights(number) -> None:
    subject = subjects(EXPLAINERS["gradient"])[number]
    batch = subject.data.batch(torch.tensor([1]))
    one, two = (kept_bytes_per_token(subject.model, batch.take(torch.zeros(n).long())) for n in (40, 80))
    assert one == pytest.approx(two, rel=0.1)
    assert one >= 4 * subject.model.embedding_matrix.shape[1]
