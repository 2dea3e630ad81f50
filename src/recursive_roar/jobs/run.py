"""What the scripts of the workflow's rules call."""

import os
import sys
from pathlib import Path
from typing import Any

from recursive_roar.jobs.call import ADDRESS, Call


def run_step(function: str, job: Any, **arguments: Any) -> None:
    """Run a step, in the worker if there is one, otherwise here; ends the process if the step fails.

    Args:
        function: the step, as `module:function`.
        job: Snakemake's description of the job: `log`, `config`, `threads`.
        arguments: of the step, but for `study` and `conditions`, which follow from `job`.
    """
    call = Call(function, Path(job.log[0]), job.config, job.threads, arguments)
    if status := _in_worker(call):
        sys.exit(status)


def _in_worker(call: Call) -> int:
    address = os.environ.get(ADDRESS)
    if address:
        from recursive_roar.jobs.worker import NoWorkerError, ask

        try:
            return ask(address, call)
        except NoWorkerError as error:
            print(f"{error}; the step runs in a process of its own.", file=sys.stderr)
    return call.perform()
