"""The default runtime: onnxruntime, on CUDA where it really works, else on the CPU."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from server.runtimes import CPU_BATCH, GPU_BATCH, Device, OutOfMemory, Running, has_nvidia_driver, is_full, lacking
from server.runtimes.precision import Input, rows_of, too_far

log = logging.getLogger("latent_explorer")

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
DRIVER = Path("/proc/driver/nvidia/gpus")
# x -> x + x, the smallest model whose run needs a kernel of the provider.
PROBE = bytes.fromhex(
    "08083a350a0e0a01780a017812017922034164641201705a0f0a0178120a0a08080112040a020802620f0a0179120a0a08080112040a0208024204"
    "0a00100d"
)


class OnnxGraph:
    """One ONNX file in one session, which any number of threads may run at once."""

    def __init__(
        self, session: onnxruntime.InferenceSession, *, bound: str = "", running: Running | None = None
    ) -> None:
        """`bound` is the device ("cuda") that inputs are put on, and outputs fetched from, once; "" for no binding."""
        self.session = session
        self.inputs = [_input(each) for each in session.get_inputs()]
        self.outputs = tuple(each.name for each in session.get_outputs())
        self.running = running or Running(library(), "CPU")
        self._bound = bound

    @property
    def rows(self) -> frozenset[str]:
        return rows_of(self.inputs)

    def run(self, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run the graph and return the named outputs. Raises OutOfMemory."""
        try:
            if self._bound:
                return self._run_bound(outputs, feeds)
            return list(self.session.run(list(outputs), dict(feeds)))
        except Exception as reason:  # the library raises half a dozen classes of its own, none of them public
            if is_full(reason):
                raise OutOfMemory(f"{self.running.device}: {reason}") from reason
            raise

    def _run_bound(self, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Without it each node that changes the device would copy, and each output would be waited for by itself."""
        binding = self.session.io_binding()  # one a run: it holds that run's tensors
        for name, array in feeds.items():
            value = onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array), self._bound, 0)
            binding.bind_ortvalue_input(name, value)
        for name in outputs:
            binding.bind_output(name, self._bound)
        self.session.run_with_iobinding(binding)
        return list(binding.copy_outputs_to_cpu())


class OnnxRuntime:
    """onnxruntime with one thread a run and no spinning: as many runs at a time as there are cores do better."""

    def __init__(self, device: Device) -> None:
        """Raises ValueError where CUDA is asked for and cannot be used, saying what to install."""
        onnxruntime.set_default_logger_severity(3)
        self._cuda = False
        if device != "cpu" and has_nvidia_driver():
            reason = cuda_refused()
            self._cuda = reason is None
            if reason is not None:
                log.info("onnxruntime does not run on CUDA here: %s", reason)
        if device == "cuda" and not self._cuda:
            raise ValueError(
                lacking("onnx", "cuda")
                or f"CUDA was asked for, but onnxruntime cannot use it: {reason}. Is the NVIDIA driver recent? "
                "`GPU=1 python3 run.py setup` installs the libraries that it needs."
            )

    @property
    def name(self) -> str:
        return library()

    @property
    def device(self) -> str:
        return gpu_name() if self._cuda else "CPU"

    @property
    def batch(self) -> int:
        return GPU_BATCH if self._cuda else CPU_BATCH

    def load(self, path: Path) -> OnnxGraph:
        try:
            graph = OnnxGraph(_session(path))
            if self._cuda:
                graph = self._on_cuda(path, graph)
                log.info("%s/%s: %s", path.parent.name, path.name, graph.running)
            return graph
        except Exception as reason:  # as above
            kind = OutOfMemory if is_full(reason) else ValueError
            raise kind(f"onnxruntime cannot load {path.name}: {reason}") from reason

    def _on_cuda(self, path: Path, reference: OnnxGraph) -> OnnxGraph:
        """The graph on the GPU, in TF32 or else float32, held to the CPU's answers; on the CPU where it misses them."""
        notes = []
        for precision in ("tf32", "float32"):
            session = _session(path, (CUDA, cuda_options(precision)))
            if CUDA not in session.get_providers():
                notes.append("the session has no CUDA")
                break
            running = Running(library(), gpu_name(), precision, "; ".join(notes))
            graph = OnnxGraph(session, bound="cuda", running=running)
            reason = too_far(reference, graph, graph.outputs, graph.inputs)
            if reason is None:
                return graph
            notes.append(f"{precision} is off: {reason}")
        reference.running = Running(library(), "CPU", note="; ".join(notes))
        return reference


def library() -> str:
    """onnxruntime and its version, as the page shows it."""
    return f"onnxruntime {onnxruntime.__version__}"


def gpu_name() -> str:
    """The first GPU's name, as the driver has it."""
    for path in sorted(DRIVER.glob("*/information")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("Model:"):
                return line.removeprefix("Model:").strip()
    return "NVIDIA GPU"


def cuda_refused() -> str | None:
    """Why no session runs on CUDA; None where one was made and has answered rightly.

    A wheel for GPUs lists CUDA wherever it runs, and a session falls back in silence: only a session that has been made
    and asked tells.
    """
    if CUDA not in onnxruntime.get_available_providers():
        return "this is the build without CUDA"
    onnxruntime.preload_dlls()  # CUDA's libraries come with torch, which the GPU extra installs beside
    try:
        session = _session(PROBE, (CUDA, cuda_options("float32")))
        if CUDA not in session.get_providers():
            return "a session that was made for CUDA does not have it"
        ones = np.ones(2, np.float32)
        (two,) = OnnxGraph(session, bound="cuda").run(["y"], {"x": ones})
    except Exception as reason:  # as above
        return str(reason)
    return None if np.array_equal(two, ones + ones) else "a session on CUDA answered that 1 + 1 is not 2"


def cuda_options(precision: str) -> dict[str, str]:
    """The provider's options: the same algorithm each time, found without trying all, and memory as it is needed."""
    return {
        "device_id": "0",
        "arena_extend_strategy": "kSameAsRequested",
        "cudnn_conv_algo_search": "HEURISTIC",
        "use_tf32": "1" if precision == "tf32" else "0",
    }


def _session(model: Path | bytes, first: tuple[str, dict[str, str]] | None = None) -> onnxruntime.InferenceSession:
    """A session on the CPU, after another provider where one is given."""
    providers: list[str | tuple[str, dict[str, str]]] = [CPU] if first is None else [first, CPU]
    return onnxruntime.InferenceSession(model, session_options(), providers=providers)


def session_options() -> onnxruntime.SessionOptions:
    """One thread, and none that spins: two libraries spinning on the same cores cost a hundredfold."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options


def _input(given: onnxruntime.NodeArg) -> Input:
    shape = tuple(each if isinstance(each, int) else None for each in given.shape)
    return Input(given.name, shape, TYPES.get(given.type, "float32"))


TYPES = {
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}
