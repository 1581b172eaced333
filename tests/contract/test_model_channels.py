"""The decoder's own uint8 pixels, and graphs whose channels are not those of the picture that the product sees."""

from __future__ import annotations

import numpy as np
import pytest

from models.adapter import GraphMismatch
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, decoder_model, model, pictures, rows

H, W = HEIGHT, WIDTH


def test_pixels_come_from_the_graph_where_it_has_them() -> None:
    """The second output here answers one more than the rounded picture, to tell where the answer comes from."""
    graph = Tiny("z", ("N", 18)).shaped(-1, H, W, 3).output("image").scaled(255, 1).op("Round").cast("uint8")
    graph = graph.output("bytes", "uint8")
    images = pictures(5, 3)
    for batch in ("dynamic", 5):
        tiny = decoder_model(graph, channels=3, layout="NHWC", pixels="bytes", batch=batch)
        expected = np.rint(images * np.float32(255) + 1).astype(np.uint8)
        np.testing.assert_array_equal(tiny.pixels(rows(images)), expected)
        np.testing.assert_allclose(tiny.decode(rows(images)), images, atol=1e-6)


def test_pixels_of_another_shape_or_type_are_refused() -> None:
    for graph in (
        Tiny("z", ("N", 6)).shaped(-1, H, W, 1).output("image").output("bytes"),
        Tiny("z", ("N", 6))
        .shaped(-1, H, W, 1)
        .output("image")
        .turned(0, 3, 1, 2)
        .cast("uint8")
        .output("bytes", "uint8"),
    ):
        with pytest.raises(GraphMismatch, match="bytes"):
            decoder_model(graph, layout="NHWC", pixels="bytes").pixels(np.zeros((1, 6), np.float32))


def test_a_gray_encoder_with_an_rgba_decoder() -> None:
    """The product sees gray: colours lie on the ground where they are transparent, then luma is taken."""
    graphs = {
        "encoder.onnx": Tiny("x", ("N", 1, H, W)).shaped(-1, 6).output("mean").build(),
        "decoder.onnx": Tiny("z", ("N", 6))
        .shaped(-1, H, W, 1)
        .op("Mul", np.array([1.0, 0.5, 0.25, 0.0], np.float32))
        .op("Add", np.array([0.0, 0.0, 0.0, 0.75], np.float32))
        .output("image")
        .build(),
    }
    image = {"channels": 1, "height": H, "width": W, "colour": "gray", "ground": [102]}
    tiny = model(graphs, encoder={}, decoder={"layout": "NHWC", "channels": 4, "pixels": "none"}, image=image)
    images = pictures(2, 1)
    latents = tiny.encode(images).mean
    expected = images * (0.299 + 0.5 * 0.587 + 0.25 * 0.114) * 0.75 + 102 / 255 * 0.25
    np.testing.assert_allclose(tiny.decode(latents), expected, atol=1e-5)
    # The graph's own pixels would be RGBA, so they are not even asked for.
    np.testing.assert_array_equal(tiny.pixels(latents), np.rint(expected * 255).astype(np.uint8))


def test_an_rgba_picture_for_a_gray_encoder() -> None:
    """The other way to describe that pair: the picture is what the decoder gives, and the encoder takes less of it."""
    image = {"channels": 4, "height": H, "width": W, "colour": "rgba", "ground": [255, 0, 51, 255]}
    tiny = model(
        {"encoder.onnx": Tiny("x", ("N", 1, H, W)).shaped(-1, 6).output("mean").build()},
        encoder={"channels": 1},
        image=image,
        latent={"shape": [6]},
    )
    images = pictures(2, 4)
    alpha = images[..., 3]
    laid = images[..., :3] * alpha[..., None] + np.array([1, 0, 0.2]) * (1 - alpha[..., None])
    np.testing.assert_allclose(tiny.encode(images).mean, rows(laid @ [0.299, 0.587, 0.114]), atol=1e-5)


@pytest.mark.parametrize(("have", "graph"), [(1, 3), (1, 4), (3, 4), (4, 3), (3, 1)])
def test_other_channels_in_a_graph(have: int, graph: int) -> None:
    """What the graph receives is what it should for gray as colour, colour as gray, alpha added and alpha removed."""
    size = H * W * graph
    tiny = model(
        {"encoder.onnx": Tiny("x", ("N", H, W, graph)).shaped(-1, size).output("mean").build()},
        channels=have,
        encoder={"channels": graph, "layout": "NHWC"},
        latent={"shape": [size]},
    )
    images = pictures(2, have)
    colour = images[..., :3] * images[..., 3:] if have == 4 else images
    if graph == 1:
        expected = colour @ np.array([[0.299], [0.587], [0.114]], np.float32)
    else:
        expected = np.broadcast_to(colour, (*colour.shape[:3], 3))
        expected = np.concatenate([expected, np.ones_like(expected[..., :1])], -1) if graph == 4 else expected
    np.testing.assert_allclose(tiny.encode(images).mean, rows(expected), atol=1e-6)
