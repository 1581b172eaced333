"""torch networks as ONNX files: halved weights, nothing of this machine in them, and a parity figure."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

Feeds = Mapping[str, NDArray[Any]]  # inputs by name, in the order of the module's arguments
SMALL = 256  # initialisers with fewer values stay float32: halving them saves nothing


class Mismatch(RuntimeError):
    """What was written does not do what was trained; nothing is kept of it."""


@dataclass(frozen=True)
class Parity:
    """How far the file's outputs, run by onnxruntime, are from torch's own in float32.

    A value that is not a number makes `largest` and `mean` not a number, so compare with `not largest <= bound`.
    """

    largest: float  # over the float outputs
    mean: float
    levels: int = 0  # the largest difference in an integer output: gray levels of `pixels`


def to_onnx(graph: nn.Module, example: Mapping[str, torch.Tensor], outputs: Sequence[str]) -> onnx.ModelProto:
    """Export with a dynamic batch and halve the weights. `example` maps the inputs, in order, to tensors of 2 rows."""
    graph = graph.eval().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own dependencies
        program = torch.onnx.export(
            graph,
            tuple(example.values()),
            dynamo=True,
            verbose=False,
            input_names=list(example),
            output_names=list(outputs),
            dynamic_shapes=tuple({0: torch.export.Dim("batch")} for _ in example),
        )
    if program is None:
        raise RuntimeError("torch's exporter answered nothing")
    model = program.model_proto
    strip(model)
    halve(model)
    onnx.checker.check_model(model, full_check=True)
    return model


def strip(model: onnx.ModelProto) -> None:
    """Remove what the exporter writes about the machine it ran on: stack traces with paths, in every node."""
    model.doc_string = ""
    model.producer_version = ""
    del model.metadata_props[:]
    del model.functions[:]
    graph = model.graph
    graph.doc_string = ""
    del graph.metadata_props[:]
    del graph.value_info[:]
    for part in (*graph.node, *graph.initializer, *graph.input, *graph.output):
        part.doc_string = ""
        del part.metadata_props[:]


def halve(model: onnx.ModelProto) -> None:
    """Store large float32 initialisers as float16 with a cast in front, which onnxruntime folds when it loads."""
    graph = model.graph
    casts = []
    for initialiser in graph.initializer:
        values = numpy_helper.to_array(initialiser)
        if initialiser.data_type != TensorProto.FLOAT or values.size < SMALL:
            continue
        name = initialiser.name
        initialiser.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*casts, *rest])


def serialise(model: onnx.ModelProto) -> bytes:
    """The file's bytes."""
    buffer = io.BytesIO()
    onnx.save(model, buffer)
    return buffer.getvalue()


def session(content: bytes) -> onnxruntime.InferenceSession:
    """A file's bytes as a CPU session."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


@torch.inference_mode()
def parity(content: bytes, graph: nn.Module, feeds: Feeds, outputs: Sequence[str]) -> Parity:
    """Compare the outputs of the file with torch's own for the same inputs. Raises Mismatch when shapes differ."""
    answered = session(content).run(list(outputs), dict(feeds))
    expected = graph.eval()(*(torch.from_numpy(values) for values in feeds.values()))
    expected = expected if isinstance(expected, tuple) else (expected,)
    floats, levels = [], [0]
    for found, wanted in zip(answered, (each.numpy() for each in expected), strict=True):
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            raise Mismatch(
                f"The file answers {found.dtype} {found.shape} where torch answers {wanted.dtype} {wanted.shape}."
            )
        if np.issubdtype(found.dtype, np.floating):
            floats.append(np.abs(found - wanted))
        else:
            levels.append(int(np.abs(found.astype(np.int64) - wanted).max()))
    # numpy's max, for Python's drops a NaN that is not the first.
    return Parity(float(np.max([d.max() for d in floats])), float(np.mean([d.mean() for d in floats])), max(levels))
