"""Explanations that are stopped and go on."""

import os
import signal
from pathlib import Path

import pytest
import torch
from toys import Product, split

from recursive_roar import saved_state
from recursive_roar.explain.controls import PositionPrior
from recursive_roar.explain.explaining_state import ExplainingState
from recursive_roar.explain.extract import extract_importance, prepare
from recursive_roar.explain.interface import Explainer
from recursive_roar.interruption import Interrupted, listen

CPU = torch.device("cpu")
ROWS = [[1, 3, 4, 5, 2], [1, 6, 2], [1, 7, 8, 2], [1, 9, 2]]
ONE = 1  # padded tokens of a pass: one example each, the shortest first


class TokenIds(Explainer):
    """Counts its examples; at one of them it may fail, or its process is told that it will be stopped."""

    def __init__(self, fails_at: int | None = None, warned_at: int | None = None) -> None:
        self.fails_at = fails_at
        self.warned_at = warned_at
        self.seen: list[int] = []

    def __call__(self, model, batch, target) -> torch.Tensor:
        (example,) = batch.example_ids.tolist()
        if example == self.fails_at:
            raise RuntimeError("broken explainer")
        if example == self.warned_at:
            os.kill(os.getpid(), signal.SIGUSR2)
        self.seen.append(example)
        return batch.input_ids + 0.5


def extracted(explainer: Explainer, state: ExplainingState | None, rows=ROWS) -> list[float]:
    return extract_importance(explainer, None, split(rows), "gold", ONE, CPU, state).values.tolist()


@pytest.fixture(autouse=True)
def a_state_after_each_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_state, "SHARE", float("inf"))
    listen()


def test_a_failed_extraction_goes_on_after_its_last_batch(tmp_path: Path) -> None:
    state, expected = ExplainingState(tmp_path / "state", "toy", 0), extracted(TokenIds(), None)
    with pytest.raises(RuntimeError):
        extracted(TokenIds(fails_at=2), state)
    rest = TokenIds()
    assert extracted(rest, ExplainingState(tmp_path / "state", "toy", 0)) == expected
    assert rest.seen == [2, 0]
    again = TokenIds()
    assert extracted(again, state) == expected
    assert again.seen == []


def test_a_warned_extraction_saves_at_once(tmp_path: Path) -> None:
    state, explainer = ExplainingState(tmp_path / "state", "toy", 10**6), TokenIds(warned_at=3)
    with pytest.raises(Interrupted) as stopped:
        extracted(explainer, state)
    assert (stopped.value.code, explainer.seen) == (75, [1, 3])
    listen()
    rest = TokenIds()
    assert extracted(rest, state) == extracted(TokenIds(), None)
    assert rest.seen == [2, 0]


def test_a_prior_of_places_goes_on_within_the_training_split(tmp_path: Path) -> None:
    def prior(base: Explainer, state: ExplainingState | None = None) -> torch.Tensor:
        control, data = PositionPrior(base), split(ROWS)
        prepare(control, Product(torch.ones(10, 2), torch.eye(2)), data, ONE, state)
        return control(None, data.batch(torch.arange(4)), data.labels)  # type: ignore[arg-type]

    state = ExplainingState(tmp_path / "state", "toy", 10**6)
    with pytest.raises(Interrupted):
        prior(TokenIds(warned_at=3), state)
    listen()
    rest = TokenIds()
    assert torch.equal(prior(rest, state), prior(TokenIds()))
    assert rest.seen == [2, 0]


def test_a_state_of_another_explanation_is_ignored(tmp_path: Path) -> None:
    extracted(TokenIds(), ExplainingState(tmp_path / "state", "toy", 0))
    other = TokenIds()
    extracted(other, ExplainingState(tmp_path / "state", "another", 0))
    assert other.seen == [1, 3, 2, 0]
