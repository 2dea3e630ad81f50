"""Errors whose message is written for the person who runs a study."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Something the user can put right; the message says what is wrong, where, and what to change."""


def nearest(value: object, allowed: Iterable[str]) -> str:
    """A hint that names the allowed word closest to `value`, or an empty string when none is close."""
    matches = difflib.get_close_matches(str(value), list(allowed), n=1)
    return f" Did you mean '{matches[0]}'?" if matches else ""


def root_cause(error: BaseException) -> str:
    """The first error behind `error`, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}".splitlines()[0]
