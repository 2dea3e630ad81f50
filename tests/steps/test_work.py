"""What makes two trainings, or two explanations, the same one."""

import torch
from toys import split

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
