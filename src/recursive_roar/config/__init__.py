"""The study as typed, validated objects; the only place that knows the configuration's shape."""

from recursive_roar.config.load import load_study
from recursive_roar.config.study import Study
from recursive_roar.settings import ConfigurationError

__all__ = ["ConfigurationError", "Study", "load_study"]
