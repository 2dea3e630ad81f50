"""What is done on SIGTERM before Snakemake's own handler."""

import signal
import threading
from collections.abc import Callable
from typing import Any


def on_termination(callback: Callable[[], None]) -> None:
    """Call back from a thread of its own, as Snakemake's handler may wait for a lock forever; main thread only."""
    following = signal.getsignal(signal.SIGTERM)

    def terminate(number: int, frame: Any) -> None:
        threading.Thread(target=callback).start()
        if callable(following):
            following(number, frame)

    signal.signal(signal.SIGTERM, terminate)
