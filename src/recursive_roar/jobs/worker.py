"""A warm process from which steps are forked, so that a short round does not pay for importing PyTorch.

    eval "$(python -m recursive_roar.jobs.worker $$)"

starts it in the background, as ssh-agent does, and lets the jobs that this shell starts find it by
RECURSIVE_ROAR_WORKER. It ends with the shell. `keep_warm` does the same for the jobs of a Python process. Each step has
a process of its own: it is forked when a job connects, takes over the job's directory, environment and output, hears
the job's signals, and is killed when the job dies.
"""

import os
import pickle
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

from recursive_roar.errors import UserError
from recursive_roar.jobs.call import ADDRESS, Call

WARM = (
    "recursive_roar.models.build",
    "recursive_roar.steps.baseline",
    "recursive_roar.steps.explain",
    "recursive_roar.steps.round",
)
FORWARDED = (signal.SIGUSR2, signal.SIGTERM, signal.SIGINT)
BEGUN = b"+"  # says a step before it does anything
_LENGTH = struct.Struct("!Q")


class NoWorkerError(UserError):
    """There is no worker at that address."""


def keep_warm() -> None:
    """Start a worker for the jobs of this process, unless there is one already; it ends with this process.

    Where it cannot start, it says so on standard error, and every step runs in its job's own process.
    """
    if sys.platform != "linux" or ADDRESS in os.environ:
        return
    command = [sys.executable, "-m", "recursive_roar.jobs.worker", str(os.getpid())]
    started = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if started.returncode == 0:
        os.environ[ADDRESS] = started.stdout.strip().partition("=")[2]


# The job's side ---------------------------------------------------------------------------------------------------


def ask(address: str, call: Call) -> int:
    """Let the worker run `call`; the step's exit status.

    Signals that this process gets meanwhile are passed on to the step.

    Raises:
        NoWorkerError: nothing listens there, or the worker died before it began the step.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(address)
            _send(connection, call)
        except OSError as error:
            raise NoWorkerError(f"No worker listens at {address} ({error})") from None
        with _forwarded(connection):  # not before: in the middle of the content signals would garble it
            if _answer(connection) != BEGUN:
                raise NoWorkerError(f"The worker at {address} died before it began a step")
            status = _answer(connection)
    if not status:
        print("The process of the step died without a word; was it killed for its memory?", file=sys.stderr)
    return status[0] if status else 1


def _send(connection: socket.socket, call: Call) -> None:
    content = pickle.dumps((os.getcwd(), dict(os.environ), call))
    socket.send_fds(connection, [_LENGTH.pack(len(content))], [1, 2])
    connection.sendall(content)


@contextmanager
def _forwarded(connection: socket.socket) -> Iterator[None]:
    """Pass signals on to the step."""

    def forward(number: int, frame: object) -> None:
        with suppress(OSError):  # the step is gone, as its answer will tell
            connection.sendall(bytes([number]))

    previous = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _answer(connection: socket.socket) -> bytes:
    """One byte of the step; none when it is gone."""
    try:
        return connection.recv(1)
    except ConnectionError:
        return b""


# The worker's side ------------------------------------------------------------------------------------------------


def serve(listener: socket.socket, keeper: int) -> None:
    """Fork a process for each job that connects, as long as the process `keeper` lives."""
    for module in WARM:
        import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the steps
    with selectors.DefaultSelector() as selector:
        end = selector.register(os.pidfd_open(keeper), selectors.EVENT_READ)
        selector.register(listener, selectors.EVENT_READ)
        while end not in [key for key, _ in selector.select()]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _take_over(connection)
            connection.close()


def _take_over(connection: socket.socket) -> None:
    """Become the job's step; does not return."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        connection.settimeout(None)
        directory, environment, call = _received(connection)
        os.chdir(directory)
        os.environ.clear()
        os.environ.update(environment)
        connection.sendall(BEGUN)
        threading.Thread(target=_hear, args=(connection,), daemon=True).start()
        status = call.perform()
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(bytes([status & 0xFF]))
    finally:
        os._exit(status)  # the worker's own ending is not the step's


def _received(connection: socket.socket) -> tuple[str, dict[str, str], Call]:
    """What the job sent; its standard output and error become this process's."""
    header, descriptors, _, _ = socket.recv_fds(connection, _LENGTH.size, 2)
    for target, descriptor in enumerate(descriptors, start=1):
        os.dup2(descriptor, target)
        os.close(descriptor)
    (length,) = _LENGTH.unpack(header)
    with connection.makefile("rb") as stream:
        received: tuple[str, dict[str, str], Call] = pickle.loads(stream.read(length))
    return received


def _hear(connection: socket.socket) -> None:
    """Pass signals of the job on to this process; end it when the job is gone."""
    while number := connection.recv(1):
        os.kill(os.getpid(), number[0])
    os.kill(os.getpid(), signal.SIGKILL)


def _listener(address: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(address))
    except OSError as error:
        address.parent.rmdir()
        sys.exit(
            f"No worker can listen at {address} ({error}), so steps run in processes of their own. "
            "If the path is too long, set TMPDIR to a shorter one."
        )
    listener.listen(64)
    return listener


def _main() -> None:
    """Print what the shell is to evaluate, and go on in the background."""
    keeper = int(sys.argv[1])
    address = Path(tempfile.mkdtemp(prefix="recursive-roar-"), "worker")  # readable by its owner only
    listener = _listener(address)
    print(f"export {ADDRESS}={address}", flush=True)
    if os.fork():
        os._exit(0)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):  # errors still go where the shell's go
        os.dup2(null, standard)
    try:
        serve(listener, keeper)
    finally:
        address.unlink(missing_ok=True)
        address.parent.rmdir()


if __name__ == "__main__":
    _main()
