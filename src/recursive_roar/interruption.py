"""The warning that a scheduler gives before it stops a process: SIGUSR2."""

import os
import signal
import threading

# sysexits.h: a failure that is not the fault of the job, worth trying again.
TEMPORARY_FAILURE = getattr(os, "EX_TEMPFAIL", 75)

_warning = threading.Event()


class Interrupted(SystemExit):
    """The process ends because it was warned, after it saved what it had done."""

    def __init__(self) -> None:
        super().__init__(TEMPORARY_FAILURE)


def listen() -> None:
    """Note the signal from now on instead of dying of it."""
    _warning.clear()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGUSR2, lambda number, frame: _warning.set())


def warned() -> bool:
    """Whether the process was told that it will be stopped."""
    return _warning.is_set()
