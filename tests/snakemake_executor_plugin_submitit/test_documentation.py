"""The page names every setting and resource."""

from dataclasses import fields
from pathlib import Path

import pytest

from snakemake_executor_plugin_submitit.parameters import RESOURCES
from snakemake_executor_plugin_submitit.settings import ExecutorSettings

PAGE = (Path(__file__).parents[2] / "docs/submitit-executor.md").read_text()


@pytest.mark.parametrize("name", [field.name.replace("_", "-") for field in fields(ExecutorSettings)])
def test_settings(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", RESOURCES)
def test_resources(name: str) -> None:
    assert f"`{name}`" in PAGE
