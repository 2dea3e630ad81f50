"""Do the tests of the explainers bite? `python tests/mutations.py` breaks each in plausible ways, one at a time.

Every line must say that a test fails. The source is patched in a temporary copy.
"""

import multiprocessing
import os
import shutil
import sys
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import captum.attr  # noqa: F401  # loaded here, once
import pytest
import sklearn.linear_model  # noqa: F401
import torch
import transformers  # noqa: F401

REPOSITORY = Path(__file__).parents[1]
FORK = multiprocessing.get_context("fork")
SLOW = ("test_check.py", "test_captum.py")


@dataclass(frozen=True)
class Mutation:
    """One mistake: in a file of `explain/`, `old` becomes `new`."""

    explainer: str
    mistake: str
    file: str
    old: str
    new: str


MUTATIONS = [
    Mutation("attention", "wrong sign", "attention", "return model", "return -model"),
    Mutation("attention", "off by one token", "attention", "(batch)\n", "(batch).roll(1, 1)\n"),
    Mutation("attention-rollout", "no residual", "attention_maps", "reached + torch", "torch"),
    Mutation("attention-rollout", "from the first layer on", "attention_maps", "reversed(layers)", "layers"),
    Mutation(
        "attention-rollout", "attending and attended swapped", "attention_maps", "layer).squeeze", "layer.mT).squeeze"
    ),
    Mutation("attention-rollout", "not halved", "attention_maps", " / 2 ** len(maps.layers)", ""),
    Mutation(
        "gradient-weighted-attention", "label swapped", "attention_maps", "target[:, None]", "1 - target[:, None] % 2"
    ),
    Mutation("gradient-weighted-attention", "negative parts kept", "attention_maps", ".clamp(min=0)", ""),
    Mutation("gradient-weighted-attention", "no attention", "attention_maps", "layer.detach() * slope", "slope"),
    Mutation("random", "seed ignored", "random", "self.seed, by_tokens", "0, by_tokens"),
    Mutation("random", "one stream for all examples", "draws", "[seed, example, *stream, ", "[seed, *stream, "),
    Mutation("gradient", "label swapped", "gradient", "target[:, None]).sum()", "1 - target[:, None] % 2).sum()"),
    Mutation("gradient", "no embedding matrix", "gradient", "((gradient @ gram) * gradient)", "(gradient * gradient)"),
    Mutation("gradient", "norm not rooted", "gradient", "self._gram).sqrt()", "self._gram)"),
    Mutation("gradient l1", "missing absolute", "gradient", ".abs_().sum(-1)", ".sum(-1)"),
    Mutation("gradient l1", "last part only", "gradient", "total += (gradient", "total = (gradient"),
    Mutation("input-x-gradient", "missing absolute", "gradient", "else scores.abs()", "else scores"),
    Mutation("input-x-gradient", "wrong sign", "gradient", "scores = (embeddings", "scores = -(embeddings"),
    Mutation("input-x-gradient", "no input", "gradient", "(embeddings * embedding_gradient", "(embedding_gradient"),
    Mutation(
        "integrated-gradient",
        "missing baseline",
        "integrated_gradient",
        "(present - origin)",
        "present",
    ),
    Mutation(
        "integrated-gradient",
        "path from zero",
        "integrated_gradient",
        "without + share * change",
        "share * present",
    ),
    Mutation(
        "integrated-gradient", "off by one step", "integrated_gradient", "range(1, self.steps + 1)", "range(self.steps)"
    ),
    Mutation(
        "integrated-gradient",
        "wrong normalisation",
        "integrated_gradient",
        ", 0).sum(-1) / self.steps",
        ", 0).sum(-1) / (self.steps + 1)",
    ),
    Mutation("integrated-gradient", "midpoints off by half", "integrated_gradient", "back = 0.5 if", "back = 1 if"),
    Mutation("integrated-gradient", "missing absolute", "integrated_gradient", "else scores.abs()", "else scores"),
    Mutation("integrated-gradient", "pad for mask", "baseline", 'if baseline == "pad"', 'if baseline == "mask"'),
    Mutation(
        "integrated-gradient",
        "average over columns",
        "baseline",
        "matrix.mean(0)",
        "matrix.mean().expand_as(matrix[0])",
    ),
    Mutation("deeplift", "missing baseline", "deeplift", "(embeddings - without) *", "embeddings *"),
    Mutation("deeplift", "missing absolute", "deeplift", "else scores.abs()", "else scores"),
    Mutation("deeplift", "label swapped", "deeplift", "target.repeat(2)[", "1 - target.repeat(2)["),
    Mutation("deeplift", "reference first", "deeplift", "[point, without]", "[without, point]"),
    Mutation("deeplift", "gradient for secant", "multipliers", "close = ~(run.abs() > CLOSE)", "close = run == run"),
    Mutation("deeplift", "plain product", "multipliers", "_middle(left)), _in", "left), _in"),
    Mutation("deeplift", "no rule for softmax", "multipliers", '"softmax": lambda', '"soft": lambda'),
    Mutation("deeplift", "dot products not scaled", "multipliers", "query.shape[-1] ** -0.5", "1.0"),
    Mutation(
        "deeplift",
        "cell not kept",
        "multipliers",
        "torch.mul, forget_gate, cell)",
        "torch.mul, forget_gate, forget_gate)",
    ),
    Mutation("smoothgrad", "no noise", "smoothgrad", "embeddings + deviation * noise", "embeddings"),
    Mutation("smoothgrad", "noise not scaled", "smoothgrad", "deviation * noise)", "noise)"),
    Mutation(
        "smoothgrad",
        "padding in the range",
        "smoothgrad",
        "padding = ~batch.present[..., None]",
        "padding = torch.zeros_like(batch.present[..., None])",
    ),
    Mutation("smoothgrad", "wrong normalisation", "smoothgrad", "target)) / self.samples", "target))"),
    Mutation(
        "smoothgrad-squared",
        "squares after the mean",
        "smoothgrad",
        "reduce(torch.add, squared) / self.samples",
        "super().__call__(model, batch, target) ** 2",
    ),
    Mutation("gradient-shap", "missing baseline", "gradient_shap", "((embeddings - absent) *", "(embeddings *"),
    Mutation("gradient-shap", "end of the path only", "gradient_shap", "absent + share *", "absent +"),
    Mutation("gradient-shap", "missing absolute", "gradient_shap", "else mean.abs()", "else mean"),
    Mutation("gradient-shap", "one stream for both draws", "gradient_shap", "sample, 1)", "0, 1)"),
    Mutation(
        "leave-one-out", "wrong sign", "occlusion", "before[rows] - masked_logits", "-before[rows] + masked_logits"
    ),
    Mutation(
        "leave-one-out",
        "label swapped",
        "masked_copies",
        "input_ids=ids), target[rows]",
        "input_ids=ids), 1 - target[rows] % 2",
    ),
    Mutation("leave-one-out", "off by one token", "occlusion", "(features.cumsum(1) - 1)", "features.cumsum(1)"),
    Mutation("leave-one-out", "rows mixed up", "masked_copies", "batch.take(rows)", "batch.take(rows.flip(0))"),
    Mutation("leave-one-out", "padding for mask", "masked_copies", "hidden, model.mask_id", "hidden, model.pad_id"),
    Mutation("leave-one-out", "masked words are words", "masked_copies", " & (batch.input_ids != model.mask_id)", ""),
    Mutation("occlusion", "missing absolute", "occlusion", "else mean.abs()", "else mean"),
    Mutation("occlusion", "sum for mean", "occlusion", "mean = total / ", "mean = total + 0 * "),
    Mutation("occlusion", "one window too few", "occlusion", "number - window + 1", "number - window"),
    Mutation("beam-search", "worst first", "beam_search", "-item[1]", "item[1]"),
    Mutation("beam-search", "last fall only", "beam_search", "score + fall)", "fall)"),
    Mutation("beam-search", "order reversed", "beam_search", "len(order), 0, -1", "1, len(order) + 1"),
    Mutation("beam-search", "beam of one", "beam_search", "[:size]", "[:1]"),
    Mutation("lime", "no whole text", "lime", "hidden[0] = 0", "hidden[0] = 1"),
    Mutation("lime", "weights not rooted", "lime", "np.sqrt(np.exp(", "(np.exp("),
    Mutation("lime", "no intercept", "lime", "kept - (weights * kept).sum(0) / weights.sum()", "1.0 * kept"),
    Mutation("lime", "hidden for kept", "surrogate", "= ~kept", "= kept"),
    Mutation("lime", "missing absolute", "surrogate", "else np.abs(scores)", "else scores"),
    Mutation("lime", "example ignored", "surrogate", "[self.seed, example]", "[self.seed, len(features)]"),
    Mutation("kernel-shap", "no kernel", "kernel_shap", "(comb(words, size) * size * (words - size))", "1"),
    Mutation("kernel-shap", "sum not kept", "kernel_shap", "share + np.linalg", "np.linalg"),
    Mutation("kernel-shap", "no ridge", "kernel_shap", "RIDGE = 1.0", "RIDGE = 1e-6"),
    Mutation(
        "kernel-shap", "a ridge beside all coalitions", "kernel_shap", "0 if _complete(kept[2:]) else RIDGE", "RIDGE"
    ),
    Mutation("kernel-shap", "uniform sizes", "kernel_shap", "1 / (sizes * (words - sizes))", "1 / (sizes * 0 + 1)"),
    Mutation("kernel-shap", "no complements", "kernel_shap", "[half, ~half]", "[half, half]"),
    Mutation(
        "mutual-information",
        "no added documents",
        "mutual_information",
        "joint = _documents(train, labels, classes) + 1",
        "joint = _documents(train, labels, classes)",
    ),
    Mutation("mutual-information", "occurrences, not texts", "mutual_information", "].unique()", "]"),
    Mutation(
        "mutual-information",
        "labels not weighted",
        "mutual_information",
        "(bits * of_label / total).sum(1)",
        "bits.mean(1)",
    ),
    Mutation("mutual-information", "natural logarithm", "mutual_information", " / math.log(2)", ""),
    Mutation("all", "gold labels shown", "extract", "replace(batch, labels=classes)", "batch"),
    Mutation(
        "all", "predicted class not explained", "extract", "else model.logits(batch).argmax(-1)", "else batch.labels"
    ),
    Mutation("all", "rest of a batch lost where memory ran out", "extract", "rows[len(part) :]", "rows[len(rows) :]"),
    Mutation("all", "budget not halved further", "budget", "while tokens > 1 and", "if tokens > 1 and"),
    Mutation("all", "weights counted as what a pass keeps", "budget", "if place not in weights", "if True"),
    Mutation("all", "budget of a pass ignored", "masked_copies", "pass_tokens // batch", "10**9 // batch"),
]


class FirstFailure:
    """Notes which test failed first."""

    name: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.name is None:
            self.name = report.nodeid

    pytest_collectreport = pytest_runtest_logreport


def first_failure(folder: Path) -> str | None:
    """Name of the first test of the explainers that fails in a copy of the project; the slow ones run last."""
    quick = [str(file) for file in sorted(folder.glob("tests/explain/test_*.py")) if file.name not in SLOW]
    return failing(folder, quick) or failing(folder, [f"{folder}/tests/explain/{name}" for name in SLOW])


def failing(folder: Path, files: list[str]) -> str | None:
    """Name of the first test of some files that fails, in a process forked for it: libraries are loaded once."""
    receiver, sender = FORK.Pipe(duplex=False)
    process = FORK.Process(target=run_tests, args=(folder, files, sender))
    process.start()
    name = receiver.recv()
    process.join()
    return name.partition("[")[0] if name else None


def run_tests(folder: Path, files: list[str], sender: Connection) -> None:
    os.chdir(folder)
    os.environ.update(PYTHONPATH=f"{folder}/src", PYTHONDONTWRITEBYTECODE="1")
    sys.dont_write_bytecode = True
    sys.path.insert(0, f"{folder}/src")
    noted = FirstFailure()
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        pytest.main([*files, "-x", "-q", "-p", "no:cacheprovider"], plugins=[noted])
    sender.send(noted.name)


def copy_project(folder: Path) -> None:
    for part in ("src", "tests"):
        shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy2(REPOSITORY / "pyproject.toml", folder)


def caught(folder: Path, mutation: Mutation) -> str | None:
    """The test that notices a mistake, None if none does."""
    file = folder / f"src/recursive_roar/explain/{mutation.file}.py"
    text = file.read_text()
    if mutation.old not in text:
        sys.exit(f"{file.name} has no {mutation.old!r}; bring the mutation '{mutation.mistake}' up to date")
    file.write_text(text.replace(mutation.old, mutation.new))
    try:
        return first_failure(folder)
    finally:
        file.write_text(text)


def main() -> int:
    """Print one line a mistake; the number of those that no test notices."""
    torch.set_num_threads(1)  # a process with threads is not safely forked
    unnoticed = 0
    with tempfile.TemporaryDirectory() as name:
        copy_project(Path(name))
        if broken := first_failure(Path(name)):
            sys.exit(f"{broken} fails without any mistake")
        print("| explainer | mistake | noticed by |\n| --- | --- | --- |", flush=True)
        for mutation in MUTATIONS:
            test = caught(Path(name), mutation)
            unnoticed += test is None
            print(f"| {mutation.explainer} | {mutation.mistake} | {test or '**nothing**'} |", flush=True)
    return unnoticed


if __name__ == "__main__":
    sys.exit(main())
