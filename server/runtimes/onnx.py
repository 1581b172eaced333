"""The default runtime: onnxruntime, on CUDA where it really works, else on the CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import onnxruntime
from numpy.typing import NDArray

from server.runtimes import has_nvidia_driver

CPU_BATCH = 16  # convolutions gain nothing from more on a CPU, and a short pass keeps the next hand waiting less
GPU_BATCH = 256


class OnnxGraph:
    """One ONNX file in one session."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self.session = session

    def run(self, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run the graph and return the named outputs."""
        return list(self.session.run(list(outputs), dict(feeds)))


class OnnxRuntime:
    """onnxruntime with one thread a run and no spinning: as many runs at a time as there are cores do better."""

    def __init__(self, device: Literal["auto", "cpu", "cuda"]) -> None:
        # A wheel for GPUs lists CUDA wherever it runs; only a session that has been made tells whether it works.
        listed = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
        self._providers = ["CPUExecutionProvider"]
        self._cuda = False
        if device != "cpu" and listed and has_nvidia_driver():
            self._providers.insert(0, "CUDAExecutionProvider")
            self._cuda = True
            onnxruntime.preload_dlls()  # CUDA's libraries come with torch, which the GPU extra installs beside
        if device == "cuda" and not self._cuda:
            raise ValueError("CUDA was asked for, but onnxruntime finds no NVIDIA driver or is the build without CUDA.")
        onnxruntime.set_default_logger_severity(3)

    @property
    def name(self) -> str:
        return f"onnxruntime {onnxruntime.__version__}"

    @property
    def device(self) -> str:
        return "NVIDIA GPU" if self._cuda else "CPU"

    @property
    def batch(self) -> int:
        return GPU_BATCH if self._cuda else CPU_BATCH

    def load(self, path: Path) -> OnnxGraph:
        try:
            session = onnxruntime.InferenceSession(path, session_options(), providers=self._providers)
        except Exception as reason:  # the library raises half a dozen classes of its own, none of them public
            raise ValueError(f"onnxruntime cannot load {path.name}: {reason}") from reason
        if self._cuda and "CUDAExecutionProvider" not in session.get_providers():
            self._cuda = False
        return OnnxGraph(session)


def session_options() -> onnxruntime.SessionOptions:
    """One thread, and none that spins: two libraries spinning on the same cores cost a hundredfold."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
