"""What makes two trainings, or two explanations, the same one."""

from dataclasses import replace

import pytest
import torch
from toys import ragged, split

from recursive_roar.data.batches import Ragged, Split
from recursive_roar.data.tokens import Tokens
from recursive_roar.splits import SPLITS
from recursive_roar.steps.fit import new_model
from recursive_roar.steps.work import work_identity

ARCHITECTURE = {"vectors": "normal", "embedding_width": 4, "hidden_width": 3}
SETTINGS = {"path": "recursive_roar.models.build", "architecture": ARCHITECTURE, "classes": 2}


def identity(rows: list[list[int]], changed_weight: float = 0.0) -> str:
    words = [str(number) for number in range(8)]
    tokens = Tokens(dict.fromkeys(SPLITS, split(rows)), words, mask_id=3, pad_id=0, label_names=["no", "yes"])
    model = new_model(SETTINGS, tokens, seed=0)
    with torch.no_grad():
        next(model.parameters())[5] += changed_weight
    return work_identity(SETTINGS, tokens, model, 0, torch.device("cpu"))


PAIRED = Split(
    torch.arange(1), ragged([[1, 5, 2]]), Ragged(torch.tensor([False, True, False]), torch.tensor([0, 3])),
    torch.tensor([0]), pair_ids=ragged([[1, 6, 2]]), text_lengths=torch.tensor([3]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "seed", "changes"),
    [
        ({"recipe": {"learning_rate": 0.1}}, 0, {}),
        ({}, 1, {}),
        ({}, 0, {"labels": torch.tensor([1])}),
        ({}, 0, {"maskable": Ragged(torch.tensor([False, False, False]), torch.tensor([0, 3]))}),
        ({}, 0, {"pair_ids": ragged([[1, 7, 2]])}),
        ({}, 0, {"text_lengths": torch.tensor([2])}),
    ],
    ids=["settings", "seed", "labels", "maskable", "partner", "text length"],
)
def test_a_state_belongs_to_everything_that_decides_its_bits(settings, seed, changes) -> None:
    def of(settings: dict, seed: int, split: Split) -> str:
        tokens = Tokens(dict.fromkeys(SPLITS, split), [], mask_id=3, pad_id=0, label_names=["no", "yes"])
        return work_identity({**SETTINGS, **settings}, tokens, None, seed, torch.device("cpu"))

    assert of(settings, seed, replace(PAIRED, **changes)) != of({}, 0, PAIRED) == of({}, 0, replace(PAIRED))


def test_a_state_belongs_to_its_tokens_and_to_the_weights_that_it_started_from() -> None:
    usual = identity([[1, 5, 6, 2]])
    assert identity([[1, 5, 6, 2]]) == usual
    assert identity([[1, 5, 3, 2]]) != usual
    assert identity([[1, 5, 6, 2]], changed_weight=0.1) != usual


def test_the_state_of_a_measure_without_a_model_belongs_to_its_tokens() -> None:
    def identity(row: list[int]) -> str:
        tokens = Tokens(dict.fromkeys(SPLITS, split([row])), [], mask_id=3, pad_id=0, label_names=["no", "yes"])
        return work_identity({}, tokens, None, 0, torch.device("cpu"))

    assert identity([1, 5, 2]) == identity([1, 5, 2]) != identity([1, 6, 2])
