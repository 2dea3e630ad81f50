"""One call of a step, as a job of the workflow describes it.

Nothing heavy is imported here: where a worker runs the step, the job's own process stays light.
"""

import inspect
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from recursive_roar.errors import UserError

ADDRESS = "RECURSIVE_ROAR_WORKER"
"""Environment variable that says where a warm worker listens."""


@dataclass(frozen=True)
class Call:
    """A step, its arguments and the circumstances of the job.

    Attributes:
        function: the step, as `module:function`.
        log: file for what the step logs.
        configuration: the workflow's.
        threads: that the job may use.
        arguments: keyword arguments of the step, but for `study` and `conditions`, which follow from the above.
    """

    function: str
    log: Path
    configuration: Mapping[str, Any]
    threads: int
    arguments: Mapping[str, Any]

    def perform(self) -> int:
        """Run the step here; the exit status that its process would have.

        An error meant for the user is one line on standard error, any other a traceback.
        """
        try:
            with _logged(self.log):
                function = _imported(self.function)
                function(**self.arguments, **self._circumstances(function))
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:
            traceback.print_exc()
            return 1
        return 0

    def _circumstances(self, function: Any) -> dict[str, Any]:
        wanted = inspect.signature(function).parameters.keys() & {"study", "conditions"}
        if not wanted:
            return {}
        from recursive_roar.config import load_study
        from recursive_roar.steps.conditions import Conditions

        study = load_study(self.configuration)
        every = {"study": study, "conditions": Conditions.of(study, self.threads)}
        return {name: every[name] for name in wanted}


def _imported(function: str) -> Any:
    module, name = function.split(":")
    return getattr(import_module(module), name)


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    logging.basicConfig(filename=path, filemode="w", level=logging.INFO, format="%(asctime)s %(message)s", force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, those of gated files with their signature
    try:
        yield
    except UserError as error:
        logging.error("%s", error)
        sys.exit(str(error))
    except Exception:
        logging.exception("The step failed unexpectedly")
        raise
