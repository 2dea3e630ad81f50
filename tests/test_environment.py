"""One set of tested versions, wherever it is written."""

import re
import tomllib
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[1]


def pins() -> dict[str, str]:
    lines = (REPOSITORY / "constraints.txt").read_text().split()
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines)}


def normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(requirement for extra in extras.values() for requirement in extra)]
    names = {normal(re.split("[<>=]", requirement)[0]) for requirement in wanted}
    assert names <= set(pins())


def test_pins_are_portable() -> None:
    cuda_libraries = [name for name in pins() if name.startswith(("nvidia-cu", "nvidia-nccl", "cuda-", "triton"))]
    assert cuda_libraries == []
    assert not [f"{name}=={version}" for name, version in pins().items() if "+" in version]


def test_the_conda_environment_has_the_same_pins() -> None:
    environment = yaml.safe_load((REPOSITORY / "envs/recursive-roar.yaml").read_text())
    *conda, pip = environment["dependencies"]
    assert f"pytorch={pins()['torch']}" in conda
    for line in pip["pip"]:
        name, _, version = line.partition("==")
        assert pins()[normal(name)] == version
