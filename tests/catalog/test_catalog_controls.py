"""What can be said of a control without importing it."""

import pytest

from recursive_roar.catalog.controls import CONTROLS, controlled
from recursive_roar.catalog.explainers import EXPLAINERS
from recursive_roar.catalog.models import FAMILIES


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_needs_of_a_model_what_its_explainer_needs(name: str) -> None:
    control = controlled(name, EXPLAINERS["attention-rollout"])
    assert control.lacks(FAMILIES["bilstm-attention"])
    assert control.lacks(FAMILIES["transformer"]) is None
    assert control.path == CONTROLS[name].path
