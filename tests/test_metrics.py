"""Measures against hand-computed values and scikit-learn."""

from typing import get_args

import pytest
import torch
from sklearn import metrics as sklearn_metrics

from recursive_roar.config.dataset import Dataset
from recursive_roar.errors import UserError
from recursive_roar.metrics import MEASURES, MetricError, every_measure, measure, performances


def binary(scores: list[float]) -> torch.Tensor:
    """Logits whose difference is the score."""
    return torch.tensor([[0.0, score] for score in scores])


def one_hot(predicted: list[int], classes: int) -> torch.Tensor:
    return torch.nn.functional.one_hot(torch.tensor(predicted), classes).float()


def test_a_run_is_measured_by_every_metric_that_a_dataset_may_have() -> None:
    values = performances(one_hot([0, 1, 1, 1], 2), torch.tensor([0, 0, 1, 1]))
    assert values == {"accuracy": 0.75, "macro-f1": pytest.approx((2 / 3 + 4 / 5) / 2)}
    assert set(values) == set(get_args(Dataset.model_fields["metric"].annotation))


def test_accuracy_by_hand() -> None:
    assert measure("accuracy", one_hot([0, 1, 2, 2], 3), torch.tensor([0, 1, 2, 0])) == 0.75


def test_macro_f1_by_hand() -> None:
    # Class 0: precision 1, recall 1/2, F1 2/3; class 1: precision 2/3, recall 1, F1 4/5.
    value = measure("macro-f1", one_hot([0, 1, 1, 1], 2), torch.tensor([0, 0, 1, 1]))
    assert value == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_macro_f1_leaves_out_classes_that_do_not_occur_but_counts_wrongly_predicted_ones() -> None:
    labels = torch.tensor([0, 0])
    assert measure("macro-f1", one_hot([0, 0], 4), labels) == 1.0
    assert measure("macro-f1", one_hot([0, 3], 4), labels) == pytest.approx((2 / 3 + 0) / 2)


@pytest.mark.parametrize(("classes", "undefined"), [(2, []), (3, ["auroc"])])
def test_every_measure_at_once(classes: int, undefined: list[str]) -> None:
    logits, labels = torch.rand(20, classes, generator=torch.Generator().manual_seed(0)), torch.arange(20) % classes
    values = every_measure(logits.double().numpy(), labels.numpy())
    assert values == {name: None if name in undefined else measure(name, logits, labels) for name in MEASURES}


def test_no_measure_of_what_is_not_finite() -> None:
    logits = torch.tensor([[1.0, float("nan")], [0.0, 1.0]]).double().numpy()
    assert set(every_measure(logits, torch.tensor([0, 1]).numpy()).values()) == {None}


def test_auroc_by_hand() -> None:
    # Of the four pairs, (2 > 1), (2 > 0), (0.5 > 0) are in order and (0.5 > 1) is not.
    assert measure("auroc", binary([1.0, 0.0, 2.0, 0.5]), torch.tensor([0, 0, 1, 1])) == 0.75


def test_auroc_counts_a_tie_as_one_half() -> None:
    assert measure("auroc", binary([1.0, 1.0]), torch.tensor([0, 1])) == 0.5
    assert measure("auroc", binary([0.0, 1.0, 1.0, 2.0]), torch.tensor([0, 0, 1, 1])) == 0.875


def test_auroc_uses_the_difference_of_both_logits() -> None:
    logits = torch.tensor([[9.0, 5.0], [0.0, 1.0]])
    assert measure("auroc", logits, torch.tensor([0, 1])) == 1.0


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_scikit_learn_with_ties_and_missing_classes(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    examples, classes = 3 + 5 * seed, 2 + seed % 4
    logits = torch.randint(-3, 4, (examples, classes), generator=generator).float()
    labels = torch.randint(classes, (examples,), generator=generator)
    predicted = logits.argmax(-1)
    assert measure("accuracy", logits, labels) == pytest.approx(sklearn_metrics.accuracy_score(labels, predicted))
    expected = sklearn_metrics.f1_score(labels, predicted, average="macro")
    assert measure("macro-f1", logits, labels) == pytest.approx(expected)


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_auroc_agrees_with_scikit_learn(levels: int) -> None:
    generator = torch.Generator().manual_seed(levels)
    scores = torch.randint(levels, (200,), generator=generator).float()
    labels = torch.randint(2, (200,), generator=generator)
    expected = sklearn_metrics.roc_auc_score(labels, scores)
    assert measure("auroc", binary(scores.tolist()), labels) == pytest.approx(expected)


@pytest.mark.parametrize("only", [0, 1])
def test_auroc_of_one_class_says_what_to_change(only: int) -> None:
    with pytest.raises(MetricError, match=f"all 3 labels of the split are class {only}.*select: accuracy"):
        measure("auroc", binary([1.0, 2.0, 3.0]), torch.full((3,), only))


def test_auroc_of_three_classes_is_refused() -> None:
    with pytest.raises(MetricError, match="2 classes, but the model has 3"):
        measure("auroc", torch.zeros(2, 3), torch.tensor([0, 1]))


def test_an_unknown_measure_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match="Did you mean 'auroc'"):
        measure("auroch", binary([1.0]), torch.tensor([1]))


@pytest.mark.parametrize("name", ["accuracy", "macro-f1", "auroc"])
def test_never_nan(name: str) -> None:
    with pytest.raises(MetricError, match="not finite"):
        measure(name, binary([float("nan"), 1.0]), torch.tensor([0, 1]))
    with pytest.raises(MetricError, match="at least one example"):
        measure(name, torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64))
