"""What every explainer promises, each as a check that can fail."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import torch
from torch import Tensor

from recursive_roar.catalog.explainers import KnownExplainer
from recursive_roar.data.batches import Batch, Split
from recursive_roar.devices import peak_memory_bytes
from recursive_roar.explain.extract import extract_importance, frozen, prepare
from recursive_roar.explain.interface import Explainer
from recursive_roar.explain.planted import CAUSES, Planted, contested_split, planted_split
from recursive_roar.explain.subjects import Subject, subjects
from recursive_roar.models.interface import Classifier

CPU = torch.device("cpu")
BUDGETS = (1, 40, 1000)  # padded tokens a pass
SHAPES = ((3, 20), (9, 20), (15, 10))  # words of a text, how many texts
OTHER_LABELS = [2, 0, 1, 1, 1]  # no mere renaming of the classes
MANY_WORDS = [1, *range(5, 18), *range(5, 18), *range(5, 15), 2]  # with more subsets than an explainer tries
LARGEST_GAP = 0.02
SPECIAL = [[1, 2], [1, 3, 2], [1, 3, 3, 3, 2], [1, 4, 4, 2], [1, 3, 7, 3, 2]]


class BrokenPromiseError(Exception):
    """What an explainer did instead of what it promised."""


@dataclass(frozen=True)
class Trial:
    """An explainer on trial: how to make one from a seed, and what it says of itself."""

    make: Callable[[int], Explainer]
    known: KnownExplainer

    def subjects(self) -> list[Subject]:
        """Fresh models of every family it is defined on, with texts and with pairs."""
        return subjects(self.known)


Check = Callable[[Trial], str | None]  # what was seen; None where nothing was promised


def shape(trial: Trial) -> str | None:
    """One finite score a token."""
    for subject in trial.subjects():
        _scores(trial.make(0), subject)
    return "one finite score a token"


def special_tokens(trial: Trial) -> str | None:
    """Texts with nothing to mask, masked already, of one word or of unknown words."""
    for subject in trial.subjects():
        _scores(trial.make(0), subject.reading(SPECIAL))
    return "empty, masked and unknown words"


def batches(trial: Trial) -> str | None:
    """Neither the other examples of a batch nor the size of a pass changes a score."""
    worst = 0.0
    for subject in trial.subjects():
        *others, last = [_scores(trial.make(0), subject, tokens) for tokens in BUDGETS]
        worst = max(worst, *(_same(last, other, f"in another batch ({subject})") for other in others))
    return f"largest difference {worst:.1e}"


def padding(trial: Trial) -> str | None:
    """More padding changes no score."""
    worst = 0.0
    for subject in trial.subjects():
        batch = subject.data.batch(torch.arange(len(subject.data)))
        narrow = _called(trial, subject, batch)
        wide = _called(trial, subject, _padded(batch, 5))[:, : narrow.shape[1]]
        worst = max(worst, _same(_rows(narrow, batch), _rows(wide, batch), f"with more padding ({subject})"))
    return f"largest difference {worst:.1e}"


def seed(trial: Trial) -> str | None:
    """The same seed gives the same bits, another seed other ones where chance is declared."""
    if not all(_agree(trial, subject, 0, 0) for subject in trial.subjects()):
        raise BrokenPromiseError("the same seed gave other scores" if trial.known.stochastic else "two runs differ")
    tried = [*trial.subjects(), trial.subjects()[0].reading([MANY_WORDS])]
    if trial.known.stochastic and all(_agree(trial, subject, 0, 1) for subject in tried):
        raise BrokenPromiseError("declared stochastic, but another seed gave the same scores")
    return "same seed, same bits"


def untouched(trial: Trial) -> str | None:
    """Neither the batch nor the model is changed."""
    for subject in trial.subjects():
        batch = subject.data.batch(torch.arange(len(subject.data)))
        before = [value.clone() for value in (batch.input_ids, batch.maskable, *subject.model.parameters())]
        _called(trial, subject, batch)
        after = (batch.input_ids, batch.maskable, *subject.model.parameters())
        if not all(torch.equal(one, other) for one, other in zip(before, after, strict=True)):
            raise BrokenPromiseError(f"the batch or the model was changed ({subject})")
    return "batch and model as before"


def labels(trial: Trial) -> str | None:
    """Gold labels change nothing unless `uses_labels` says so."""
    read = [_reads_labels(trial, subject) for subject in trial.subjects()]
    if not any(read):
        return "not read"
    if not trial.known.uses_labels:
        raise BrokenPromiseError("scores change with the gold labels; explain `target`, or declare uses_labels = True")
    return "read, as declared"


def declared(trial: Trial) -> str | None:
    """What is not declared is not used: the model, its attention, the training split."""
    for subject in trial.subjects():
        found = _as_declared(trial, subject, subject.data)
        if not trial.known.needs_training_split:
            other = _as_declared(trial, subject, subject.reading(SPECIAL).data)
            if not torch.equal(found, other):
                raise BrokenPromiseError("scores change with the training split; declare needs_training_split = True")
    return "nothing else used"


def planted_cause(trial: Trial) -> str | None:
    """Where one word decides the label, it comes first, in some texts alone."""
    if not (trial.known.needs_model or trial.known.needs_training_split):
        return None
    data, cause = planted_split(), CAUSES[1]
    first = [words for words, label in zip(_first_words(trial, data), data.labels, strict=True) if label]
    alone, among = first.count({cause}), sum(cause in words for words in first)
    shared = f", beside others in {among - alone}" if alone < among else ""
    if among < len(first):
        raise BrokenPromiseError(
            f"the word that decides the label comes first in {among} of {len(first)} texts{shared}"
        )
    if not alone:
        raise BrokenPromiseError(
            "with these parameters the scores do not tell the word that decides the label from others: it shares the "
            f"highest score with them in all {among} texts"
        )
    return f"first in all {among} texts{shared}"


def target_class(trial: Trial) -> str | None:
    """Where each class has a word of its own, that of `target` comes first; attention weights may know no class."""
    if not trial.known.needs_model or _explains_no_class(trial):
        return None
    for label, cause in enumerate(CAUSES):
        first = _first_words(trial, contested_split(label))
        found = sum(words & {*CAUSES} == {cause} for words in first)
        if found < len(first):
            raise BrokenPromiseError(
                f"the word that decides for class {label} comes first in {found} of {len(first)} texts when that class "
                "is explained: the scores are not of `target`, or with these parameters do not tell words apart"
            )
    return "for either class its own word comes first"


def sums(trial: Trial) -> str | None:
    """Scores add up where that is promised: within 2 % of the largest sum of them without their signs."""
    gaps = [gap for subject in trial.subjects() if (gap := _missed_sum(trial, subject)) is not None]
    if not gaps:
        return None
    worst = float(torch.tensor(gaps).max())  # not a number if one is none
    if not worst <= LARGEST_GAP:
        raise BrokenPromiseError(
            f"sums miss what they should be by up to {worst:.1%}; where more steps bring them nearer, take more, or of "
            "integrated-gradient `form: midpoint`"
        )
    return f"within {worst:.2%}"


def cost(trial: Trial) -> str | None:
    """Examples per second and what memory grows by, on texts of 3 to 15 words; never fails."""
    rows = [[1, *range(5, 5 + words), 2] for words, texts in SHAPES for _ in range(texts)]
    subject = trial.subjects()[0].reading(rows)
    before = peak_memory_bytes(CPU)
    start = time.perf_counter()
    _scores(trial.make(0), subject)
    speed = len(rows) / (time.perf_counter() - start)
    grown = (peak_memory_bytes(CPU) - before) / 2**20
    return f"{speed:.0f} examples a second, {grown:.0f} MB more memory"


CHECKS: dict[str, Check] = {
    "shape": shape,
    "special tokens": special_tokens,
    "batches": batches,
    "padding": padding,
    "seed": seed,
    "untouched": untouched,
    "labels": labels,
    "declared": declared,
    "planted cause": planted_cause,
    "target class": target_class,
    "sums": sums,
    "cost": cost,
}


def _agree(trial: Trial, subject: Subject, *seeds: int) -> bool:
    one, other = (torch.cat(_scores(trial.make(number), subject)) for number in seeds)
    return torch.equal(one, other)


def _reads_labels(trial: Trial, subject: Subject) -> bool:
    rows, target = torch.arange(len(subject.data)), subject.data.labels
    changed = replace(subject, data=replace(subject.data, labels=torch.tensor(OTHER_LABELS)))
    found = [_called(trial, some, some.data.batch(rows), target) for some in (subject, changed)]
    maskable = subject.data.batch(rows).maskable
    return not torch.equal(found[0][maskable], found[1][maskable])


def _as_declared(trial: Trial, subject: Subject, train: Split) -> Tensor:
    """Scores of what can be masked, given the model as far as it is declared and trained on `train`."""
    explainer, model = trial.make(0), subject.model if trial.known.needs_model else None
    if model is not None:
        _refuse_undeclared(model, trial.known)
    try:
        prepare(explainer, model, train, 1000)
        found = extract_importance(explainer, model, subject.data, "gold", 1000, CPU)
    except (AttributeError, TypeError) as error:
        if model is None:
            raise BrokenPromiseError(f"fails without a model ({error}); declare needs_model = True") from None
        raise
    return found.values[subject.data.maskable.values]


def _refuse_undeclared(model: Classifier, known: KnownExplainer) -> None:
    """Let the model refuse what is not declared; a transformer's `attention` is made of its maps."""
    if not known.needs_attention:
        model.attention = _undeclared("attention")  # type: ignore[method-assign]
    if not known.needs_attention and not known.needs_attention_maps:
        model.attention_maps = _undeclared("attention_maps")  # type: ignore[method-assign]


def _undeclared(name: str) -> Callable[..., Any]:
    def refuse(*_: object) -> NoReturn:
        raise BrokenPromiseError(f"calls model.{name}; declare needs_{name} = True")

    return refuse


def _first_words(trial: Trial, data: Split) -> list[set[int]]:
    """Words with the highest score of each text, under the model with planted causes."""
    found = _planted_scores(trial, data)
    texts = data.input_ids.values[data.maskable.values].split([len(scores) for scores in found])
    return [set(words[scores == scores.max()].tolist()) for words, scores in zip(texts, found, strict=True)]


def _explains_no_class(trial: Trial) -> bool:
    """Whether scores are those of attention weights, which are the same whichever class is explained."""
    if not trial.known.needs_attention and not trial.known.needs_attention_maps:
        return False
    one, other = (torch.cat(_planted_scores(trial, contested_split(label))) for label in range(len(CAUSES)))
    return torch.equal(one, other)


def _planted_scores(trial: Trial, data: Split) -> list[Tensor]:
    return _scores(trial.make(0), Subject("planted", False, Planted(), data))


def _missed_sum(trial: Trial, subject: Subject) -> float | None:
    """Largest error of a sum, as a share of the largest sum of absolute scores; None where nothing is promised."""
    batch = subject.data.batch(torch.arange(len(subject.data)))
    with frozen(subject.model):
        expected = trial.make(0).expected_sum(subject.model, batch, batch.labels)
    if expected is None:
        return None
    found = _called(trial, subject, batch) * batch.present
    largest = torch.maximum(expected.abs().max(), found.abs().sum(1).max())
    return float((found.sum(1) - expected).abs().max() / largest.clamp(min=torch.finfo(found.dtype).tiny))


def _scores(explainer: Explainer, subject: Subject, tokens: int = 1000) -> list[Tensor]:
    """Scores of what can be masked of each example, as a study would extract them; the data train and are explained."""
    prepare(explainer, subject.model, subject.data, tokens)
    found = extract_importance(explainer, subject.model, subject.data, "gold", tokens, CPU)
    allowed = subject.data.maskable.values
    numbers = [int(row.sum()) for row in allowed.split(found.lengths.tolist())]
    return list(found.values[allowed].split(numbers))


def _called(trial: Trial, subject: Subject, batch: Batch, target: Tensor | None = None) -> Tensor:
    """Scores [batch, tokens] of a direct call, in which no label is hidden."""
    explainer = trial.make(0)
    with frozen(subject.model):
        explainer.prepare(subject.model, subject.data)
        return explainer(subject.model, batch, batch.labels if target is None else target).detach()


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
