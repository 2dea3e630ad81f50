"""Where tensors are computed, and how to get the same bits each time."""

import contextlib
import ctypes
import logging
import os
import platform
import resource
import sys
from pathlib import Path
from typing import Literal

import torch
from threadpoolctl import threadpool_limits

from recursive_roar.errors import UserError

logger = logging.getLogger(__name__)


class DeviceError(UserError):
    """The device asked for cannot be used."""


def choose_device(name: Literal["auto", "cpu", "cuda"]) -> torch.device:
    """The device to compute on; `auto` is CUDA where that works, otherwise the CPU.

    Raises:
        DeviceError: `cuda` is asked for and cannot be used, or others use all of it at the moment.
    """
    if name == "cpu":
        return torch.device("cpu")
    problem = _cuda_problem()
    if problem is None:
        return torch.device("cuda")
    if name == "cuda":
        raise DeviceError(f"device: 'cuda' cannot be used ({problem}). Use 'device: cpu' or 'device: auto'.")
    if torch.cuda.is_available():
        logger.warning("A CUDA device is visible but cannot be used (%s); computing on the CPU.", problem)
    elif given := os.environ.get("CUDA_VISIBLE_DEVICES"):
        logger.warning(
            "This job was given GPU %s, but %s; computing on the CPU. README.md says how to install the CUDA build.",
            given,
            problem,
        )
    return torch.device("cpu")


def describe_device(device: torch.device) -> str:
    """Name of the hardware, such as `cuda: NVIDIA A100, driver 580.65` or `cpu: AMD EPYC 7B12, threads: 4`.

    The driver is known where the extra `gpu` is installed.
    """
    if device.type == "cuda":
        return f"cuda: {torch.cuda.get_device_name(device)}{_driver()}"
    return f"cpu: {_processor_name()}, threads: {torch.get_num_threads()}"


def peak_memory_bytes(device: torch.device) -> int:
    """Most memory held so far: by tensors on a CUDA device, otherwise by this process."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    # Linux hands a parent's `ru_maxrss` on to the programs that it starts, so a large parent would be counted.
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def prepare_determinism(threads: int) -> None:
    """Let every operation give the same bits each time; call it before the first CUDA computation.

    The number of threads decides how CPU sums are split and with that their rounding, so it is fixed here as well.
    GPUs multiply in float32: left to themselves, cuDNN in an LSTM does so with a mantissa of ten bits.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    threadpool_limits(threads, "blas")  # of NumPy, which a warm worker has loaded before it knew of the job
    # The same as `use_deterministic_algorithms(True)`, which imports PyTorch's compiler: 1.5 seconds and 70 MB.
    torch.set_deterministic_debug_mode("error")
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the memory of a GPU ran out: PyTorch's own error, or that of a library or of the driver."""
    text = str(error)
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in text or "_ALLOC_FAILED" in text


def usual_pass_tokens(device: torch.device) -> int:
    """Padded tokens of one pass that computes fastest: what a CPU's caches hold, or what keeps a GPU busy."""
    return 65_536 if device.type == "cuda" else 4_096


def free_memory_bytes(device: torch.device) -> int | None:
    """What new tensors on a CUDA device can take; None for a CPU, whose results may not depend on what else it does."""
    if device.type != "cuda":
        return None
    unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(torch.cuda.mem_get_info(device)[0]) + unused


def keep_freed_memory() -> None:
    """Let this process reuse memory that it freed instead of giving it back, where the C library can (glibc).

    Each step of a training frees and asks for the same large tensors; otherwise the kernel maps and clears them anew.
    """
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(-1, -1)  # M_TRIM_THRESHOLD: never
        library.mallopt(-4, 0)  # M_MMAP_MAX: no mapping of its own for a large piece


def return_freed_memory() -> None:
    """Give memory that this process freed back to the system, where the C library can (glibc).

    What a training held would otherwise lie beside what explaining takes, whose pieces are of other sizes.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _cuda_problem() -> str | None:
    """Why CUDA cannot be used; None if a small matrix product succeeds.

    A visible device can still fail at its first kernel, where it is too old for this build of PyTorch.

    Raises:
        DeviceError: others use the device at the moment.
    """
    if not torch.cuda.is_available():
        return "PyTorch sees no CUDA device"
    try:
        ones = torch.ones(2, 2, device="cuda")
        (ones @ ones).sum().item()
    except RuntimeError as error:
        problem = str(error).partition("\n")[0]
        if is_out_of_memory(error) or "busy or unavailable" in problem:
            # Momentary: on the CPU a job would take the device from others for hours.
            raise DeviceError(
                f"a CUDA device is there, but others use it ({problem}). Try again, or let fewer jobs share it."
            ) from error
        return problem
    return None


def _driver() -> str:
    """Empty where nothing can tell: the driver is no reason for a training to fail."""
    try:
        import pynvml

        pynvml.nvmlInit()
        return f", driver {pynvml.nvmlSystemGetDriverVersion()}"
    except Exception:
        return ""


def _processor_name() -> str:
    """Model of the processor; Linux tells it only in a file."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
