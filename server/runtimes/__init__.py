"""What runs a graph: the Runtime protocol, and the one place where it is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from models.adapter import Graph


class Runtime(Protocol):
    """Loads graphs. A loaded graph may be run from several threads at once."""

    @property
    def name(self) -> str:
        """The library and its version, as the page shows it."""

    @property
    def device(self) -> str:
        """What the graphs really run on: "CPU", or the name of a GPU."""

    @property
    def batch(self) -> int:
        """The most rows worth running together."""

    def load(self, path: Path) -> Graph:
        """Load the ONNX file at `path`. Raises ValueError with the library's reason."""


def has_nvidia_driver() -> bool:
    """Whether this machine has an NVIDIA driver, found out without loading anything."""
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists()


def choose(name: Literal["onnx", "torch"], device: Literal["auto", "cpu", "cuda"]) -> Runtime:
    """The runtime of the settings. Imports its library only now: the server starts without."""
    if name == "torch":
        from server.runtimes.torch import TorchRuntime

        return TorchRuntime(device)
    from server.runtimes.onnx import OnnxRuntime

    return OnnxRuntime(device)
