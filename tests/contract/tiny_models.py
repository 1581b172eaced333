"""ONNX models of a few nodes, each built to need one field of the manifest, and the manifest around them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.adapter import Model
from models.manifest import parse

HEIGHT, WIDTH = 2, 3  # not the same, so that a swap of the two cannot go unseen

Array = NDArray[Any]
Floats = NDArray[np.float32]


def pictures(count: int, channels: int, seed: int = 0) -> Floats:
    """(N, H, W, C) float32 between 0.05 and 0.95, all values different: no error in their order or scale can hide."""
    values = np.linspace(0.05, 0.95, count * HEIGHT * WIDTH * channels, dtype=np.float32)
    return np.random.default_rng(seed).permutation(values).reshape(count, HEIGHT, WIDTH, channels)


def rows(images: Array) -> Array:
    """(N, ...) -> (N, D): the latents of the models here, whose decoders only rearrange and scale."""
    return images.reshape(len(images), -1)


class Tiny:
    """A graph under construction: each call appends a node to the last tensor. Tensors keep the shapes given to them,
    so onnxruntime itself refuses a feed of another shape or type."""

    def __init__(self, name: str, shape: Sequence[int | str], dtype: str = "float32") -> None:
        self._inputs = [helper.make_tensor_value_info(name, _type(dtype), list(shape))]
        self._outputs: list[Any] = []
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self.last = name

    def input(self, name: str, shape: Sequence[int | str], dtype: str = "float32") -> Tiny:
        self._inputs.append(helper.make_tensor_value_info(name, _type(dtype), list(shape)))
        return self

    def op(self, kind: str, *operands: str | Array, first: str | Array | None = None, **attributes: Any) -> Tiny:
        """One node; its first operand is the last tensor or `first`. Arrays become constants."""
        operands = (self.last if first is None else first, *operands)
        names = [each if isinstance(each, str) else self._constant(each) for each in operands]
        self.last = f"t{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, names, [self.last], **attributes))
        return self

    def shaped(self, *shape: int) -> Tiny:
        return self.op("Reshape", np.array(shape, np.int64))

    def turned(self, *axes: int) -> Tiny:
        return self.op("Transpose", perm=list(axes))

    def scaled(self, factor: float | Sequence[float], offset: float | Sequence[float] = 0.0) -> Tiny:
        """Times `factor`, then plus `offset`; lists go along the last axis."""
        return self.op("Mul", np.array(factor, np.float32)).op("Add", np.array(offset, np.float32))

    def cast(self, dtype: str) -> Tiny:
        return self.op("Cast", to=_type(dtype))

    def output(self, name: str, dtype: str = "float32") -> Tiny:
        self._nodes.append(helper.make_node("Identity", [self.last], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, _type(dtype), None))
        return self

    def build(self) -> Session:
        graph = helper.make_graph(self._nodes, "tiny", self._inputs, self._outputs, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        return Session(model.SerializeToString())

    def _constant(self, values: Array) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name


class Session:
    """`models.adapter.Graph` over onnxruntime, one thread, that remembers the batches it was run with."""

    def __init__(self, content: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.content = content
        self.runs: list[dict[str, tuple[int, ...]]] = []
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def run(self, outputs: Sequence[str], feeds: Mapping[str, Array]) -> list[Array]:
        self.runs.append({name: values.shape for name, values in feeds.items()})
        answers: list[Array] = self._session.run(list(outputs), dict(feeds))
        return answers


def document(
    graphs: Mapping[str, bytes],
    *,
    channels: int = 1,
    encoder: Mapping[str, Any] | None = None,
    decoder: Mapping[str, Any] | None = None,
    latent: Mapping[str, Any] | None = None,
    **others: Any,
) -> dict[str, Any]:
    """model.json of a tiny model: the smallest one that is valid, with the given fields in their place."""
    colour = {1: "gray", 3: "rgb", 4: "rgba"}[channels]
    image = {"channels": channels, "height": HEIGHT, "width": WIDTH, "colour": colour}
    return {
        "format": 1,
        "name": "tiny",
        "kind": "other",
        "provenance": {"dataset": "none", "licence": "Apache-2.0"},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in graphs.items()},
        "image": image,
        "latent": {"shape": [HEIGHT * WIDTH * channels], "layout": "flat", "prior": "normal", **(latent or {})},
        "encoder": None
        if encoder is None
        else {"file": "encoder.onnx", "input": "x", "mean": {"output": "mean"}, **encoder},
        "decoder": None if decoder is None else {"file": "decoder.onnx", "input": "z", "output": "image", **decoder},
        **others,
    }


def model(graphs: Mapping[str, Session], arrays: Mapping[str, Floats] | None = None, **fields: Any) -> Model:
    """The adapter around tiny graphs; `fields` as in `document`."""
    contents = {name: session.content for name, session in graphs.items()}
    contents |= {name: values.tobytes() for name, values in (arrays or {}).items()}
    return Model(parse(document(contents, **fields)), graphs, arrays)


def decoder_model(graph: Tiny, *, channels: int = 1, others: Mapping[str, Any] | None = None, **fields: Any) -> Model:
    """A decoder alone; `fields` are its own."""
    return model({"decoder.onnx": graph.build()}, channels=channels, decoder=fields, **(others or {}))


def encoder_model(graph: Tiny, *, channels: int = 1, others: Mapping[str, Any] | None = None, **fields: Any) -> Model:
    """An encoder alone; `fields` are its own."""
    return model({"encoder.onnx": graph.build()}, channels=channels, encoder=fields, **(others or {}))


def _type(dtype: str) -> int:
    return int(getattr(TensorProto, dtype.upper().replace("FLOAT32", "FLOAT").replace("FLOAT64", "DOUBLE")))
