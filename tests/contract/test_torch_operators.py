"""The torch runtime's operators, each against onnxruntime on a graph of one node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from server.runtimes.operators import OPERATORS
from server.runtimes.torch import TorchGraph
from tests.contract.tiny_models import Session

pytestmark = pytest.mark.needs_torch

Array = NDArray[Any]
RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((2, 8, 3, 4)).astype(np.float32)
OUTPUT = {"Equal": TensorProto.BOOL, "Shape": TensorProto.INT64}
ROWS = RANDOM.uniform(0.5, 2, (3, 5)).astype(np.float32)


def ints(*values: int) -> Array:
    return np.array(values, np.int64)


def graph(kind: str, x: Array, constants: Sequence[Array | None], attributes: dict[str, Any]) -> onnx.ModelProto:
    """x -> y by one node; None stands for an input that is left out."""
    names = ["x"] + ["" if each is None else f"c{i}" for i, each in enumerate(constants)]
    held = [numpy_helper.from_array(each, f"c{i}") for i, each in enumerate(constants) if each is not None]
    made = helper.make_graph(
        [helper.make_node(kind, names, ["y"], **attributes)],
        "one",
        [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(x.dtype), list(x.shape))],
        [helper.make_tensor_value_info("y", OUTPUT.get(kind, TensorProto.FLOAT), None)],
        held,
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


CASES: list[tuple[str, Array, list[Array | None], dict[str, Any]]] = [
    ("DepthToSpace", X, [], {"blocksize": 2, "mode": "CRD"}),
    ("Equal", ints(1, 2, 3), [ints(2)], {}),
    ("Expand", ROWS, [ints(4, 1, 5)], {}),
    ("Gather", ROWS, [np.array([[2, 0], [-1, 1]], np.int64)], {}),
    ("Gather", ROWS, [ints(4, -5)], {"axis": 1}),
    ("Pow", ROWS, [np.array(2.5, np.float32)], {}),
    ("Pow", ROWS, [ints(2)], {}),
    ("Reciprocal", ROWS, [], {}),
    ("ReduceMean", X, [ints(-1, 1)], {"keepdims": 0}),
    ("ReduceMean", X, [], {}),
    ("ReduceSum", X, [ints(2)], {"keepdims": 1}),
    ("ReduceSum", X, [], {"noop_with_empty_axes": 1}),
    ("Resize", X, [None, np.array([1, 1, 2, 2], np.float32)], {"mode": "linear"}),
    ("Resize", X, [None, None, ints(2, 8, 5, 9)], {"mode": "linear"}),
    ("Shape", X, [], {"start": 1, "end": 3}),
    ("Sqrt", ROWS, [], {}),
    ("Squeeze", X[:1], [ints(0)], {}),
    ("Squeeze", X[:1, :1], [], {}),
    ("Unsqueeze", ROWS, [ints(3, 0)], {}),
    ("Unsqueeze", ROWS, [ints(-1)], {}),
]


@pytest.mark.parametrize(("kind", "x", "constants", "attributes"), CASES, ids=lambda case: str(case)[:12])
def test_it_does_what_onnxruntime_does(
    kind: str, x: Array, constants: list[Array | None], attributes: dict[str, Any]
) -> None:
    model = graph(kind, x, constants, attributes)
    (expected,) = Session(model.SerializeToString()).run(["y"], {"x": x})
    (found,) = TorchGraph(model, torch.device("cpu")).run(["y"], {"x": x})
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "constants", "attributes", "sentence"),
    [
        ("DepthToSpace", [], {"blocksize": 2, "mode": "DCR"}, "mode CRD only"),
        ("Resize", [None, np.array([1, 1, 2, 2], np.float32)], {"mode": "nearest"}, "mode linear, half_pixel only"),
    ],
)
def test_a_mode_that_it_does_not_know_is_refused(
    kind: str, constants: list[Array | None], attributes: dict[str, Any], sentence: str
) -> None:
    loaded = TorchGraph(graph(kind, X, constants, attributes), torch.device("cpu"))
    with pytest.raises(ValueError, match=sentence):
        loaded.run(["y"], {"x": X})


def test_an_operator_that_it_does_not_know_is_named() -> None:
    assert "Erf" not in OPERATORS
    with pytest.raises(ValueError, match="the operator Erf is not one that the torch runtime knows"):
        TorchGraph(graph("Erf", ROWS, [], {}), torch.device("cpu"))


def test_what_does_not_depend_on_the_input_is_computed_when_the_graph_is_loaded() -> None:
    model = graph("Mul", ROWS, [ROWS], {})
    model.graph.node.insert(0, helper.make_node("Sqrt", ["c0"], ["root"]))
    model.graph.node[1].input[1] = "root"
    loaded = TorchGraph(model, torch.device("cpu"))
    assert len(loaded.nodes) == 1
    np.testing.assert_allclose(loaded.run(["y"], {"x": ROWS})[0], ROWS * np.sqrt(ROWS), atol=1e-6)
