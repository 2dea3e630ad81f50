"""Where the statements of a text end, which `support` numbers from 0."""

import re

END_OF_STATEMENT = re.compile(r"[.\n]+")


def number_of_statements(text: str) -> int:
    """Statements of a text; the last need not be ended."""
    *ended, rest = END_OF_STATEMENT.split(text)
    return len(ended) + bool(rest.strip())
