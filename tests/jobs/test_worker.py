"""Steps forked from a warm process behave like processes of their own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from recursive_roar.jobs.call import Call
from recursive_roar.jobs.worker import BEGUN, NoWorkerError, ask, keep_warm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a step starts an interpreter of its own")
STEPS = """
import os, signal, sys, time
from pathlib import Path

def tell(output):
    print("to standard output")
    modules = [name for name in ("torch", "transformers") if name in sys.modules]
    output.write_text(" ".join([os.environ["COLOUR"], os.getcwd(), str(os.getpid()), *modules]))

def count(output):
    signal.signal(signal.SIGUSR2, lambda number, frame: sys.exit(75))
    output.write_text(str(os.getpid()))
    time.sleep(60)

def die(output):
    os.kill(os.getpid(), signal.SIGKILL)
"""
JOB = """
import sys
from pathlib import Path
from types import SimpleNamespace
from recursive_roar.jobs.run import run_step
run_step(sys.argv[1], SimpleNamespace(log=["log"], config={}, threads=1), output=Path("told").absolute())
"""


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("steps")
    (folder / "steps_of_this_test.py").write_text(STEPS)
    return folder


@pytest.fixture(scope="module")
def shell(steps: Path) -> Iterator[subprocess.Popen[str]]:
    """A shell with a worker; it prints the worker's address and lives until it is told to end."""
    environment = {**os.environ, "PYTHONPATH": f"{steps}:{os.environ.get('PYTHONPATH', '')}", "COLOUR": "red"}
    script = f'eval "$({sys.executable} -m recursive_roar.jobs.worker $$)"; echo $RECURSIVE_ROAR_WORKER; read'
    with subprocess.Popen(
        ["bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        process.address = process.stdout.readline().strip()
        yield process
        if process.poll() is None:
            process.communicate("\n")


@pytest.fixture
def job(shell: subprocess.Popen[str], tmp_path: Path) -> Callable[[str], subprocess.Popen[str]]:
    """Start a job that runs a step in the worker."""
    environment = {**os.environ, "RECURSIVE_ROAR_WORKER": shell.address, "COLOUR": "blue"}

    def start(step: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", JOB, f"steps_of_this_test:{step}"]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=pipe, stderr=pipe, text=True)

    return start


def told(folder: Path) -> str:
    deadline = time.monotonic() + 60
    while not (folder / "told").exists() or not (folder / "told").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return (folder / "told").read_text()


def ended(process: int) -> bool:
    deadline = time.monotonic() + 20
    while Path(f"/proc/{process}/exe").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not Path(f"/proc/{process}/exe").exists()


def test_a_step_is_warm_and_has_its_job_s_surroundings(job, tmp_path) -> None:
    process = job("tell")
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "to standard output\n", "")
    colour, directory, number, *modules = told(tmp_path).split()
    assert (colour, Path(directory)) == ("blue", tmp_path)
    assert int(number) != process.pid
    assert modules == ["torch"]


def test_a_step_hears_its_job_s_signals(job, tmp_path) -> None:
    process = job("count")
    told(tmp_path)
    process.send_signal(signal.SIGUSR2)
    assert process.wait(20) == 75


def test_a_step_does_not_outlive_its_job(job, tmp_path) -> None:
    process = job("count")
    step = int(told(tmp_path))
    process.kill()
    assert ended(step)


def test_a_step_that_is_killed_fails_its_job_and_no_other(job, tmp_path) -> None:
    process = job("die")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "died without a word" in errors
    assert job("tell").wait(60) == 0


def test_the_worker_ends_with_its_shell(shell) -> None:
    assert os.stat(Path(shell.address).parent).st_mode & 0o777 == 0o700
    shell.communicate("\n")
    deadline = time.monotonic() + 20
    while Path(shell.address).parent.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(shell.address).parent.exists()


@contextmanager
def dying_worker(folder: Path, dies: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a worker that takes one job and does to it what `dies` does."""
    address = folder / "worker"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen(1)

        def take() -> None:
            with listener.accept()[0] as connection:
                dies(connection)

        thread = threading.Thread(target=take)
        thread.start()
        yield str(address)
        thread.join(20)


def reads_nothing(connection: socket.socket) -> None:
    connection.recv(1)
    time.sleep(0.5)  # until all is sent


def reads_all(connection: socket.socket) -> None:
    connection.settimeout(0.5)
    with suppress(TimeoutError):
        while connection.recv(4096):
            pass


def begins(connection: socket.socket) -> None:
    reads_all(connection)
    connection.sendall(BEGUN)


CALL = Call("steps_of_this_test:tell", Path("log"), {}, 1, {})


@pytest.mark.parametrize("dies", [reads_nothing, reads_all])
def test_a_step_that_its_worker_did_not_begin_has_no_worker(tmp_path, dies) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with dying_worker(tmp_path, dies) as address, pytest.raises(NoWorkerError):
        ask(address, CALL)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_step_that_its_worker_began_is_not_run_twice(tmp_path, capfd) -> None:
    with dying_worker(tmp_path, begins) as address:
        assert ask(address, CALL) == 1
    assert "died without a word" in capfd.readouterr().err


def test_where_no_worker_can_start_steps_run_in_their_own_processes(tmp_path, monkeypatch, capfd) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.delenv("RECURSIVE_ROAR_WORKER", raising=False)
    keep_warm()
    assert "RECURSIVE_ROAR_WORKER" not in os.environ
    assert "set TMPDIR to a shorter one" in capfd.readouterr().err
    assert list(folder.iterdir()) == []


def test_a_process_keeps_its_jobs_warm_as_long_as_it_lives(steps, tmp_path) -> None:
    script = f"""
import os, subprocess, sys
from recursive_roar.jobs.worker import keep_warm
keep_warm()
address = os.environ["RECURSIVE_ROAR_WORKER"]
keep_warm()
assert os.environ["RECURSIVE_ROAR_WORKER"] == address
subprocess.run([sys.executable, "-c", {JOB!r}, "steps_of_this_test:tell"], check=True)
print(address)
"""
    environment = {**os.environ, "PYTHONPATH": f"{steps}:{os.environ.get('PYTHONPATH', '')}", "COLOUR": "blue"}
    environment.pop("RECURSIVE_ROAR_WORKER", None)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    _, _, _, *modules = told(tmp_path).split()
    assert modules == ["torch"]
    deadline = time.monotonic() + 20
    address = Path(done.stdout.splitlines()[-1])
    while address.parent.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not address.parent.exists()
