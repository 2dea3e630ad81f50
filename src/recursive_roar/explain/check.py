"""Does an explainer keep its promises? `python -m recursive_roar.explain.check my_explainer.py:Mine --top 3`."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from recursive_roar.catalog.explainers import EXPLAINERS, KnownExplainer, unknown_explainer
from recursive_roar.catalog.own_explainer import declared, describe
from recursive_roar.errors import UserError
from recursive_roar.explain.load import load_explainer
from recursive_roar.explain.promises import CHECKS, BrokenPromiseError, Check, Trial
from recursive_roar.settings import explained

USAGE = "Usage: python -m recursive_roar.explain.check NAME | FILE.py:CLASS | PACKAGE.MODULE:CLASS [--key value ...]"


@dataclass(frozen=True)
class Finding:
    """Outcome of one check: `passed` is None where nothing was promised."""

    name: str
    passed: bool | None
    detail: str

    def __str__(self) -> str:
        word = {True: "pass", False: "FAIL", None: "skip"}[self.passed]
        return f"{word}  {self.name:<15}{self.detail}"


def check(path: str, parameters: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings of every check on an explainer of the catalog or on one's own class.

    Raises:
        UserError: there is no such explainer, or it does not take these parameters.
    """
    known = _known(path)
    arguments = _validated(known, parameters)
    seeded = ["seed"] if known.stochastic else []
    trial = Trial(
        lambda seed: load_explainer(known.path, {**arguments, **dict.fromkeys(seeded, seed)}, **declared(known)), known
    )
    for name, promise in CHECKS.items():
        yield _finding(name, promise, trial)


def main(arguments: Sequence[str]) -> int:
    """Print one line a check; 0 if all passed, 1 if one failed, 2 if nothing could be checked."""
    try:
        path, parameters = _parsed(arguments)
        findings = []
        for finding in check(path, parameters):
            print(finding, flush=True)
            findings.append(finding)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    return int(any(finding.passed is False for finding in findings))


def _finding(name: str, promise: Check, trial: Trial) -> Finding:
    try:
        detail = promise(trial)
    except (BrokenPromiseError, UserError) as error:
        return Finding(name, False, str(error))
    except Exception as error:  # whatever an author's code raises is a finding
        return Finding(name, False, f"{type(error).__name__}: {error}")
    return Finding(name, None if detail is None else True, detail or "not promised")


def _known(path: str) -> KnownExplainer:
    if path not in EXPLAINERS and ":" not in path:
        raise UserError(f"{unknown_explainer(path)}\n{USAGE}")
    return EXPLAINERS[path] if path in EXPLAINERS else describe(path)


def _validated(known: KnownExplainer, parameters: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return known.parameters.model_validate(parameters).model_dump()
    except ValidationError as error:
        raise explained(error, known.parameters) from None


def _parsed(arguments: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The class, and parameters with values read as YAML, as a configuration would."""
    path, *rest = arguments or [""]
    keys, values = rest[::2], rest[1::2]
    if not path or len(keys) != len(values) or not all(key.startswith("--") for key in keys):
        raise UserError(USAGE)
    return path, {key[2:]: yaml.safe_load(value) for key, value in zip(keys, values, strict=True)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
