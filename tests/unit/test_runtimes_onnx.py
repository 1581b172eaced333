"""onnxruntime: bound tensors, what a full device says, and a provider that is believed only when a session has it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from server.runtimes import OutOfMemory
from server.runtimes import onnx as module
from server.runtimes.onnx import CPU, CUDA, PROBE, OnnxGraph, OnnxRuntime, cuda_options, cuda_refused, gpu_name
from server.runtimes.precision import made_up
from server.settings import ROOT

DECODER = ROOT / "checkpoints" / "digits-cvae" / "decoder.onnx"


def session(model: Path | bytes = DECODER) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model, module.session_options(), providers=[CPU])


class Pretending:
    """A session on the CPU that says what providers it has, and answers `apart` more than it should."""

    def __init__(self, apart: float = 0.0, providers: Sequence[str] = (CUDA, CPU)) -> None:
        self._session, self._apart, self._providers = session(), apart, list(providers)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def get_providers(self) -> list[str]:
        return self._providers

    def answer(self, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        found = self._session.run(list(outputs), dict(feeds))
        return [each + np.float32(self._apart) if each.dtype == np.float32 else each for each in found]


def test_bound_tensors_give_the_same_answer() -> None:
    plain, bound = OnnxGraph(session()), OnnxGraph(session(), bound="cpu")
    feeds = made_up(plain.inputs)
    feeds = {name: np.asfortranarray(each) for name, each in feeds.items()}  # a device takes rows only in their order
    for names in (plain.outputs, plain.outputs[::-1], plain.outputs[:1]):
        for one, other in zip(plain.run(names, feeds), bound.run(names, feeds), strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_graph_knows_its_inputs() -> None:
    graph = OnnxGraph(session())
    assert graph.rows == {each.name for each in graph.inputs}
    assert {each.dtype for each in graph.inputs} == {"float32", "int64"}
    assert graph.running.device == "CPU"


@pytest.mark.parametrize(
    ("message", "full"),
    [
        ("bfc_arena.cc:376 AllocateRawInternal Failed to allocate memory for requested buffer of size 939524096", True),
        ("Available memory of 1024 is smaller than requested bytes of 4096", True),
        ("CUDA failure 2: out of memory ; GPU=0", True),
        ("CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED", True),
        ("CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED", True),
        ("std::bad_alloc", True),
        ("Got invalid dimensions for input: z", False),
    ],
)
def test_a_full_device_is_known_by_what_the_library_says(
    monkeypatch: pytest.MonkeyPatch, message: str, full: bool
) -> None:
    graph = OnnxGraph(session())

    class Fails:
        def run(self, outputs: object, feeds: object) -> None:
            raise RuntimeError(f"[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : {message}")

    monkeypatch.setattr(graph, "session", Fails())
    with pytest.raises(OutOfMemory if full else RuntimeError, match="RUNTIME_EXCEPTION"):
        graph.run(["image"], {})


def test_the_probe_is_a_model_that_adds() -> None:
    (two,) = OnnxGraph(session(PROBE), bound="cpu").run(["y"], {"x": np.ones(2, np.float32)})
    assert two.tolist() == [2, 2]


class TestBelief:
    """Of machines that this one is not: the library's own word is replaced, the rest is real."""

    @pytest.fixture(autouse=True)
    def wheel_for_gpus(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
        monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
        monkeypatch.setattr(module, "has_nvidia_driver", lambda: True)

    @staticmethod
    def sessions(
        monkeypatch: pytest.MonkeyPatch, errors: dict[str, float], providers: Sequence[str] = (CUDA, CPU)
    ) -> None:
        """Sessions on CUDA that are off by `errors`, by precision, without a device to bind to."""

        def made(model: Path | bytes, first: tuple[str, dict[str, str]] | None = None) -> object:
            if first is None or isinstance(model, bytes):
                return session(model)
            precision = "tf32" if first[1]["use_tf32"] == "1" else "float32"
            return Pretending(errors[precision], providers)

        monkeypatch.setattr(module, "_session", made)
        monkeypatch.setattr(OnnxGraph, "_run_bound", lambda self, outputs, feeds: self.session.answer(outputs, feeds))

    def test_a_session_that_falls_back_in_silence_is_not_believed(self) -> None:
        reason = cuda_refused()
        assert reason is not None
        runtime = OnnxRuntime("auto")
        assert runtime.device == "CPU"
        with pytest.raises(ValueError, match="CUDA"):
            OnnxRuntime("cuda")

    def test_the_build_without_cuda_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
        assert cuda_refused() == "this is the build without CUDA"

    @pytest.mark.parametrize(
        ("errors", "precision", "note"),
        [
            ({"tf32": 0.0, "float32": 0.0}, "tf32", ""),
            ({"tf32": 0.1, "float32": 0.0}, "float32", "tf32 is off: a value would be off by 0.1000"),
        ],
    )
    def test_the_fastest_precision_that_was_measured_to_do_is_taken(
        self, monkeypatch: pytest.MonkeyPatch, errors: dict[str, float], precision: str, note: str
    ) -> None:
        self.sessions(monkeypatch, errors)
        monkeypatch.setattr(module, "cuda_refused", lambda: None)
        runtime = OnnxRuntime("auto")
        running = runtime.load(DECODER).running
        assert (running.device, running.precision) == (runtime.device, precision)
        assert running.note.startswith(note)

    @pytest.mark.parametrize(
        ("errors", "providers", "note"),
        [
            ({"tf32": 0.1, "float32": float("nan")}, (CUDA, CPU), "float32 is off"),
            ({"tf32": 0.0, "float32": 0.0}, (CPU,), "the session has no CUDA"),
        ],
    )
    def test_a_gpu_that_answers_wrongly_is_not_used(
        self,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        errors: dict[str, float],
        providers: Sequence[str],
        note: str,
    ) -> None:
        caplog.set_level(logging.INFO, "latent_explorer")
        self.sessions(monkeypatch, errors, providers)
        monkeypatch.setattr(module, "cuda_refused", lambda: None)
        running = OnnxRuntime("auto").load(DECODER).running
        assert (running.device, running.precision) == ("CPU", "float32")
        assert note in running.note
        assert f"digits-cvae/decoder.onnx: float32 on CPU, {running.runtime} (" in caplog.text


def test_without_a_driver_nobody_asks_for_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_nvidia_driver", lambda: False)
    monkeypatch.setattr(module, "cuda_refused", lambda: pytest.fail("it was asked for"))
    assert OnnxRuntime("auto").device == "CPU"


def test_the_gpu_has_the_name_that_the_driver_gives_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRIVER", tmp_path)
    assert gpu_name() == "NVIDIA GPU"
    (tmp_path / "0000:01:00.0").mkdir()
    (tmp_path / "0000:01:00.0" / "information").write_text("Model: \t\t NVIDIA L4\nIRQ: 1\n")
    assert gpu_name() == "NVIDIA L4"


def test_a_file_that_is_no_graph_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "decoder.onnx").write_bytes(b"no graph")
    with pytest.raises(ValueError, match=r"onnxruntime cannot load decoder\.onnx"):
        OnnxRuntime("cpu").load(tmp_path / "decoder.onnx")


def test_the_options_are_the_ones_that_answer_the_same_each_time() -> None:
    assert cuda_options("tf32") | {"use_tf32": "0"} == cuda_options("float32")
    assert cuda_options("float32")["cudnn_conv_algo_search"] == "HEURISTIC"
