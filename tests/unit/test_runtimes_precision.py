"""A faster way to run a graph is believed only as far as it was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray

from server.runtimes import Running
from server.runtimes.precision import BOUND, ROWS, Input, difference, made_up, too_far
from server.runtimes.torch import TorchGraph, precise_enough
from server.settings import ROOT

pytestmark = pytest.mark.needs_torch

Z = Input("z", (None, 4), "float32")
DECODERS = ["fashion-vae-16", "faces-vae", "faces-gan", "digits-cgan"]


class Off:
    """image = z + `apart`, and bytes."""

    def __init__(self, apart: float, scale: float = 0.1) -> None:
        self.apart, self.scale = apart, scale
        self.rows, self.running = frozenset({"z"}), Running("fake 1", "CPU")

    def run(self, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        image = np.clip(self.scale * feeds["z"], -1, 1) + np.float32(self.apart)
        return [image, np.full((len(image), 2), 200 + round(255 * self.apart), np.uint8)]


def test_rows_are_made_up_the_same_each_time_and_fit_the_inputs() -> None:
    inputs = [
        Z,
        Input("class", (None,), "int64"),
        Input("image", (None, 2, 2, 3), "uint8"),
        Input("noise", (1, 4), "float16"),
    ]
    once, twice = made_up(inputs), made_up(inputs)
    assert {name: (each.shape, each.dtype.name) for name, each in once.items()} == {
        "z": ((ROWS, 4), "float32"),
        "class": ((ROWS,), "int64"),
        "image": ((ROWS, 2, 2, 3), "uint8"),
        "noise": ((1, 4), "float16"),
    }
    for name, each in once.items():
        np.testing.assert_array_equal(each, twice[name])
    assert np.unique(once["z"]).size == 4 * ROWS


@pytest.mark.parametrize(
    ("shape", "by_row"),
    [
        ((None, 32), True),
        ((None,), True),
        ((None, 3, None, None), True),
        ((4, 32), False),
        ((), False),
        ((None, None, 3), False),  # a picture without a batch: its height and its width
    ],
)
def test_the_batch_is_what_cannot_be_taken_for_a_pictures_height(shape: tuple[int | None, ...], by_row: bool) -> None:
    assert Input("x", shape, "float32").by_row == by_row


def test_an_input_whose_size_is_open_cannot_be_made_up() -> None:
    assert too_far(Off(0), Off(0), [], [Input("x", (None, 3, None, None), "float32")]) == (
        "the file does not say how large its input x is"
    )


@pytest.mark.parametrize(("apart", "believed"), [(0.0, True), (0.003, True), (0.005, False), (float("nan"), False)])
def test_the_bound_is_one_level_of_a_picture(apart: float, believed: bool) -> None:
    class Only(Off):
        def run(self, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
            return [np.clip(0.1 * feeds["z"], -1, 1) + np.float32(self.apart)]

    assert (too_far(Only(0), Only(apart), ["image"], [Z]) is None) == believed


def test_bytes_count_in_shares_of_255_and_large_values_relative_to_the_largest() -> None:
    assert difference(Off(0), Off(2 / 255), ["image", "pixels"], made_up([Z])) == pytest.approx(2 / 255, rel=1e-3)

    class Latents(Off):
        def run(self, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
            return [100 * np.sign(feeds["z"]) + np.float32(self.apart)]

    assert difference(Latents(0), Latents(0.1), ["mean"], made_up([Z])) == pytest.approx(0.001, rel=1e-3)


def decoder(name: str) -> onnx.ModelProto:
    return onnx.load(ROOT / "checkpoints" / name / "decoder.onnx")


@pytest.mark.parametrize("name", DECODERS)
def test_half_precision_with_channels_last_draws_what_float32_does(name: str) -> None:
    """The very graphs that run on a GPU, on the CPU."""
    chosen, note = precise_enough(decoder(name), torch.device("cpu"), torch.float16)
    assert chosen.running.precision == ("float32" if note else "float16")
    plain = TorchGraph(decoder(name), torch.device("cpu"))
    feeds = made_up(plain.inputs, 3)
    found, wanted = chosen.run(chosen.outputs, feeds), plain.run(plain.outputs, feeds)
    for one, other, output in zip(found, wanted, plain.outputs, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        scale = 255 if output == "pixels" else 1
        np.testing.assert_allclose(one / scale, other.astype(np.float32) / scale, atol=1.001 * BOUND)


def test_half_precision_really_is_used_and_allowed() -> None:
    chosen, note = precise_enough(decoder("fashion-vae-16"), torch.device("cpu"), torch.float16)
    assert (chosen.running.precision, note) == ("float16", "")
    halves = [each for node in chosen.nodes for each in node.inputs if isinstance(each, torch.Tensor)]
    assert any(each.dtype == torch.float16 for each in halves)
    assert any(each.ndim == 4 and each.is_contiguous(memory_format=torch.channels_last) for each in halves)


def test_a_type_that_is_too_coarse_is_refused_with_the_measured_figure() -> None:
    chosen, note = precise_enough(decoder("sprites-vae"), torch.device("cpu"), torch.bfloat16)
    assert chosen.running.precision == "float32"
    assert note.startswith("half precision is off: a value would be off by 0.")


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("checkpoints/*/*.onnx")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_no_pass_waits_for_the_device(path: Path) -> None:
    """A value that is read on the host stops a GPU and cannot be recorded. The device `meta` has no values to read."""
    graph = TorchGraph(onnx.load(path), torch.device("meta"), half=torch.float16, channels_last=True)
    assert not any(node.moved for node in graph.nodes)  # nor is anything copied there on the way
    feeds = {
        name: torch.empty(each.shape, dtype=torch.from_numpy(each).dtype, device="meta")
        for name, each in made_up(graph.inputs, 2).items()
    }
    plain = TorchGraph(onnx.load(path), torch.device("cpu")).run(graph.outputs, made_up(graph.inputs, 2))
    for found, wanted in zip(graph.forward(graph.outputs, feeds), plain, strict=True):
        assert found.device.type == "meta"
        assert tuple(found.shape) == wanted.shape
