"""Every way in which a graph may take or give pictures, each on a real ONNX model of a few nodes.

A decoder here turns its latents into pictures by rearranging and scaling, an encoder does the opposite, so the right
answer is always the pictures themselves: an error in order, scale or type cannot cancel out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pytest

from models.adapter import GraphMismatch, NotSupported
from models.manifest import Decoder, Encoder
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, decoder_model, encoder_model, model, pictures, rows

H, W = HEIGHT, WIDTH
MEAN, STD = [0.1, 0.2, 0.3], [0.5, 0.6, 0.7]


@dataclass(frozen=True)
class Case:
    """Fields of one side of the manifest, and the nodes between latents and the tensor that they describe."""

    name: str
    fields: Mapping[str, Any]
    nodes: Callable[[Tiny], Tiny]
    shape: tuple[int | str, ...]  # of the graph's input
    channels: int = 1
    dtype: str = "float32"
    tolerance: float = 1e-5
    runs: list[int] | None = None  # rows of each run when five rows are asked for
    extra: Mapping[str, Any] = field(default_factory=dict)


def z(channels: int = 1, batch: int | str = "N") -> tuple[int | str, ...]:
    return (batch, H * W * channels)


def unit(graph: Tiny, channels: int = 1) -> Tiny:
    return graph.shaped(-1, H, W, channels)


DECODERS = [
    Case("NCHW", {"layout": "NCHW"}, lambda g: unit(g, 3).turned(0, 3, 1, 2), z(3), 3),
    Case("NHWC", {"layout": "NHWC"}, lambda g: unit(g, 3), z(3), 3),
    Case("HWC", {"layout": "HWC"}, lambda g: g.shaped(H, W, 3), z(3, 1), 3, runs=[1] * 5),
    Case("HWC, latent too", {"layout": "HWC", "batch": "none"}, lambda g: g.shaped(H, W, 3), (18,), 3, runs=[18] * 5),
    Case("flat", {"layout": "flat"}, lambda g: unit(g, 3).turned(0, 3, 1, 2).shaped(-1, 18), z(3), 3),
    Case("flat_hwc", {"layout": "flat_hwc"}, lambda g: g.shaped(-1, 18), z(3), 3),
    Case("transposed", {"transpose_hw": True}, lambda g: unit(g, 3).turned(0, 3, 2, 1), z(3), 3),
    Case(
        "transposed, flat",
        {"transpose_hw": True, "layout": "flat"},
        lambda g: unit(g, 3).turned(0, 3, 2, 1).shaped(-1, 18),
        z(3),
        3,
    ),
    Case("gray without its axis", {"layout": "NCHW"}, lambda g: g.shaped(-1, H, W), z()),
    Case("-1 to 1", {"layout": "NHWC", "range": [-1, 1]}, lambda g: unit(g).scaled(2, -1), z()),
    Case("0 to 255", {"layout": "NHWC", "range": [0, 255]}, lambda g: unit(g).scaled(255), z()),
    Case("inverted", {"layout": "NHWC", "range": [1, 0]}, lambda g: unit(g).scaled(-1, 1), z()),
    Case(
        "standardised",
        {"layout": "NHWC", "normalize": {"mean": MEAN, "std": STD}},
        lambda g: unit(g, 3).op("Sub", np.array(MEAN, np.float32)).op("Div", np.array(STD, np.float32)),
        z(3),
        3,
    ),
    Case(
        "logits",
        {"layout": "NHWC", "activation": "sigmoid"},
        lambda g: unit(g).op("Reciprocal").op("Sub", np.array(1, np.float32)).op("Log").op("Neg"),
        z(),
    ),
    Case("no activation", {"layout": "NHWC", "activation": "none"}, unit, z()),
    Case("float16", {"layout": "NHWC", "dtype": "float16"}, unit, z(), dtype="float16", tolerance=1e-3),
    Case("float64", {"layout": "NHWC", "dtype": "float64"}, unit, z(), dtype="float64"),
    Case(
        "uint8",
        {"layout": "NHWC", "dtype": "uint8", "range": [0, 255]},
        lambda g: unit(g).scaled(255).op("Round").cast("uint8"),
        z(),
        tolerance=0.5 / 255 + 1e-6,
        extra={"output": "uint8"},
    ),
    Case("batch of 1", {"layout": "NHWC", "batch": 1}, unit, z(1, 1), runs=[1] * 5),
    Case("batch of 2", {"layout": "NHWC", "batch": 2}, unit, z(1, 2), runs=[2, 2, 2]),
    Case("batch of 128", {"layout": "NHWC", "batch": 128}, unit, z(1, 128), runs=[128]),
    Case("any batch", {"layout": "NHWC", "batch": "dynamic"}, unit, z(), runs=[5]),
]

ENCODERS = [
    Case("NCHW", {"layout": "NCHW"}, lambda g: g.turned(0, 2, 3, 1), ("N", 3, H, W), 3),
    Case("NHWC", {"layout": "NHWC"}, lambda g: g, ("N", H, W, 3), 3),
    Case("HWC", {"layout": "HWC"}, lambda g: g.shaped(1, -1), (H, W, 3), 3, runs=[H] * 5),
    Case("HWC, latent too", {"layout": "HWC", "batch": "none"}, lambda g: g.shaped(-1), (H, W, 3), 3, runs=[H] * 5),
    Case("flat", {"layout": "flat"}, lambda g: g.shaped(-1, 3, H, W).turned(0, 2, 3, 1), ("N", 18), 3),
    Case("flat_hwc", {"layout": "flat_hwc"}, lambda g: g, ("N", 18), 3),
    Case("transposed", {"transpose_hw": True}, lambda g: g.turned(0, 3, 2, 1), ("N", 3, W, H), 3),
    Case(
        "transposed, flat_hwc",
        {"transpose_hw": True, "layout": "flat_hwc"},
        lambda g: g.shaped(-1, W, H, 3).turned(0, 2, 1, 3),
        ("N", 18),
        3,
    ),
    Case("-1 to 1", {"layout": "NHWC", "range": [-1, 1]}, lambda g: g.scaled(0.5, 0.5), ("N", H, W, 1)),
    Case("0 to 255", {"layout": "NHWC", "range": [0, 255]}, lambda g: g.scaled(1 / 255), ("N", H, W, 1)),
    Case(
        "standardised",
        {"layout": "NHWC", "normalize": {"mean": MEAN, "std": STD}},
        lambda g: g.scaled(STD, MEAN),
        ("N", H, W, 3),
        3,
    ),
    Case("float16", {"layout": "NHWC", "dtype": "float16"}, lambda g: g, ("N", H, W, 1), 1, "float16", 1e-3),
    Case(
        "uint8",
        {"layout": "NHWC", "dtype": "uint8", "range": [0, 255]},
        lambda g: g.cast("float32").scaled(1 / 255),
        ("N", H, W, 1),
        1,
        "uint8",
        0.5 / 255 + 1e-6,
        extra={"output": "float32"},
    ),
    Case("batch of 1", {"layout": "NHWC", "batch": 1}, lambda g: g, (1, H, W, 1), runs=[1] * 5),
    Case("batch of 3", {"layout": "NHWC", "batch": 3}, lambda g: g, (3, H, W, 1), runs=[3, 3]),
]


@pytest.mark.parametrize("case", DECODERS, ids=lambda case: case.name)
def test_decoder(case: Case) -> None:
    images = pictures(5, case.channels)
    graph = case.nodes(Tiny("z", case.shape, case.dtype)).output("image", case.extra.get("output", case.dtype)).build()
    tiny = model({"decoder.onnx": graph}, channels=case.channels, decoder=case.fields)
    answer = tiny.decode(rows(images))
    assert answer.dtype == np.float32
    assert answer.shape == images.shape
    np.testing.assert_allclose(answer, images, atol=case.tolerance)
    np.testing.assert_array_equal(tiny.pixels(rows(images)), np.rint(answer * 255).astype(np.uint8))
    if case.runs is not None:
        assert [run["z"][0] for run in graph.runs] == case.runs * 2
    assert tiny.decode(rows(images)[:0]).shape == (0, H, W, case.channels)


@pytest.mark.parametrize("case", ENCODERS, ids=lambda case: case.name)
def test_encoder(case: Case) -> None:
    images = pictures(5, case.channels)
    graph = case.nodes(Tiny("x", case.shape, case.dtype))
    if case.fields.get("batch") != "none":
        graph = graph.shaped(-1, H * W * case.channels)
    session = graph.output("mean", case.extra.get("output", case.dtype)).build()
    tiny = model({"encoder.onnx": session}, channels=case.channels, encoder=case.fields)
    answer = tiny.encode(images)
    assert answer.mean.dtype == np.float32
    assert answer.logvar is None
    np.testing.assert_allclose(answer.mean, rows(images), atol=case.tolerance)
    if case.runs is not None:
        assert [run["x"][0] for run in session.runs] == case.runs
    assert tiny.encode(images[:0]).mean.shape == (0, H * W * case.channels)


@pytest.mark.parametrize(
    ("side", "cases", "elsewhere"),
    [
        (Decoder, DECODERS, {"file", "input", "output", "pixels", "channels"}),
        (Encoder, ENCODERS, {"file", "input", "mean", "logvar", "channels"}),
    ],
)
def test_every_field_of_a_graph_has_a_case(side: type, cases: list[Case], elsewhere: set[str]) -> None:
    """`elsewhere` has tests of its own, here and in test_model_latents.py."""
    assert {key for case in cases for key in case.fields} | elsewhere == {each.name for each in fields(side)}


def test_the_tensors_and_files_have_the_names_that_the_manifest_says() -> None:
    images = pictures(2, 1)
    graphs = {
        "parts/a.onnx": Tiny("input.1", ("N", H, W, 1)).shaped(-1, 6).output("88").build(),
        "parts/b.onnx": Tiny("0", ("N", 6)).shaped(-1, H, W, 1).output("image:0").build(),
    }
    encoder = {"file": "parts/a.onnx", "input": "input.1", "mean": {"output": "88"}, "layout": "NHWC"}
    decoder = {"file": "parts/b.onnx", "input": "0", "output": "image:0", "layout": "NHWC"}
    tiny = model(graphs, encoder=encoder, decoder=decoder)
    np.testing.assert_allclose(tiny.decode(tiny.encode(images).mean), images, atol=1e-6)


def test_range_and_normalize_are_apart_for_input_and_output() -> None:
    """Standardised pictures in, 0..255 out, as one published model has it."""
    images = pictures(3, 1)
    graphs = {
        "encoder.onnx": Tiny("x", ("N", H, W, 1)).scaled(0.3, 0.1).shaped(-1, 6).output("mean").build(),
        "decoder.onnx": Tiny("z", ("N", 6)).shaped(-1, H, W, 1).scaled(255).output("image").build(),
    }
    encoder = {"layout": "NHWC", "normalize": {"mean": [0.1], "std": [0.3]}}
    tiny = model(graphs, encoder=encoder, decoder={"layout": "NHWC", "range": [0, 255]})
    np.testing.assert_allclose(tiny.decode(tiny.encode(images).mean), images, atol=1e-5)


def test_the_picture_is_always_clamped() -> None:
    tiny = decoder_model(unit(Tiny("z", z())).scaled(3, -1).output("image"), layout="NHWC")
    images = pictures(4, 1)
    answer = tiny.decode(rows(images))
    np.testing.assert_allclose(answer, np.clip(3 * images - 1, 0, 1), atol=1e-5)
    assert answer.min() == 0
    assert answer.max() == 1


@pytest.mark.parametrize("value", [-1e30, 1e30])
def test_extreme_logits_and_float16_overflow_give_no_warning_and_no_nan(value: float) -> None:
    """Warnings are errors in these tests, so an overflow on the way would fail here."""
    logits = decoder_model(unit(Tiny("z", z())).output("image"), layout="NHWC", activation="sigmoid")
    halves = unit(Tiny("z", z(), "float16")).output("image", "float16")
    for tiny in (logits, decoder_model(halves, layout="NHWC", dtype="float16")):
        assert np.all(tiny.decode(np.full((1, 6), value, np.float32)) == (value > 0))


def test_values_that_are_not_numbers_are_reported() -> None:
    tiny = decoder_model(unit(Tiny("z", z())).op("Log").output("image"), layout="NHWC")
    with pytest.raises(GraphMismatch, match="not numbers"):
        tiny.decode(np.full((1, 6), -1, np.float32))


def test_a_layout_that_the_graph_does_not_have_is_refused() -> None:
    tiny = decoder_model(Tiny("z", z(3)).shaped(-1, H, W, 3).output("image"), channels=3, layout="NCHW")
    with pytest.raises(GraphMismatch, match=r"\(2, 2, 3, 3\), expected \(2, 3, 2, 3\) for layout NCHW"):
        tiny.decode(np.zeros((2, 18), np.float32))


def test_a_decoder_alone_and_an_encoder_alone() -> None:
    decoder = decoder_model(Tiny("z", z()).shaped(-1, H, W, 1).output("image"), layout="NHWC")
    with pytest.raises(NotSupported, match="no encoder"):
        decoder.encode(pictures(1, 1))
    encoder = encoder_model(Tiny("x", ("N", H, W, 1)).shaped(-1, 6).output("mean"), layout="NHWC")
    for call in (encoder.decode, encoder.pixels):
        with pytest.raises(NotSupported, match="no decoder"):
            call(np.zeros((1, 6), np.float32))


def test_a_decoder_that_samples_inside_is_declared_so() -> None:
    graph = Tiny("z", z()).op("RandomNormalLike", scale=0.1).shaped(-1, H, W, 1).output("image")
    tiny = decoder_model(graph, layout="NHWC", others={"deterministic": False})
    assert not tiny.manifest.deterministic
    latents = np.full((1, 6), 0.5, np.float32)
    assert not np.array_equal(tiny.decode(latents), tiny.decode(latents))
