"""Which library draws fastest on one thread, and how exactly? `python -m benchmarks.runtimes`.

Turn by turn in one run, the same decoder on the same rows of the model's own set: onnxruntime as the server uses it,
torch node by node, OpenVINO in float32 and in bfloat16 (left out where it is not installed: it is no dependency), and
onnxruntime with int8 weights and activations, calibrated on other rows of that set. The errors are those of the picture
against onnxruntime in float32, in levels of 256.

An extra is worth its packages if it holds this promise on convolutional decoders of 64x64 pixels: at least 1.5 times as
fast, alone and in batches of 16, with no value off by more than 2 levels.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime import quantization

from benchmarks.report import keep, machine
from models.adapter import Graph, Model
from models.manifest import load_arrays
from server.catalog import Catalog
from server.opened import OpenedModel
from server.runtimes import choose
from server.runtimes.onnx import OnnxGraph, session_options
from server.settings import ROOT

Arrays = Mapping[str, NDArray[Any]]
LARGE = ("faces-vae", "faces-dbvae", "faces-gan", "sprites-vae")  # convolutional, 64x64
SMALL = ("fashion-vae-16", "fashion-gan-64")
BATCHES = (1, 16)
TURNS = 40
CALIBRATION = 100
FASTER, LEVELS = 1.5, 2.0
HEAD = (
    "| what | batch | ms a picture | times as fast | largest error | mean error |",
    "| --- | --- | --- | --- | --- | --- |",
)
BASE = "onnxruntime, float32"
FOLDED = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC


class Listening:
    """A graph that keeps what it is fed."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.fed: list[Arrays] = []

    def run(self, outputs: Sequence[str], feeds: Arrays) -> list[NDArray[Any]]:
        """Run it."""
        self.fed.append(dict(feeds))
        return self.graph.run(outputs, feeds)


def fed(opened: OpenedModel, rows: slice) -> Arrays:
    """What the decoder's graph is fed for rows of the model's default set, each in its own class."""
    decoder, points = opened.manifest.decoder, opened.points()
    assert decoder is not None
    assert points.pictures is not None
    listening = Listening(OnnxGraph(session(opened.folder / decoder.file)))
    others = dict.fromkeys([each for each in opened.manifest.files if each.endswith(".onnx")], listening)
    arrays = load_arrays(opened.folder, opened.manifest)
    classes = dict.fromkeys(opened.model.needs("decoder"), points.pictures.labels[rows])
    Model(opened.manifest, others, arrays).decode(points.latents[rows], conditions=classes or None)
    return listening.fed[-1]


def first_rows(feeds: Arrays, rows: int) -> Arrays:
    """The feeds of the first rows."""
    return {name: np.ascontiguousarray(each[:rows]) for name, each in feeds.items()}


def session(path: Path) -> onnxruntime.InferenceSession:
    """A session as the server makes it on the CPU."""
    return onnxruntime.InferenceSession(path, session_options(), providers=["CPUExecutionProvider"])


class OpenVino:
    """A graph compiled by OpenVINO for one thread, with the one output that is asked for."""

    def __init__(self, path: Path, output: str, precision: str) -> None:
        # Its import reports to its maker unless the package that does so cannot be found.
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
        openvino: Any = importlib.import_module("openvino")
        core = openvino.Core()
        model = core.read_model(str(path))
        for result in [each for each in model.get_results() if output not in each.input_value(0).get_names()]:
            model.remove_result(result)
        hints = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
        self._request = core.compile_model(model, "CPU", hints | {"ENABLE_CPU_PINNING": False}).create_infer_request()

    def run(self, outputs: Sequence[str], feeds: Arrays) -> list[NDArray[Any]]:
        """Run it."""
        found = self._request.infer(dict(feeds), share_inputs=True)
        return [found[name] for name in outputs]


class Rows(quantization.CalibrationDataReader):  # type: ignore[misc]
    """The rows that the ranges of int8 are taken from, one by one."""

    def __init__(self, feeds: Arrays) -> None:
        count = len(next(iter(feeds.values())))
        rows = ({name: each[row : row + 1] for name, each in feeds.items()} for row in range(count))
        self._rows: Iterator[Arrays] = iter(rows)

    def get_next(self) -> Arrays | None:
        """The next row, None behind the last."""
        return next(self._rows, None)


def quantised(path: Path, calibration: Arrays, kinds: Sequence[str], folder: Path) -> Graph:
    """The graph with the operators of these kinds in int8, a scale for each channel of the weights."""
    folded, done = folder / "folded.onnx", folder / "int8.onnx"
    options = session_options()
    options.optimized_model_filepath, options.graph_optimization_level = str(folded), FOLDED
    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])  # unpacks weights kept as float16
    quantization.quantize_static(
        str(folded), str(done), Rows(calibration), per_channel=True, op_types_to_quantize=list(kinds)
    )
    return OnnxGraph(session(done))


def candidates(path: Path, output: str, calibration: Arrays, folder: Path) -> dict[str, Graph]:
    """Every way to run a decoder that is to be had here."""
    from server.runtimes.torch import TorchRuntime

    found: dict[str, Graph] = {BASE: OnnxGraph(session(path)), "torch, float32": TorchRuntime("cpu").load(path)}
    if find_spec("openvino") is not None:
        found["OpenVINO, float32"] = OpenVino(path, output, "f32")
        found["OpenVINO, bfloat16"] = OpenVino(path, output, "bf16")
    found["onnxruntime, int8 Conv"] = quantised(path, calibration, ["Conv"], folder)
    every = ["Conv", "ConvTranspose", "Gemm", "MatMul"]
    found["onnxruntime, int8 all"] = quantised(path, calibration, every, folder)
    return found


@dataclass(frozen=True)
class Measured:
    """One way at one batch size: milliseconds a picture, times as fast as the base, errors in levels of 256."""

    way: str
    batch: int
    ms: float
    faster: float
    largest: float
    mean: float

    @property
    def row(self) -> str:
        """A line of the table."""
        return (
            f"| {self.way} | {self.batch} | {self.ms:.3f} | {self.faster:.2f} | {self.largest:.2f} | {self.mean:.3f} |"
        )


def measure(name: str, turns: int) -> list[Measured]:
    """All ways to run a model's decoder, turn by turn."""
    opened = OpenedModel(Catalog(ROOT / "checkpoints"), choose("onnx", "cpu"), name)
    decoder = opened.manifest.decoder
    assert decoder is not None
    calibration = fed(opened, slice(CALIBRATION))
    rows = fed(opened, slice(CALIBRATION, CALIBRATION + max(BATCHES)))
    with tempfile.TemporaryDirectory() as folder:
        ways = candidates(opened.folder / decoder.file, decoder.output, calibration, Path(folder))
        found: list[Measured] = []
        for batch in BATCHES:
            found += turn_by_turn(ways, decoder.output, first_rows(rows, batch), turns)
    return found


def turn_by_turn(ways: Mapping[str, Graph], output: str, feeds: Arrays, turns: int) -> list[Measured]:
    """Each way once a turn, the first turns left out; medians, and errors against the base."""
    batch = len(next(iter(feeds.values())))
    answers = {way: graph.run([output], feeds)[0].astype(np.float64) for way, graph in ways.items()}
    times: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(turns + 3):
        for way, graph in ways.items():
            taken = timed(lambda graph=graph: graph.run([output], feeds))  # type: ignore[misc]
            if turn >= 3:
                times[way].append(taken)
    base = float(np.median(times[BASE]))
    found = []
    for way in ways:
        middle, apart = float(np.median(times[way])), 255 * np.abs(answers[way] - answers[BASE])
        found.append(Measured(way, batch, 1e3 * middle / batch, base / middle, float(apart.max()), float(apart.mean())))
    return found


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def verdict(found: Mapping[str, Sequence[Measured]]) -> str:
    """Which ways hold the promise on every large model, and what each reaches at worst."""
    lines = []
    for way in dict.fromkeys(each.way for rows in found.values() for each in rows):
        mine = [each for name in LARGE for each in found[name] if each.way == way]
        slowest, furthest = min(each.faster for each in mine), max(each.largest for each in mine)
        holds = slowest >= FASTER and furthest <= LEVELS
        said = "holds the promise" if holds else "does not hold it"
        lines.append(f"- {way}: at least {slowest:.2f} times as fast, at most {furthest:.2f} levels off: {said}.")
    bounds = (
        f"The promise: {FASTER} times as fast with no value more than {LEVELS:.0f} levels off, on every 64x64 decoder."
    )
    return "\n".join([bounds, "", *lines[1:]])


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.runtimes", description=__doc__)
    parser.add_argument("--turns", type=int, default=TURNS, help="turns of each batch size")
    turns = parser.parse_args().turns
    logging.disable(logging.WARNING)  # the quantiser asks for a preparation that has been done
    found = {name: measure(name, turns) for name in LARGE + SMALL}
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split() if Path("/proc/cpuinfo").exists() else []
    special = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16") if flag in flags]
    heading = (
        f"`python -m benchmarks.runtimes` on {machine()} ({', '.join(special)}), load {os.getloadavg()[0]:.1f}; one "
        f"thread each, medians of {turns} turns"
    )
    parts = []
    for name, rows in found.items():
        parts.append("\n".join([f"{name}\n", *HEAD, *(each.row for each in rows)]))
    keep("runtimes", "\n\n".join([heading, *parts, verdict(found)]))


if __name__ == "__main__":
    main()
