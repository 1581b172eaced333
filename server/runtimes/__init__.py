"""What runs a graph: the Runtime protocol, and the one place where it is chosen."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol

from models.adapter import Graph

log = logging.getLogger("latent_explorer")

Name = Literal["auto", "onnx", "torch"]
Device = Literal["auto", "cpu", "cuda"]
CPU_BATCH = 16  # convolutions gain nothing from more on a CPU, and a short pass keeps the next hand waiting less
GPU_BATCH = 256
# What allocators, CUDA and the libraries on it say when a device is full.
FULL = (
    "failed to allocate memory",
    "is smaller than requested bytes",
    "can't allocate memory",
    "out of memory",
    "alloc_failed",
    "allocation_failed",
    "bad allocation",
    "bad_alloc",
)
SET_UP = "`GPU=1 python3 run.py setup`"


class OutOfMemory(ValueError):
    """The device has no room for this run; a smaller one may fit. Raised by a graph's `run`."""


def is_full(reason: BaseException) -> bool:
    """Whether a library's error, or one that it was raised over, says that a device is full.

    No library has a class for all the ways it can be; and where recording a pass ends for want of memory, the end of
    the recording fails too, with a reason of its own.
    """
    if isinstance(reason, OutOfMemory) or any(words in str(reason).lower() for words in FULL):
        return True
    before = reason.__cause__ or reason.__context__
    return before is not None and is_full(before)


@dataclass(frozen=True)
class Running:
    """How a graph is run, as the page and the log say it; `str` is that in words."""

    runtime: str  # the library and its version
    device: str  # "CPU", or the name of a GPU
    precision: str = "float32"  # of the convolutions and products of matrices
    note: str = ""  # why it is not faster, where something was tried and not believed

    def __str__(self) -> str:
        return f"{self.precision} on {self.device}, {self.runtime}" + (f" ({self.note})" if self.note else "")


class Loaded(Graph, Protocol):
    """A loaded graph. It may be run from several threads at once. Its `run` raises OutOfMemory."""

    @property
    def rows(self) -> frozenset[str]:
        """The inputs whose first axis is the batch: the file leaves its size open, and its alone of the first two."""

    @property
    def running(self) -> Running:
        """How it is run, found out by running it."""


class Runtime(Protocol):
    """Loads graphs."""

    @property
    def name(self) -> str:
        """The library and its version, as the page shows it."""

    @property
    def device(self) -> str:
        """What the graphs really run on: "CPU", or the name of a GPU."""

    @property
    def batch(self) -> int:
        """The most rows worth running together."""

    def load(self, path: Path) -> Loaded:
        """Load the ONNX file at `path`. Raises ValueError with the library's reason, OutOfMemory where that is it."""


def has_nvidia_driver() -> bool:
    """Whether this machine has an NVIDIA driver, found out without loading anything."""
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists()


def lacking(name: Name, device: Device) -> str | None:
    """What is missing for this choice and how to install it, in sentences; None where nothing is known to be.

    Nothing is imported for it, so it is no promise: whether CUDA works, only a session tells.
    """
    if name == "torch" and (missing := [each for each in ("torch", "onnx") if find_spec(each) is None]):
        are = " and ".join(missing) + (" is" if len(missing) == 1 else " are")
        return (
            f"The runtime torch was asked for, but {are} not installed. {SET_UP} installs both for an NVIDIA GPU; "
            "`.venv/bin/pip install -c constraints.txt torch onnx` adds them to what is there."
        )
    if name != "torch" and find_spec("onnxruntime") is None:
        return "onnxruntime is not installed. `python3 run.py setup` installs it."
    if device != "cuda":
        return None
    if not has_nvidia_driver():
        return "CUDA was asked for, but there is no NVIDIA driver on this machine. Install it, or use the CPU."
    if name != "torch" and _installed("onnxruntime-gpu") is None and not (name == "auto" and _torch_has_cuda()):
        return f"CUDA was asked for, but the onnxruntime that is installed is the build without it. Run {SET_UP}."
    if name == "torch" and not _torch_has_cuda():
        return f"CUDA was asked for, but the torch that is installed is the build for the CPU. Run {SET_UP}."
    return None


def choose(name: Name, device: Device) -> Runtime:
    """The runtime of the settings. Imports its library only now: the server starts without.

    `auto` is the first of these that works, for these reasons:

    1. onnxruntime on CUDA, where a session says that it has it: it runs every operator, in float32, and its answers
       are the ones that the cards' figures were measured with.
    2. torch on CUDA, where it sees a GPU that onnxruntime does not (the two need not be built for the same CUDA).
       It knows fewer operators; a graph that it refuses is run by onnxruntime on the CPU.
    3. onnxruntime on the CPU: a decoder of this size takes a fraction of a millisecond there and torch several times
       as long (`python -m benchmarks.runtimes`), and its import takes several times as long too.

    torch comes before it only for who asks for it by name. Raises ValueError, in sentences, for what is not there.
    """
    if sentence := lacking(name, device):
        raise ValueError(sentence)
    if name == "torch":
        chosen: Runtime = _torch(device)
    elif name == "onnx":
        chosen = _onnx(device)
    else:
        chosen = first_that_works(_order(device))
    log.info("Runtime: %s on %s (asked for: %s, device %s)", chosen.name, chosen.device, name, device)
    return chosen


def first_that_works(order: list[Callable[[], Runtime]]) -> Runtime:
    """The first runtime that can be made; why those before it cannot goes to the log. Raises the last one's error."""
    for make in order[:-1]:
        try:
            return make()
        except (ValueError, ImportError) as reason:
            log.info("Not used: %s", reason)
    return order[-1]()


def _order(device: Device) -> list[Callable[[], Runtime]]:
    if device == "cpu" or not has_nvidia_driver():
        return [lambda: _onnx("cpu")]
    order: list[Callable[[], Runtime]] = [lambda: _onnx("cuda")]
    if lacking("torch", "cuda") is None:
        order.append(_torch_before_onnx)
    if device == "auto":
        order.append(lambda: _onnx("cpu"))
    return order


def _onnx(device: Device) -> Runtime:
    from server.runtimes.onnx import OnnxRuntime

    return OnnxRuntime(device)


def _torch(device: Device) -> Runtime:
    from server.runtimes.torch import TorchRuntime

    return TorchRuntime(device)


def _torch_before_onnx() -> Runtime:
    from server.runtimes.either import Either

    return Either(_torch("cuda"), _onnx("cpu"))


def _torch_has_cuda() -> bool:
    return not (_installed("torch") or "+cpu").endswith("+cpu")


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
