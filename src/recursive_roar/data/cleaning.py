"""What every later step sees of a text."""

import re
from collections.abc import Callable

from recursive_roar.config.dataset import Cleaning
from recursive_roar.data.words import rewriter


def cleaner(settings: Cleaning) -> Callable[[str], str]:
    """A function from a text as it is given to what is kept of it."""
    rules = [(re.compile(rule.pattern), rule.by) for rule in settings.replace]
    rewrite = rewriter(settings.rewrite) if settings.rewrite else str

    def clean(text: str) -> str:
        for pattern, by in rules:
            text = pattern.sub(by, text)
        return rewrite(text)

    return clean
