import sys
from pathlib import Path

import pytest

from recursive_roar.catalog.own_explainer import describe
from recursive_roar.config import load_study
from recursive_roar.explain.check import check
from recursive_roar.explain.load import DeclarationError
from recursive_roar.identity import explainer_settings
from recursive_roar.steps.explain import new_explainer

MESSAGE = "Mine: uses_labels is True, but its source was read as False; write uses_labels = True in the body"


@pytest.fixture(
    params=["    if True:\n        uses_labels = True\n", "    def __init__(self): self.uses_labels = True\n"]
)
def unread(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of a class that says where no plan looks that it uses labels."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / "mine.py"
    call = "    def __call__(self, model, batch, target): return 1.0 * batch.input_ids\n"
    file.write_text(
        f"from recursive_roar.explain.interface import Explainer\nclass Mine(Explainer):\n{request.param}{call}"
    )
    return f"{file}:Mine"


def test_a_job_refuses_a_class_that_is_not_what_the_plan_read(unread: str) -> None:
    assert not describe(unread).uses_labels
    entry = {"name": "mine", "class": unread}
    content = {"datasets": ["babi-1"], "explainers": ["random", entry], "seeds": [0], "controls": ["negated"]}
    study = load_study(content)
    for name in ("mine", "mine-negated"):
        with pytest.raises(DeclarationError, match=MESSAGE):
            new_explainer(explainer_settings(study, name), seed=0)


def test_the_check_says_so_as_well(unread: str) -> None:
    finding = next(iter(check(unread, {})))
    assert finding.passed is False
    assert MESSAGE in finding.detail
