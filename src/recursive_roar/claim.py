"""One run of the workflow at a time for a folder of results."""

import fcntl
import logging
import os
import socket
from pathlib import Path
from typing import TextIO

from recursive_roar.errors import UserError

logger = logging.getLogger(__name__)

_held: list[TextIO] = []  # open until this process ends, however it ends


class ClaimedError(UserError):
    """Another process works on the same results."""


def claim(folder: Path) -> None:
    """Hold `folder` for this process.

    Unlike Snakemake's own lock the claim ends with the process that holds it, even if it is killed, so the next run
    needs no unlocking. On a file system without locks nothing is held.

    Raises:
        ClaimedError: another process holds the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / ".claim").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise ClaimedError(
            f"{folder} is being worked on by {file.read() or 'another process'}. "
            "Wait for that run to end, or choose another folder with the key `results`."
        ) from None
    except OSError as error:
        logger.warning("%s cannot be locked (%s): take care that no other run writes to it.", folder, error)
    file.truncate(0)
    file.write(f"process {os.getpid()} on {socket.gethostname()}")
    file.flush()
    _held.append(file)
