"""What keeps a private dataset from others: closed folders, and errors that quote nothing of it."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recursive_roar.errors import UserError, root_cause

FOLDER_OF_OWNER = 0o700
WITHHELD = "what it says is withheld, because it may quote the dataset, which is private"


class WithheldError(UserError):
    """An error in a step that reads a private dataset, without what may quote it."""


@contextmanager
def confidential(private: bool, folder: Path) -> Iterator[None]:
    """Let nobody but its owner into `folder` where a dataset is private, and no value of it into a log.

    Raises:
        WithheldError: in place of an error that was not written for the user, or has such a cause: either may quote a
            text or a label.
    """
    if private:
        make_private(folder)
    try:
        yield
    except UserError as error:
        if not private or error.__cause__ is None:
            raise
        quoted = root_cause(error.__cause__)
        raise WithheldError(str(error).replace(quoted, f"{quoted.partition(':')[0]} ({WITHHELD})")) from None
    except Exception as error:
        if not private:
            raise
        calls = " > ".join(
            f"{Path(call.filename).name}:{call.lineno}" for call in traceback.extract_tb(error.__traceback__)
        )
        raise WithheldError(f"{type(error).__name__} at {calls} ({WITHHELD})") from None


def make_private(folder: Path) -> None:
    """Let nobody but its owner into a folder, which is made if it is absent."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(FOLDER_OF_OWNER)
