"""The second runtime: the same ONNX files, their initialisers read into torch and their nodes run by torch.

The converters from ONNX to torch on the package index were last released in 2024 and stop before today's opsets, so the
few operators that decoders and encoders are made of are written out in `operators.py`. A graph with another one is
refused by name. On a GPU the graph is run through CUDA graphs (`captured.py`), in half precision where a measurement
allows it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from server.runtimes import CPU_BATCH, GPU_BATCH, Device, Loaded, OutOfMemory, Running, is_full, lacking
from server.runtimes.captured import Captured, record_cuda
from server.runtimes.operators import CONVOLUTIONS, DTYPES, FULL, HALF, OPERATORS, SHAPES, Attributes, Operator
from server.runtimes.precision import Input, rows_of, too_far

log = logging.getLogger("latent_explorer")
Tensor = torch.Tensor


@dataclass(frozen=True)
class Node:
    """One operator of a graph. An input is a constant, None where it is left out, or the name of a value."""

    operator: Operator
    inputs: tuple[Tensor | str | None, ...]
    outputs: tuple[str, ...]
    attributes: Attributes
    dtypes: tuple[torch.dtype, torch.dtype] | None = None  # values of the first type are taken as the second
    moved: frozenset[str] = frozenset()  # inputs that were computed on the host and are wanted on the device


class TorchGraph:
    """One ONNX file, run node by node."""

    @torch.no_grad()  # not inference_mode, whose tensors cannot be differentiated by anybody later
    def __init__(
        self,
        model: onnx.ModelProto,
        device: torch.device,
        *,
        half: torch.dtype | None = None,
        channels_last: bool = False,
    ) -> None:
        """Move the initialisers to the device. `half` is the type that convolutions and products of matrices run in.

        Raises ValueError naming an operator that is not known here.
        """
        self.device, self.half, self._channels_last = device, half, channels_last
        constants: dict[str, Tensor | None] = {"": None}
        for each in model.graph.initializer:
            constants[each.name] = torch.from_numpy(numpy_helper.to_array(each).copy())
        self.inputs = [_input(each) for each in model.graph.input if each.name not in constants]
        self.outputs = tuple(each.name for each in model.graph.output)
        self._dtypes = {each.name: _dtype(each) for each in model.graph.output}
        self._on_host: set[str] = set()  # values that are computed on the host, from shapes
        self.nodes: list[Node] = []
        self._ways: dict[tuple[str, ...], list[Node]] = {}
        for node in model.graph.node:
            if node.op_type not in OPERATORS or node.domain not in ("", "ai.onnx"):
                raise ValueError(f"the operator {node.op_type} is not one that the torch runtime knows")
            attributes = {item.name: helper.get_attribute_value(item) for item in node.attribute}
            if node.input and all(name in constants for name in node.input):
                # Once and for all: weights stored in half precision, or scaled before they are used.
                results = OPERATORS[node.op_type]([constants[name] for name in node.input], attributes)
                constants.update(zip(node.output, results, strict=False))
            else:
                self.nodes.append(self._placed(node, attributes, constants))
        self._fixed = {
            name: each.to(device) for name in self.outputs if (each := constants.get(name)) is not None
        }  # outputs that depend on no input

    def _placed(self, node: onnx.NodeProto, attributes: Attributes, constants: Mapping[str, Tensor | None]) -> Node:
        """The node with its constants where and as it wants them."""
        kind = node.op_type
        dynamic = [name for name in node.input if name not in constants]
        # Arithmetic with sizes. Floats are pictures, and stay where those are: a constant that is expanded to a batch.
        integers = not any(each.is_floating_point() for name in node.input if (each := constants.get(name)) is not None)
        on_host = bool(dynamic) and integers and all(name in self._on_host for name in dynamic)
        if on_host or kind == "Shape":
            self._on_host.update(node.output)
        inputs: list[Tensor | str | None] = []
        for position, name in enumerate(node.input):
            constant = constants.get(name)
            if name not in constants or constant is None:
                inputs.append(None if name in constants else name)
                continue
            if self.half is not None and kind in HALF and constant.dtype == torch.float32:
                constant = constant.to(self.half)
            if self._channels_last and kind in CONVOLUTIONS and constant.ndim == 4:
                constant = constant.contiguous(memory_format=torch.channels_last)
            inputs.append(constant if on_host or position in SHAPES.get(kind, ()) else constant.to(self.device))
        dtypes = None
        if self.half is not None and kind in HALF | FULL:
            dtypes = (torch.float32, self.half) if kind in HALF else (self.half, torch.float32)
        wanted = {name for position, name in enumerate(node.input) if position not in SHAPES.get(kind, ())}
        moved = frozenset() if on_host else frozenset(wanted & self._on_host)
        return Node(OPERATORS[kind], tuple(inputs), tuple(node.output), attributes, dtypes, moved)

    @property
    def rows(self) -> frozenset[str]:
        return rows_of(self.inputs)

    @property
    def running(self) -> Running:
        device = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else "CPU"
        return Running(library(), device, str(self.half or torch.float32).removeprefix("torch."))

    def forward(self, outputs: Sequence[str], feeds: Mapping[str, Tensor]) -> list[Tensor]:
        """The named outputs for tensors on the graph's device. Waits for nothing, and can be differentiated."""
        values: dict[str, Tensor] = {**self._fixed, **feeds}
        for node in self._way_to(tuple(outputs)):
            given = [values[each] if isinstance(each, str) else each for each in node.inputs]
            if node.moved:
                given = [
                    value.to(self.device) if value is not None and each in node.moved else value
                    for each, value in zip(node.inputs, given, strict=True)
                ]
            if node.dtypes is not None:
                given = [_as(each, *node.dtypes) for each in given]
            values.update(zip(node.outputs, node.operator(given, node.attributes), strict=False))
        return [values[name].to(self._dtypes.get(name, values[name].dtype)) for name in outputs]

    def _way_to(self, outputs: tuple[str, ...]) -> list[Node]:
        """The nodes that these outputs need, in order."""
        if outputs not in self._ways:
            wanted, needed = set(outputs), []
            for node in reversed(self.nodes):
                if wanted.intersection(node.outputs):
                    needed.append(node)
                    wanted.update(each for each in node.inputs if isinstance(each, str))
            self._ways[outputs] = needed[::-1]
        return self._ways[outputs]

    def run(self, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run the graph and return the named outputs. Raises OutOfMemory."""
        try:
            with torch.inference_mode():
                given = {name: torch.from_numpy(np.array(array)).to(self.device) for name, array in feeds.items()}
                return [each.cpu().numpy() for each in self.forward(outputs, given)]
        except RuntimeError as full:
            if not is_full(full):
                raise
            reason = str(full)
        # Only here: while the error is handled, it holds the frames and with them the tensors that fill the device.
        torch.cuda.empty_cache()
        raise OutOfMemory(reason)


def library() -> str:
    """torch and its version, as the page shows it."""
    return f"torch {torch.__version__.split('+')[0]}"


def _as(value: Tensor | None, old: torch.dtype, new: torch.dtype) -> Tensor | None:
    return value.to(new) if value is not None and value.dtype == old else value


def _input(given: onnx.ValueInfoProto) -> Input:
    kind = given.type.tensor_type
    shape = tuple(each.dim_value if each.HasField("dim_value") else None for each in kind.shape.dim)
    return Input(given.name, shape, helper.tensor_dtype_to_np_dtype(kind.elem_type).name)


def _dtype(given: onnx.ValueInfoProto) -> torch.dtype:
    kind = given.type.tensor_type.elem_type
    if kind not in DTYPES:
        raise ValueError(f"the type of its output {given.name} is not one that the torch runtime knows")
    return DTYPES[kind]


def precise_enough(model: onnx.ModelProto, device: torch.device, half: torch.dtype) -> tuple[TorchGraph, str]:
    """The graph in half precision where a measurement says that nobody sees it, else in float32, and why then."""
    full = TorchGraph(model, device, channels_last=True)
    halved = TorchGraph(model, device, half=half, channels_last=True)
    reason = too_far(full, halved, full.outputs, full.inputs)
    return (halved, "") if reason is None else (full, f"half precision is off: {reason}")


class TorchRuntime:
    """torch, on CUDA where there is one, else on the CPU with one thread a run."""

    def __init__(self, device: Device) -> None:
        cuda = device != "cpu" and torch.cuda.is_available()
        if device == "cuda" and not cuda:
            raise ValueError(
                lacking("torch", "cuda") or "CUDA was asked for, but torch cannot use it; is the NVIDIA driver recent?"
            )
        self._device = torch.device("cuda" if cuda else "cpu")
        self._lock = threading.Lock()  # one for all graphs: while one is captured, nobody may allocate beside it
        if cuda:
            # The same rows must give the same picture: no algorithm that adds in any order, and none chosen by a race.
            torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
            torch.backends.cudnn.allow_tf32 = False  # what half precision is measured against is float32
        else:
            torch.set_num_threads(1)  # as many runs at a time as there are cores do better

    @property
    def name(self) -> str:
        return library()

    @property
    def device(self) -> str:
        return torch.cuda.get_device_name() if self._device.type == "cuda" else "CPU"

    @property
    def batch(self) -> int:
        return GPU_BATCH if self._device.type == "cuda" else CPU_BATCH

    def load(self, path: Path) -> Loaded:
        try:
            model = onnx.load(path)
            if self._device.type == "cpu":
                return TorchGraph(model, self._device)
            with self._lock:
                graph, note = precise_enough(model, self._device, torch.float16)
            captured = Captured(graph, record_cuda, self._lock, note)
            log.info("%s/%s: %s", path.parent.name, path.name, captured.running)
            return captured
        except Exception as reason:  # protobuf's and onnx's errors share no class
            kind = OutOfMemory if is_full(reason) else ValueError
            raise kind(f"torch cannot run {path.name}: {reason}") from reason
