"""Explainers beside the plain way or Captum's, on one thread: `python benchmarks/explainers.py`.

A BiLSTM on the shape of SST, and an encoder of the sizes of MiniLM on that of IMDB in subwords.

Each cell runs in a process of its own, in turn with the others. Both sides take passes of the same number of tokens and
the same number of steps or samples. `--share 0.02` takes fewer examples, to see that it runs; a GPU needs more:
`--device cuda --share 20`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import torch
from captum._utils.models.linear_model import SkLearnRidge
from captum.attr import FeatureAblation, KernelShap, LayerIntegratedGradients, Lime
from captum.attr._core.lime import get_exp_kernel_similarity_function
from record import record
from shapes import SHAPES, split, untrained
from torch import Tensor

from recursive_roar.catalog.explainers import EXPLAINERS
from recursive_roar.data.batches import Batch, Split
from recursive_roar.devices import keep_freed_memory, peak_memory_bytes, prepare_determinism, usual_pass_tokens
from recursive_roar.explain.extract import extract_importance, frozen, prepare
from recursive_roar.explain.load import load_explainer
from recursive_roar.models.interface import Classifier

METHODS: dict[str, dict[str, int]] = {
    "gradient": {},
    "integrated-gradient": {"steps": 20},
    "leave-one-out": {},
    "lime": {"samples": 100},
    "kernel-shap": {"samples": 100},
}
EXAMPLES = {
    "sst": {"gradient": 400, "integrated-gradient": 200, "leave-one-out": 400, "lime": 30, "kernel-shap": 30},
    "imdb-minilm": {"gradient": 8, "integrated-gradient": 1, "leave-one-out": 1, "lime": 1, "kernel-shap": 1},
}
OTHERS = {"gradient": "one-hot input", **dict.fromkeys(list(METHODS)[1:], "Captum")}
TARGETS = {"gradient": 20, "integrated-gradient": 1.5, "leave-one-out": 1, "lime": 1, "kernel-shap": 1}
REPEATS = 2


def tokens_of(model: Classifier) -> int:
    """Padded tokens of a pass."""
    return int(model.pass_share * usual_pass_tokens(model.embedding_matrix.device))


def ours(method: str, model: Classifier, data: Split) -> None:
    seed = {"seed": 0} if EXPLAINERS[method].stochastic else {}
    explainer = load_explainer(EXPLAINERS[method].path, {**METHODS[method], **seed})
    prepare(explainer, model, data, tokens_of(model))
    extract_importance(explainer, model, data, "gold", tokens_of(model), model.embedding_matrix.device)


def other(method: str, model: Classifier, data: Split) -> None:
    explain = {
        "gradient": by_one_hot,
        "integrated-gradient": by_captum_integrated,
        "leave-one-out": by_captum_ablation,
        "lime": by_captum_lime,
        "kernel-shap": by_captum_shap,
    }[method]
    with frozen(model):
        for _, batch in data.batches_by_length(tokens_of(model)):
            explain(model, batch.to(model.embedding_matrix.device))


def by_one_hot(model: Classifier, batch: Batch) -> None:
    """The gradient with respect to batch x tokens x vocabulary values."""
    words = len(model.embedding_matrix)
    with torch.enable_grad():
        one_hot = torch.nn.functional.one_hot(batch.input_ids, words).float().requires_grad_()
        chosen = model.logits(batch, one_hot @ model.embedding_matrix).gather(1, batch.labels[:, None]).sum()
        (gradient,) = torch.autograd.grad(chosen, one_hot)
    gradient.norm(dim=-1)


def by_captum_integrated(model: Classifier, batch: Batch) -> None:
    model.requires_grad_(True)  # Captum differentiates with respect to the layer's output
    explained = LayerIntegratedGradients(forward(model), embedding_layer(model))
    arguments = {
        "n_steps": METHODS["integrated-gradient"]["steps"],
        "method": "riemann_right",
        "internal_batch_size": len(batch.labels),
    }
    explained.attribute(batch.input_ids, torch.zeros_like(batch.input_ids), **given(batch), **arguments)


def by_captum_ablation(model: Classifier, batch: Batch) -> None:
    explained = FeatureAblation(forward(model))
    explained.attribute(batch.input_ids, baselines=model.mask_id, **given(batch))


def by_captum_lime(model: Classifier, batch: Batch) -> None:
    similarity = get_exp_kernel_similarity_function("cosine", kernel_width=0.25)
    explained = Lime(forward(model), interpretable_model=SkLearnRidge(alpha=1.0), similarity_func=similarity)
    for one in singly(batch):
        explained.attribute(one.input_ids, baselines=model.mask_id, **sampled("lime", model, one), **given(one))


def by_captum_shap(model: Classifier, batch: Batch) -> None:
    explained = KernelShap(forward(model))
    for one in singly(batch):
        explained.attribute(one.input_ids, baselines=model.mask_id, **sampled("kernel-shap", model, one), **given(one))


def embedding_layer(model: Classifier) -> torch.nn.Module:
    return next(module for module in model.modules() if isinstance(module, torch.nn.Embedding))


def forward(model: Classifier) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Logits from what Captum repeats for each copy."""

    def logits(input_ids: Tensor, lengths: Tensor, maskable: Tensor) -> Tensor:
        return model.logits(Batch(lengths, input_ids, lengths, maskable, lengths))

    return logits


def given(batch: Batch) -> dict[str, object]:
    return {"target": batch.labels, "additional_forward_args": (batch.lengths, batch.maskable)}


def sampled(method: str, model: Classifier, one: Batch) -> dict[str, object]:
    copies = max(1, tokens_of(model) // one.input_ids.shape[1])
    return {"n_samples": METHODS[method]["samples"], "perturbations_per_eval": copies}


def singly(batch: Batch) -> Iterator[Batch]:
    rows = torch.arange(len(batch.labels), device=batch.labels.device)
    yield from (batch.take(row[None]) for row in rows)


def measure(name: str, method: str, way: str, share: float, device: torch.device) -> None:
    """Print examples per second and the peak memory in MB."""
    prepare_determinism(1)
    keep_freed_memory()
    shape, explain = SHAPES[name], ours if way == "ours" else other
    examples = max(1, int(share * EXAMPLES[name][method]))
    data, model = split(shape, examples), untrained(shape).to(device)
    if device.type == "cuda":
        explain(method, model, split(shape, 1))  # starts CUDA and its libraries
    start = time.perf_counter()
    explain(method, model, data)
    if device.type == "cuda":
        torch.cuda.synchronize()
    speed = examples / (time.perf_counter() - start)
    print(json.dumps([speed, peak_memory_bytes(device) / 2**20]))


def compare(name: str, method: str, share: float, device: str) -> dict[str, object]:
    """Median speeds, largest memory, and their ratios: above 1 where ours is faster or smaller."""
    runs: dict[str, list[list[float]]] = {"ours": [], "other": []}
    for _ in range(REPEATS):
        for way, found in runs.items():
            options = ["--share", str(share), "--device", device, "--measure", name, method, way]
            command = [sys.executable, __file__, *options]
            found.append(json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout))
    speed = {way: statistics.median(speed for speed, _ in found) for way, found in runs.items()}
    memory = {way: max(memory for _, memory in found) for way, found in runs.items()}
    return {
        "shape": name,
        "explainer": method,
        "beside": OTHERS[method],
        "our_examples_per_second": speed["ours"],
        "other_examples_per_second": speed["other"],
        "times_as_fast": speed["ours"] / speed["other"],
        "target": TARGETS[method] if name == "sst" else 1,
        "our_peak_mb": memory["ours"],
        "other_peak_mb": memory["other"],
        "times_the_memory": memory["other"] / memory["ours"],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--measure", nargs=3)
    chosen = parser.parse_args()
    if chosen.measure:
        measure(*chosen.measure, chosen.share, torch.device(chosen.device))
    else:
        rows = [compare(name, method, chosen.share, chosen.device) for name in EXAMPLES for method in METHODS]
        record("explainers" if chosen.device == "cpu" else "explainers_cuda", rows, chosen.device)


if __name__ == "__main__":
    main()
