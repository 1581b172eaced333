"""ONNX files: halved where it pays, nothing of the machine in them, and a parity figure that tells right from wrong."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from models import nets
from models.exporting import graphs
from models.exporting.graphs import SMALL, Mismatch
from models.exporting.networks import DecoderGraph, EncoderGraph

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

ROOT = Path(__file__).parents[2]
Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Exported:
    """A network, its file and rows to compare the two on."""

    graph: nn.Module
    model: onnx.ModelProto
    content: bytes
    x: dict[str, NDArray[np.float32]]
    outputs: list[str]


@pytest.fixture(scope="module")
def decoder(one_thread: None) -> Exported:
    torch.manual_seed(0)
    graph = DecoderGraph(nets.build("conv28-decoder", latent=4, width=4, hidden=16))
    outputs = ["image", "pixels"]
    model = graphs.to_onnx(graph, {"z": torch.zeros(2, 4)}, outputs)
    x = 3 * np.random.default_rng(0).standard_normal((64, 4)).astype(np.float32)
    return Exported(graph, model, graphs.serialise(model), {"z": x}, outputs)


@pytest.fixture(scope="module")
def encoder(one_thread: None) -> Exported:
    torch.manual_seed(0)
    graph = EncoderGraph(nets.build("conv28-encoder", outputs=8, width=4, hidden=16), variational=True)
    outputs = ["mean", "logvar"]
    model = graphs.to_onnx(graph, {"image": torch.zeros(2, 1, 28, 28)}, outputs)
    x = np.random.default_rng(0).random((64, 1, 28, 28), dtype=np.float32)
    return Exported(graph, model, graphs.serialise(model), {"image": x}, outputs)


def linear(weights: Weights, nodes: list[onnx.NodeProto]) -> onnx.ModelProto:
    """A graph x (N, 20) -> y (N, 20) from nodes that use the weights by name."""
    shape: list[str | int | None] = ["batch", 20]
    return helper.make_model(
        helper.make_graph(
            nodes,
            "main",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
            [numpy_helper.from_array(value, name) for name, value in weights.items()],
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )


def two_layers() -> tuple[onnx.ModelProto, Weights]:
    random = np.random.default_rng(0)
    weights = {
        "large": random.standard_normal((20, 20)).astype(np.float32),
        "small": random.standard_normal(20).astype(np.float32),
    }
    nodes = [helper.make_node("MatMul", ["x", "large"], ["h"]), helper.make_node("Add", ["h", "small"], ["y"])]
    return linear(weights, nodes), weights


class TestHalve:
    def test_large_weights_take_half_the_place_and_small_ones_stay_exact(self) -> None:
        model, weights = two_layers()
        graphs.halve(model)
        kept = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
        assert kept["small"].dtype == np.float32
        np.testing.assert_array_equal(kept["small"], weights["small"])
        assert kept["large.half"].dtype == np.float16
        assert set(kept) == {"small", "large.half"}
        onnx.checker.check_model(model, full_check=True)

    @pytest.mark.parametrize(("size", "halved"), [(SMALL - 1, False), (SMALL, True)])
    def test_the_bound_is_where_it_is_said_to_be(self, size: int, halved: bool) -> None:
        weights = {"w": np.ones(size, np.float32)}
        model = linear(weights, [helper.make_node("Identity", ["x"], ["y"])])
        graphs.halve(model)
        assert (model.graph.initializer[0].data_type == TensorProto.FLOAT16) == halved

    def test_integers_are_left_alone(self) -> None:
        model = linear({}, [helper.make_node("Identity", ["x"], ["y"])])
        model.graph.initializer.append(numpy_helper.from_array(np.arange(1000), "rows"))
        graphs.halve(model)
        np.testing.assert_array_equal(numpy_helper.to_array(model.graph.initializer[0]), np.arange(1000))

    def test_what_the_graph_computes_changes_by_the_rounding_only(self) -> None:
        model, weights = two_layers()
        graphs.halve(model)
        x = np.random.default_rng(1).standard_normal((5, 20)).astype(np.float32)
        (found,) = graphs.session(graphs.serialise(model)).run(["y"], {"x": x})
        rounded = x @ weights["large"].astype(np.float16).astype(np.float32) + weights["small"]
        np.testing.assert_allclose(found, rounded, atol=1e-5)

    def test_an_exported_file_holds_no_large_float32(self, decoder: Exported, encoder: Exported) -> None:
        for each in (decoder, encoder):
            large = [part for part in each.model.graph.initializer if numpy_helper.to_array(part).size >= SMALL]
            assert len(large) >= 3
            assert {part.data_type for part in large} == {TensorProto.FLOAT16}


class TestStrip:
    def test_notes_of_every_part_are_removed(self) -> None:
        model, _ = two_layers()
        graph, secret = model.graph, "/home/somebody/train.py"
        model.producer_version = model.doc_string = graph.doc_string = secret
        for part in (model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
            part.metadata_props.append(onnx.StringStringEntryProto(key="stack_trace", value=f'File "{secret}", line 3'))
        for named in (*graph.node, *graph.initializer, *graph.input, *graph.output):
            named.doc_string = secret
        graph.value_info.append(helper.make_tensor_value_info("h", TensorProto.FLOAT, ["batch", 20]))
        graph.value_info[0].doc_string = secret
        assert b"somebody" in graphs.serialise(model)
        graphs.strip(model)
        content = graphs.serialise(model)
        assert b"somebody" not in content
        assert b"stack_trace" not in content
        onnx.checker.check_model(model, full_check=True)

    def test_an_exported_file_says_nothing_of_the_machine_it_was_made_on(
        self, decoder: Exported, encoder: Exported
    ) -> None:
        paths = {str(ROOT), str(Path.home()), str(Path(torch.__file__).parent), ".py", 'File "', "Traceback", "stack"}
        names = {name for name in (socket.gethostname(), getpass.getuser()) if len(name) > 5}
        for each in (decoder, encoder):
            assert [word for word in sorted(paths | names) if word.encode() in each.content] == []
            assert torch.__version__.encode() not in each.content


class TestExport:
    @pytest.mark.parametrize("rows", [1, 3, 64])
    def test_any_number_of_rows_passes(self, rows: int, decoder: Exported, encoder: Exported) -> None:
        image, pixels = graphs.session(decoder.content).run(decoder.outputs, {"z": decoder.x["z"][:rows]})
        assert (image.shape, image.dtype) == ((rows, 1, 28, 28), np.float32)
        assert (pixels.shape, pixels.dtype) == ((rows, 28, 28, 1), np.uint8)
        mean, logvar = graphs.session(encoder.content).run(encoder.outputs, {"image": encoder.x["image"][:rows]})
        assert mean.shape == logvar.shape == (rows, 4)

    def test_the_pixels_are_the_image_rounded_and_channels_last(self, decoder: Exported) -> None:
        image, pixels = graphs.session(decoder.content).run(decoder.outputs, decoder.x)
        assert 0 <= image.min() < image.max() <= 1
        np.testing.assert_array_equal(pixels, np.rint(255 * image).astype(np.uint8).transpose(0, 2, 3, 1))

    def test_the_two_halves_of_a_variational_encoder_are_mean_then_log_variance(self, encoder: Exported) -> None:
        graph = encoder.graph
        assert isinstance(graph, EncoderGraph)
        with torch.inference_mode():
            code = graph.encoder(torch.from_numpy(encoder.x["image"])).numpy()
        mean, logvar = graphs.session(encoder.content).run(encoder.outputs, encoder.x)
        np.testing.assert_allclose(mean, code[:, :4], atol=5e-3)
        np.testing.assert_allclose(logvar, code[:, 4:], atol=5e-3)

    def test_the_same_network_makes_the_same_bytes(self, decoder: Exported) -> None:
        again = graphs.to_onnx(decoder.graph, {"z": torch.zeros(2, 4)}, decoder.outputs)
        assert graphs.serialise(again) == decoder.content


class TestParity:
    def test_a_right_file_differs_by_the_halved_weights_only(self, decoder: Exported, encoder: Exported) -> None:
        for each in (decoder, encoder):
            found = graphs.parity(each.content, each.graph, each.x, each.outputs)
            assert 0 < found.mean < found.largest < 0.01
            assert found.levels <= 2

    @pytest.mark.parametrize("which", ["decoder", "encoder"])
    def test_other_weights_are_far_off(self, which: str, request: pytest.FixtureRequest) -> None:
        right: Exported = request.getfixturevalue(which)
        torch.manual_seed(1)
        other = {name: value + 0.2 * torch.randn(value.shape) for name, value in right.graph.state_dict().items()}
        kept = {name: value.clone() for name, value in right.graph.state_dict().items()}
        right.graph.load_state_dict(other)
        try:
            assert graphs.parity(right.content, right.graph, right.x, right.outputs).largest > 0.05
        finally:
            right.graph.load_state_dict(kept)

    def test_wrong_pixels_show_though_the_image_is_right(self, decoder: Exported) -> None:
        class Upside(nn.Module):
            def forward(self, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
                image, pixels = decoder.graph(z)
                return image, pixels.flip(1)

        found = graphs.parity(decoder.content, Upside(), decoder.x, decoder.outputs)
        assert found.largest < 0.01
        assert found.levels > 5

    @pytest.mark.parametrize("at", [0, 1])
    def test_what_is_not_a_number_is_not_overlooked_in_any_output(self, at: int, encoder: Exported) -> None:
        class Broken(nn.Module):
            def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
                code = [each.clone() for each in encoder.graph(image)]
                code[at][3, 2] = torch.nan
                return tuple(code)

        assert np.isnan(graphs.parity(encoder.content, Broken(), encoder.x, encoder.outputs).largest)

    @pytest.mark.parametrize("change", [lambda p: p.permute(0, 3, 1, 2), lambda p: p.float()], ids=["shape", "type"])
    def test_another_shape_or_type_is_a_mismatch(
        self, change: Callable[[torch.Tensor], torch.Tensor], decoder: Exported
    ) -> None:
        class Other(nn.Module):
            def forward(self, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
                image, pixels = decoder.graph(z)
                return image, change(pixels)

        with pytest.raises(Mismatch, match=r"The file answers uint8 \(64, 28, 28, 1\) where torch answers"):
            graphs.parity(decoder.content, Other(), decoder.x, decoder.outputs)
