"""Snakemake executor plugin: every job of a workflow through submitit, on Slurm or on this machine."""

from importlib import import_module
from typing import Any

_PLACES = {"Executor": "executor", "ExecutorSettings": "settings", "common_settings": "settings"}

__all__ = ["Executor", "ExecutorSettings", "common_settings"]


def __getattr__(name: str) -> Any:
    """Load what Snakemake asks for when it asks: a node needs `allocation` alone, and loads it for every job."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
