"""The study as typed, validated objects; the only place that knows the configuration's shape."""

from recursive_roar.config.settings import ConfigurationError
from recursive_roar.config.study import Study, load_study

__all__ = ["ConfigurationError", "Study", "load_study"]
