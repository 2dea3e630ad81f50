"""What every explainer promises, each as a check that can fail."""

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from recursive_roar.catalog.explainers import KnownExplainer
from recursive_roar.data.batches import Batch, Split
from recursive_roar.explain.extract import extract_importance, frozen, prepare
from recursive_roar.explain.interface import Explainer
from recursive_roar.explain.planted import CAUSE, VOCABULARY, Planted, planted_split, split_of
from recursive_roar.models.build import build_classifier
from recursive_roar.models.interface import Classifier
from recursive_roar.models.vectors import initial_vectors

CPU = torch.device("cpu")
BUDGETS = (1, 40, 1000)  # padded tokens a pass
SHAPES = ((3, 20), (9, 20), (15, 10))  # words of a text, how many texts
LONG = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]
ROWS = [[1, 5, 2], [1, *LONG, 2], [1, 6, 7, 6, 2], [1, 9, 3, 4, 18, 10, 2], [1, 8, 8, 8, 2]]
PAIRS = [[1, 6, 2], [1, 9, 4, 2], [1, 5, 2], [1, 5, 6, 9, 2], [1, 7, 2]]
LABELS = [0, 1, 2, 1, 0]
OTHER_LABELS = [2, 0, 1, 1, 1]  # no mere renaming of the classes
SPECIAL = [[1, 2], [1, 3, 2], [1, 3, 3, 3, 2], [1, 4, 4, 2], [1, 3, 7, 3, 2]]


class BrokenPromiseError(Exception):
    """What an explainer did instead of what it promised."""


@dataclass(frozen=True)
class Trial:
    """An explainer on trial: how to make one from a seed, and what it says of itself."""

    make: Callable[[int], Explainer]
    known: KnownExplainer


Check = Callable[[Trial], str | None]  # what was seen; None where nothing was promised


def shape(trial: Trial) -> str | None:
    """One finite score a token, for single texts and for pairs."""
    for paired in (False, True):
        _scores(trial.make(0), _lstm(paired), _data(paired))
    return "one finite score a token"


def special_tokens(trial: Trial) -> str | None:
    """Texts with nothing to mask, masked already, of one word or of unknown words."""
    data = split_of(SPECIAL, [0] * len(SPECIAL))
    _scores(trial.make(0), _lstm(False), data)
    return "empty, masked and unknown words"


def batches(trial: Trial) -> str | None:
    """Neither the other examples of a batch nor the size of a pass changes a score."""
    worst = 0.0
    for paired in (False, True):
        model, data = _lstm(paired), _data(paired)
        found = [_scores(trial.make(0), model, data, tokens) for tokens in BUDGETS]
        worst = max(worst, *(_same(found[-1], other, "in another batch") for other in found[:-1]))
    return f"largest difference {worst:.1e}"


def padding(trial: Trial) -> str | None:
    """More padding changes no score."""
    model, data = _lstm(False), _data(False)
    batch = data.batch(torch.arange(len(data)))
    narrow = _called(trial, model, data, batch)
    wide = _called(trial, model, data, _padded(batch, 5))[:, : narrow.shape[1]]
    gap = _same(_rows(narrow, batch), _rows(wide, batch), "with more padding")
    return f"largest difference {gap:.1e}"


def seed(trial: Trial) -> str | None:
    """The same seed gives the same bits, another seed other ones where chance is declared."""
    model, data = _lstm(False), _data(False)
    first, again, other = (torch.cat(_scores(trial.make(number), model, data)) for number in (0, 0, 1))
    if not torch.equal(first, again):
        raise BrokenPromiseError("the same seed gave other scores" if trial.known.stochastic else "two runs differ")
    if trial.known.stochastic and torch.equal(first, other):
        raise BrokenPromiseError("declared stochastic, but another seed gave the same scores")
    return "same seed, same bits"


def untouched(trial: Trial) -> str | None:
    """Neither the batch nor the model is changed."""
    model, data = _lstm(False), _data(False)
    batch = data.batch(torch.arange(len(data)))
    before = [value.clone() for value in (batch.input_ids, batch.maskable, *model.parameters())]
    _called(trial, model, data, batch)
    after = (batch.input_ids, batch.maskable, *model.parameters())
    if not all(torch.equal(one, other) for one, other in zip(before, after, strict=True)):
        raise BrokenPromiseError("the batch or the model was changed")
    return "batch and model as before"


def labels(trial: Trial) -> str | None:
    """Gold labels change nothing unless `uses_labels` says so."""
    model, data = _lstm(False), _data(False)
    changed = replace(data, labels=torch.tensor(OTHER_LABELS))
    rows = torch.arange(len(data))
    found = [_called(trial, model, some, some.batch(rows), data.labels) for some in (data, changed)]
    maskable = data.batch(rows).maskable
    if torch.equal(found[0][maskable], found[1][maskable]):
        return "not read"
    if not trial.known.uses_labels:
        raise BrokenPromiseError("scores change with the gold labels; explain `target`, or declare uses_labels = True")
    return "read, as declared"


def planted_cause(trial: Trial) -> str | None:
    """Where one word decides the label, it comes first."""
    if not trial.known.sees_masks:
        return None
    data = planted_split()
    found = _scores(trial.make(0), Planted(), data)
    caused = data.labels.nonzero()[:, 0].tolist()
    ids = [data.input_ids.padded(torch.tensor([row]))[0] for row in caused]
    hits = sum(int(words[1:-1][found[row].argmax()]) == CAUSE for row, words in zip(caused, ids, strict=True))
    if hits < len(caused):
        raise BrokenPromiseError(f"the word that decides the label comes first in {hits} of {len(caused)} texts")
    return f"first in all {len(caused)} texts"


def sums(trial: Trial) -> str | None:
    """Scores add up where that is promised: within 2 % of the largest sum, for methods that approach it."""
    model, data = _lstm(False), _data(False)
    batch = data.batch(torch.arange(len(data)))
    with frozen(model):
        expected = trial.make(0).expected_sum(model, batch, batch.labels)
    if expected is None:
        return None
    found = (_called(trial, model, data, batch) * batch.present).sum(1)
    gap = float((found - expected).abs().max() / expected.abs().max())
    if gap > 0.02:
        raise BrokenPromiseError(f"sums miss what they should be by up to {gap:.1%}")
    return f"within {gap:.2%}"


def cost(trial: Trial) -> str | None:
    """Examples per second and what memory grows by, on texts of 3 to 15 words; never fails."""
    rows = [[1, *range(5, 5 + words), 2] for words, texts in SHAPES for _ in range(texts)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    _scores(trial.make(0), _lstm(False), split_of(rows, [0] * len(rows)))
    speed = len(rows) / (time.perf_counter() - start)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return f"{speed:.0f} examples a second, {grown:.0f} MB more memory"


CHECKS: dict[str, Check] = {
    "shape": shape,
    "special tokens": special_tokens,
    "batches": batches,
    "padding": padding,
    "seed": seed,
    "untouched": untouched,
    "labels": labels,
    "planted cause": planted_cause,
    "sums": sums,
    "cost": cost,
}


def _lstm(paired: bool) -> Classifier:
    vectors = initial_vectors("normal", [str(number) for number in range(VOCABULARY)], 6, seed=0)
    return build_classifier("bilstm-attention", paired=paired, vectors=vectors, hidden_width=5, classes=3, seed=0)


def _data(paired: bool) -> Split:
    return split_of(ROWS, LABELS, PAIRS if paired else None)


def _scores(explainer: Explainer, model: Classifier, data: Split, tokens: int = 1000) -> list[Tensor]:
    """Scores of what can be masked of each example, as a study would extract them; `data` is the training split too."""
    prepare(explainer, model, data, tokens)
    found = extract_importance(explainer, model, data, "gold", tokens, CPU)
    numbers = [int(row.sum()) for row in data.maskable.values.split(found.lengths.tolist())]
    return list(found.values[data.maskable.values].split(numbers))


def _called(trial: Trial, model: Classifier, data: Split, batch: Batch, target: Tensor | None = None) -> Tensor:
    """Scores [batch, tokens] of a direct call, in which no label is hidden."""
    explainer = trial.make(0)
    with frozen(model):
        explainer.prepare(model, data)
        return explainer(model, batch, batch.labels if target is None else target).detach()


def _rows(scores: Tensor, batch: Batch) -> list[Tensor]:
    """Scores of what can be masked, by example."""
    return [row[allowed] for row, allowed in zip(scores, batch.maskable, strict=True)]


def _padded(batch: Batch, more: int) -> Batch:
    wider = {name: torch.nn.functional.pad(getattr(batch, name), (0, more)) for name in ("input_ids", "maskable")}
    return replace(batch, **wider)


def _same(ones: Sequence[Tensor], others: Sequence[Tensor], where: str) -> float:
    """Largest difference; refused when above what rounding explains."""
    scale = max(float(one.abs().max()) for one in ones)
    gaps = [float((one - other).abs().max()) for one, other in zip(ones, others, strict=True)]
    if max(gaps) > 1e-6 + 1e-4 * scale:
        example = gaps.index(max(gaps))
        raise BrokenPromiseError(f"scores of example {example} differ by {max(gaps):.2g} {where}")
    return max(gaps)
