"""The checks an author runs: every built-in explainer passes them, and each catches what it is there for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from recursive_roar.catalog.explainers import EXPLAINERS
from recursive_roar.catalog.models import FAMILIES
from recursive_roar.catalog.own_explainer import describe
from recursive_roar.explain.check import check, main
from recursive_roar.explain.load import load_explainer
from recursive_roar.explain.promises import CHECKS, BrokenPromiseError, Trial
from recursive_roar.explain.subjects import subjects

QUICK = {
    "integrated-gradient": [{"steps": 6}, {"steps": 10, "form": "midpoint", "signed": True}],
    "gradient": [{"norm": "l1"}, {"norm": "l2"}],
    "input-x-gradient": [{"signed": True}],
    "smoothgrad": [{"samples": 8}],
    "smoothgrad-squared": [{"samples": 8}],
    "gradient-shap": [{"samples": 15}],
    "leave-one-out": [{}, {"signed": True}],
    "occlusion": [{}, {"signed": True, "window": 2}],
    "beam-search": [{"size": 2}],
    "lime": [{"samples": 60}],
    "kernel-shap": [{"samples": 60, "signed": True}],
}
HEADER = """
import torch
from recursive_roar.explain.gradient import embedding_gradient
from recursive_roar.explain.interface import Explainer

class Good(Explainer):
    def __call__(self, model, batch, target):
        embeddings = model.embed(batch.input_ids)
        return (embeddings * embedding_gradient(model, batch, target, embeddings)).sum(-1).abs()

class Broken(Good):
"""
BROKEN = {
    "shape": "    def __call__(self, *given): return super().__call__(*given)[:, 1:]",
    "special tokens": "    def __call__(self, model, batch, target):\n"
    "        return super().__call__(model, batch, target) / (batch.input_ids != 4).all(1, keepdim=True)",
    "batches": "    def __call__(self, *given):\n"
    "        scores = super().__call__(*given)\n        return scores - scores.mean()",
    "padding": "    def __call__(self, *given):\n"
    "        scores = super().__call__(*given)\n        return scores + scores.shape[1]",
    "seed": "    def __call__(self, *given): return super().__call__(*given) + torch.rand(1)",
    "untouched": "    def __call__(self, model, batch, target):\n"
    "        scores = super().__call__(model, batch, target)\n        batch.input_ids[:, 1] = 5\n        return scores",
    "labels": "    def __call__(self, model, batch, target): return super().__call__(model, batch, batch.labels)",
    "declared": "    needs_model = False",
    "planted cause": "    def __call__(self, *given): return -super().__call__(*given)",
    "target class": "    def __call__(self, model, batch, target):\n"
    "        return super().__call__(model, batch, torch.ones_like(target))",
    "sums": "    def expected_sum(self, model, batch, target): return torch.ones(len(target))",
}
UNDECLARED = {
    "needs_model": "",
    "needs_attention": "    def __call__(self, model, batch, target): return model.attention(batch)",
    "needs_attention_maps": "    def __call__(self, model, batch, target):\n"
    "        return model.attention_maps(batch, model.embed(batch.input_ids)).readout",
    "needs_training_split": "    needs_model = False\n"
    "    def prepare(self, model, train): self.number = train.input_ids.values.bincount(minlength=20)\n"
    "    def __call__(self, model, batch, target): return 1 / (1 + self.number[batch.input_ids])",
}
OF_TRAINING_TEXTS = """    def prepare(self, model, train): self.number = train.input_ids.values.bincount(minlength=20)
    def __call__(self, model, batch, target):
        return super().__call__(model, batch, target) / (1 + self.number[batch.input_ids])
"""
OF_ANOTHER_CLASS = [
    "torch.zeros_like(target)",
    "torch.full_like(target, model.logits(batch).shape[1] - 1)",
    "1 - target",
]
OF_ALL_LOGITS = """    def __call__(self, model, batch, target):
        classes = range(model.logits(batch).shape[1])
        return sum(super(Broken, self).__call__(model, batch, torch.full_like(target, label)) for label in classes)
"""
OF_PROBABILITY = """    def __call__(self, model, batch, target):
        embeddings = model.embed(batch.input_ids).detach().requires_grad_()
        with torch.enable_grad():
            chosen = model.logits(batch, embeddings).softmax(1).gather(1, target[:, None]).sum()
            (gradient,) = torch.autograd.grad(chosen, embeddings)
        return (embeddings * gradient).sum(-1).abs()
"""
SEEDED = """    stochastic = True
    def __init__(self, seed: int): self.seed = seed
    def __call__(self, model, batch, target):
        drawn = self.seed * (batch.lengths > {words})[:, None]
        return super().__call__(model, batch, target) * (1 + drawn)
"""
CENTRED = """    def __call__(self, model, batch, target):
        scores = super().__call__(model, batch, target) * batch.present
        return (scores - scores.sum(1, keepdim=True) / batch.lengths[:, None]) * batch.present
    def expected_sum(self, model, batch, target): return torch.zeros(len(target))
"""


@pytest.mark.parametrize(
    ("name", "parameters"), [(name, chosen) for name in EXPLAINERS for chosen in QUICK.get(name, [{}])], ids=str
)
def test_every_explainer_of_the_catalog_keeps_its_promises(name, parameters) -> None:
    failed = [str(finding) for finding in check(name, parameters) if finding.passed is False]
    assert failed == []


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("integrated-gradient", {"steps": 200, "baseline": "mask"}), ("kernel-shap", {"seed": 0})],
    ids=["integrated-gradient", "kernel-shap"],
)
def test_sums_are_checked_where_they_are_promised(name, parameters) -> None:
    known = EXPLAINERS[name]
    for signed in (True, False):
        trial = Trial(lambda _, signed=signed: load_explainer(known.path, {**parameters, "signed": signed}), known)
        assert (CHECKS["sums"](trial) is not None) == signed


def test_integrated_gradient_keeps_its_sum_at_the_default_steps_by_midpoints() -> None:
    known = EXPLAINERS["integrated-gradient"]
    right, midpoint = (
        Trial(lambda _, form=form: load_explainer(known.path, {"form": form, "signed": True}), known)
        for form in ("standard", "midpoint")
    )
    assert CHECKS["sums"](midpoint) in ("within 0.00%", "within 0.01%")
    with pytest.raises(BrokenPromiseError, match="take more, or of integrated-gradient `form: midpoint`"):
        CHECKS["sums"](right)


@pytest.mark.parametrize("name", EXPLAINERS)
def test_each_is_tried_on_every_family_it_is_defined_on_with_texts_and_with_pairs(name) -> None:
    tried = {(subject.family, subject.paired) for subject in subjects(EXPLAINERS[name])}
    families = ["transformer"] if name in ("attention-rollout", "gradient-weighted-attention") else FAMILIES
    assert tried == {(family, paired) for family in families for paired in (False, True)}


def test_labels_are_found_where_they_are_declared() -> None:
    (finding,) = [finding for finding in check("mutual-information", {}) if finding.name == "labels"]
    assert finding.detail == "read, as declared"


@pytest.mark.parametrize("name", BROKEN)
def test_each_check_catches_what_it_is_there_for(name, tmp_path: Path, capsys) -> None:
    (tmp_path / f"broken_{name.replace(' ', '_')}.py").write_text(HEADER + BROKEN[name] + "\n")
    path = f"{tmp_path}/broken_{name.replace(' ', '_')}.py"
    assert main([f"{path}:Broken"]) == 1
    assert f"FAIL  {name}" in capsys.readouterr().out
    assert main([f"{path}:Good"]) == 0


def said(name: str, body: str, folder: Path) -> str | None:
    """What a check says of the explainer with this body."""
    file = folder / f"own_{abs(hash(body))}.py"
    file.write_text(HEADER + body + "\n")
    known = describe(f"{file}:Broken")
    return CHECKS[name](
        Trial(lambda seed: load_explainer(known.path, {"seed": seed} if known.stochastic else {}), known)
    )


@pytest.mark.parametrize("need", UNDECLARED)
def test_what_is_used_must_be_declared(need, tmp_path: Path) -> None:
    with pytest.raises(BrokenPromiseError, match=f"declare {need} = True"):
        said("declared", f"{UNDECLARED[need]}\n    {need} = False", tmp_path)
    assert said("declared", f"{UNDECLARED[need]}\n    {need} = True", tmp_path)


def test_statistics_of_training_texts_must_be_declared_beside_a_model(tmp_path: Path) -> None:
    with pytest.raises(BrokenPromiseError, match="declare needs_training_split = True"):
        said("declared", OF_TRAINING_TEXTS, tmp_path)
    assert said("declared", f"{OF_TRAINING_TEXTS}    needs_training_split = True", tmp_path)


def test_a_transformers_attention_needs_no_declared_maps(tmp_path: Path) -> None:
    body = "    needs_attention = True\n    def __call__(self, model, batch, target): return model.attention(batch)"
    assert said("declared", body, tmp_path)


@pytest.mark.parametrize("target", OF_ANOTHER_CLASS)
def test_no_other_class_than_the_target_may_be_explained(target, tmp_path: Path) -> None:
    body = f"    def __call__(self, model, batch, target): return super().__call__(model, batch, {target})"
    with pytest.raises(BrokenPromiseError, match="comes first in 0 of 10 texts .* not of `target`"):
        said("target class", body, tmp_path)


def test_nor_may_all_classes_together(tmp_path: Path) -> None:
    with pytest.raises(BrokenPromiseError, match="class 0 comes first in 0 of 10 texts .* not of `target`"):
        said("target class", OF_ALL_LOGITS, tmp_path)


def test_a_probability_may_be_explained(tmp_path: Path) -> None:
    assert said("target class", OF_PROBABILITY, tmp_path)


@pytest.mark.parametrize(
    ("name", "passed"), [("attention", None), ("attention-rollout", None), ("gradient-weighted-attention", True)]
)
def test_attention_weights_alone_may_know_no_class(name, passed) -> None:
    (finding,) = [finding for finding in check(name, {}) if finding.name == "target class"]
    assert finding.passed is passed


def test_chance_may_show_in_long_texts_alone(tmp_path: Path) -> None:
    assert said("seed", SEEDED.format(words=20), tmp_path)
    with pytest.raises(BrokenPromiseError, match="another seed gave the same scores"):
        said("seed", SEEDED.format(words=1000), tmp_path)


def test_sums_may_be_zero_but_not_undefined(tmp_path: Path) -> None:
    assert said("sums", CENTRED, tmp_path)
    with pytest.raises(BrokenPromiseError, match="up to nan%"):
        said("sums", CENTRED.replace("zeros(", "nan * torch.ones("), tmp_path)


@pytest.mark.parametrize(
    ("window", "seen"), [(5, "first in all 20 texts"), (11, "first in all 20 texts, beside others")]
)
def test_windows_reach_the_planted_cause(window, seen) -> None:
    known = EXPLAINERS["occlusion"]
    found = CHECKS["planted cause"](Trial(lambda _: load_explainer(known.path, {"window": window}), known))
    assert found is not None
    assert found.startswith(seen)


LOOKED_UP = [
    "torch.arange(25.0).expand(len(target), -1)",
    "batch.input_ids.float()",
    "-batch.input_ids.float()",
    "model.embed(batch.input_ids).norm(dim=-1)",
    "-model.embed(batch.input_ids).norm(dim=-1)",
    "model.embed(batch.input_ids).amax(-1)",
]


@pytest.mark.parametrize("scores", LOOKED_UP)
def test_the_planted_cause_is_not_found_without_the_logits(scores, tmp_path: Path) -> None:
    with pytest.raises(BrokenPromiseError, match=r"the word that decides the label comes first in \d of 20 texts"):
        said("planted cause", f"    def __call__(self, model, batch, target): return {scores}", tmp_path)


@pytest.mark.parametrize("window", [22, 25])
def test_parameters_with_which_all_words_score_alike_are_said_to_be_it(window) -> None:
    known = EXPLAINERS["occlusion"]
    trial = Trial(lambda _: load_explainer(known.path, {"window": window}), known)
    for name in ("planted cause", "target class"):
        with pytest.raises(BrokenPromiseError, match="with these parameters .*do not tell"):
            CHECKS[name](trial)


def test_the_command(tmp_path: Path) -> None:
    def run(*arguments):
        command = [sys.executable, "-m", "recursive_roar.explain.check", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    good = run("input-x-gradient", "--signed", "true")
    assert (good.returncode, good.stderr) == (0, "")
    assert re.match(r"pass  shape +one finite score a token\n", good.stdout)
    bad = run("input-x-gradient", "--sigend", "true")
    assert bad.returncode == 2
    assert "Did you mean 'signed'?" in bad.stderr


def test_a_misspelt_name_is_told_the_nearest(capsys) -> None:
    assert main(["integrated-gradeint"]) == 2
    message = capsys.readouterr().err
    assert "unknown explainer 'integrated-gradeint'. Allowed: random, " in message
    assert "Did you mean 'integrated-gradient'?" in message
    assert "FILE.py:CLASS" in message


@pytest.mark.parametrize("arguments", [[], ["lime", "--samples"], ["lime", "samples", "3"]], ids=str)
def test_a_wrong_call_says_how(arguments, capsys) -> None:
    assert main(arguments) == 2
    assert "Usage: python -m recursive_roar.explain.check" in capsys.readouterr().err
