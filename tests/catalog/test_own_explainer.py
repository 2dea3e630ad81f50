"""What a plan reads of a class outside the package, and what it refuses before any job starts."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from recursive_roar.catalog.own_class import OwnClassError
from recursive_roar.catalog.own_explainer import describe
from recursive_roar.config import ConfigurationError, load_study
from recursive_roar.digest import own_code_digest
from recursive_roar.explain.load import load_explainer
from recursive_roar.identity import explainer_settings
from recursive_roar.steps.explain import new_explainer

HEADER = "from recursive_roar.explain.interface import Explainer\n"
CALL = "    def __call__(self, model, batch, target): return 1.0 * batch.input_ids\n"
GOOD = f"""{HEADER}import torch
from helper import Base
class Mine(Base):
    stochastic = True
    def __init__(self, seed: int, top: int = 3, *, share: float, mode: "Literal['a']" = "a", other=None): self.top = top
{CALL}"""
HELPER = f"{HEADER}class Base(Explainer):\n    needs_attention: bool = True\n    signed = True\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    own_code_digest.cache_clear()
    Path("helper.py").write_text(HELPER)
    Path("mine.py").write_text(GOOD)
    yield tmp_path
    sys.modules.pop("helper", None)


def study(**entry: object):
    chosen = {"name": "mine", "class": "mine.py:Mine", "share": 0.5, **entry}
    return load_study({"datasets": ["babi-1"], "explainers": ["random", chosen], "seeds": [0]})


def written(body: str, header: str = HEADER) -> None:
    Path("mine.py").write_text(header + body)


def refused(**entry: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        study(**entry)
    _title, line = str(caught.value).splitlines()
    return line


def test_capabilities_come_from_the_class_or_where_it_inherits_them() -> None:
    known = describe("mine.py:Mine")
    assert (known.stochastic, known.needs_attention, known.needs_model, known.uses_labels) == (True, True, True, False)
    assert known.source == Path("mine.py")


def test_a_mixin_hides_nothing_of_the_class_it_is_mixed_into() -> None:
    imports = [
        "from recursive_roar.explain.attention import Attention",
        "from recursive_roar.explain.mutual_information import MutualInformation",
        "from recursive_roar.explain.smoothgrad import SmoothGrad",
    ]
    mixed = [
        "class Top(Explainer): ...",
        *(f"class Top{line.split()[-1]}(Top, {line.split()[-1]}): ..." for line in imports),
    ]
    written("\n".join([*imports, *mixed]))
    assert describe("mine.py:TopAttention").needs_attention
    assert describe("mine.py:TopMutualInformation").uses_labels
    assert describe("mine.py:TopSmoothGrad").stochastic


def test_parameters_are_the_keyword_arguments() -> None:
    chosen = study(top="4").explainer("mine")
    assert chosen.arguments == {"top": 4, "share": 0.5, "mode": "a", "other": None}


def test_a_built_in_class_can_be_built_on_and_named_by_import_path() -> None:
    written(
        "class Mine(Occlusion):\n    stochastic = False\n", "from recursive_roar.explain.occlusion import Occlusion\n"
    )
    assert describe("mine.py:Mine").parameters().model_dump() == {"window": 3, "signed": False}
    assert describe("recursive_roar.explain.lime:Lime").stochastic
    written(f"class Mine(interface.Explainer):\n{CALL}", "from recursive_roar.explain import interface\n")
    assert describe("mine:Mine").needs_model


def test_planning_loads_no_torch() -> None:
    program = "import sys; from recursive_roar.catalog.own_explainer import describe; describe('mine.py:Mine')"
    command = [sys.executable, "-c", f"{program}; print([name for name in ('torch', 'helper') if name in sys.modules])"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("path", ["mine.py:Mine", "mine:Mine"])
def test_the_class_is_loaded_with_files_beside_it(path) -> None:
    made = load_explainer(path, {"seed": 1, "share": 0.5, "top": 7})
    assert made.top == 7
    assert made.signed and made.needs_attention
    sys.modules.pop("mine", None)


def test_a_file_may_be_named_like_a_module() -> None:
    Path("torch.py").write_text(f"{HEADER}class Mine(Explainer):\n{CALL}")
    assert type(load_explainer("torch.py:Mine", {})).__name__ == "Mine"
    assert sys.modules["torch"] is torch


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"tpo": 3}, ["unknown key 'tpo'", "Allowed: mode, other, share, top", "Did you mean 'top'?"]),
        ({"top": "many"}, ["mine: top", "integer", "'many'"]),
        ({"share": None}, ["mine: share", "number"]),
        ({"seed": 3}, ["unknown key 'seed'"]),
        ({"class": "mein.py:Mine"}, ["'mein.py' is not a file", "Did you mean 'mine.py'?"]),
        ({"class": "mine.py:Mien"}, ["mine.py has no class 'Mien'", "It has: Mine", "Did you mean 'Mine'?"]),
        ({"class": "mine.py"}, ["write FILE.py:CLASS"]),
        ({"class": "no.such.module:Mine"}, ["there is no module 'no.such.module'"]),
        ({"method": "lime"}, ["either 'method' or 'class'"]),
    ],
    ids=str,
)
def test_a_wrong_entry_is_refused_in_one_line(entry, words) -> None:
    message = refused(**entry)
    for word in words:
        assert word in message


def test_a_required_argument_must_be_given() -> None:
    with pytest.raises(ConfigurationError, match="share: this key is required"):
        load_study({"datasets": ["babi-1"], "explainers": [{"name": "mine", "class": "mine.py:Mine"}], "seeds": [0]})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"class Mine:\n{CALL}", "does not derive from recursive_roar.explain.interface.Explainer"),
        (f"class Mine(Explainer):\n    needs_model = bool(0)\n{CALL}", "write needs_model as True or False"),
        ("class Mine(Explainer):\n    def __init__(self, **rest): pass\n", "must name every argument"),
        ("class Mine(Explainer):\n    def __init__(self, name): pass\n", "call its argument 'name' something else"),
        ("class Mine(Explainer):\n    def __init__(self, a=max(1, 2)): pass\n", "default of 'a' as a plain value"),
        ("class Mine(Explainer):\n    stochastic = True\n", "must take `seed`"),
        ("@dataclass\nclass Mine(Explainer):\n    top: int = 3\n", "write its __init__ out"),
        ("class Mine(Explainer:\n", "mine.py, line 2:"),
    ],
    ids=str,
)
def test_a_class_that_cannot_be_checked_is_refused(body, words) -> None:
    written(body)
    assert words in refused()
    with pytest.raises(OwnClassError):
        describe("mine.py:Mine")


@pytest.mark.parametrize("own", [True, False])
def test_gold_labels_and_the_predicted_class_do_not_go_together(own) -> None:
    written(f"class Mine(Explainer):\n    uses_labels = True\n{CALL}")
    entry = {"name": "mine", "class": "mine.py:Mine"} if own else {"name": "mine", "method": "mutual-information"}
    content = {"datasets": ["babi-1"], "explainers": [entry], "seeds": [0]}
    assert load_study(content).explainer("mine").known.uses_labels
    with pytest.raises(ConfigurationError, match="mine reads the gold labels"):
        load_study({**content, "target": "predicted"})


@pytest.mark.parametrize(("file", "changes"), [("mine.py", True), ("helper.py", True), ("other.py", False)])
def test_a_change_of_the_source_reruns(file, changes) -> None:
    Path("other.py").write_text("")
    before = explainer_settings(study(), "mine")
    Path(file).write_text(Path(file).read_text() + "# changed\n")
    own_code_digest.cache_clear()
    assert (explainer_settings(study(), "mine") != before) == changes


def test_controls_of_a_class_of_ones_own() -> None:
    def controlled():
        entry = {"name": "mine", "class": "mine.py:Mine", "share": 0.5}
        content = {"datasets": ["babi-1"], "explainers": ["random", entry], "seeds": [0], "controls": ["permuted"]}
        return load_study(content)

    known = controlled().explainer("mine-permuted").known
    assert (known.needs_attention, known.stochastic, known.path) == (
        True,
        True,
        "recursive_roar.explain.controls:Permuted",
    )
    before = explainer_settings(controlled(), "mine-permuted")
    assert type(new_explainer(before, seed=3).base).__name__ == "Mine"
    assert new_explainer(before, seed=3).seed == 3
    Path("mine.py").write_text(Path("mine.py").read_text() + "# changed\n")
    own_code_digest.cache_clear()
    assert explainer_settings(controlled(), "mine-permuted") != before
