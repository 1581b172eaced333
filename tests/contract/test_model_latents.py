"""Latents as graphs have them: vectors, maps of either order, posteriors in one output or two, every prior."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.adapter import BadInput, GraphMismatch
from models.latent.samplers import sample
from models.manifest.schema import PRIORS
from tests.contract.tiny_models import HEIGHT, WIDTH, Tiny, decoder_model, encoder_model, model, pictures, rows

H, W = HEIGHT, WIDTH
LOGVAR = {"output": "logvar"}


def picture_graph(channels: int = 1) -> Tiny:
    return Tiny("x", ("N", H, W, channels))


@pytest.mark.parametrize(
    "latent",
    [
        {"shape": [6], "layout": "flat"},
        {"shape": [6, 1, 1], "layout": "CHW"},
        {"shape": [1, H, W], "layout": "CHW"},
        {"shape": [3, 2, 1], "layout": "CHW"},
        {"shape": [H, W, 1], "layout": "HWC"},
        {"shape": [1, 1, 6], "layout": "HWC"},
    ],
    ids=str,
)
def test_the_shape_of_the_latent(latent: dict[str, Any]) -> None:
    """The graphs have exactly that shape; the product has rows."""
    shape = latent["shape"]
    graphs = {
        "encoder.onnx": picture_graph().shaped(-1, *shape).output("mean").build(),
        "decoder.onnx": Tiny("z", ("N", *shape)).shaped(-1, H, W, 1).output("image").build(),
    }
    tiny = model(graphs, encoder={"layout": "NHWC"}, decoder={"layout": "NHWC"}, latent=latent)
    images = pictures(3, 1)
    assert tiny.latent_size() == tiny.latent_size("z") == 6
    posterior = tiny.encode(images)
    np.testing.assert_allclose(posterior.mean, rows(images), atol=1e-6)
    np.testing.assert_allclose(tiny.decode(posterior.mean), images, atol=1e-6)


def test_mean_and_logvar_as_two_outputs() -> None:
    graph = picture_graph().shaped(-1, 6).output("mean").scaled(-2).output("logvar")
    posterior = encoder_model(graph, layout="NHWC", logvar=LOGVAR).encode(pictures(4, 1))
    assert posterior.logvar is not None
    assert posterior.logvar.dtype == np.float32
    np.testing.assert_allclose(posterior.mean, rows(pictures(4, 1)), atol=1e-6)
    np.testing.assert_allclose(posterior.logvar, -2 * rows(pictures(4, 1)), atol=1e-6)


# Ways to cut four channels into two and two.
HALVES = {"start": None, "stop": 2}, {"start": 2, "stop": None}
INTERLEAVED = {"start": 0, "step": 2}, {"start": 1, "step": 2}
FROM_THE_END = {"stop": -2}, {"start": -2}


@pytest.mark.parametrize("batch", ["dynamic", 2])
@pytest.mark.parametrize(("mean", "logvar"), [HALVES, INTERLEAVED, FROM_THE_END], ids=["halves", "interleaved", "end"])
@pytest.mark.parametrize("form", ["flat", "flat with axes of one", "CHW", "HWC", "CHW given flat"])
def test_mean_and_logvar_in_one_output(form: str, mean: dict[str, Any], logvar: dict[str, Any], batch: Any) -> None:
    """One output of four channels, cut along its channel axis wherever that lies."""
    if "flat" in form:
        graph = picture_graph(4).op("ReduceMean", axes=[1, 2], keepdims=0)  # (N, 4)
        graph = graph.shaped(-1, 4, 1, 1) if form == "flat with axes of one" else graph
        latent: dict[str, Any] = {"shape": [2]} if form != "CHW given flat" else {"shape": [2, 1, 1], "layout": "CHW"}
        channels = pictures(3, 4).mean(axis=(1, 2))
    elif form == "CHW":
        graph, latent = picture_graph(4).turned(0, 3, 1, 2), {"shape": [2, H, W], "layout": "CHW"}
        channels = pictures(3, 4).transpose(0, 3, 1, 2)
    else:
        graph, latent = picture_graph(4), {"shape": [H, W, 2], "layout": "HWC"}
        channels = np.moveaxis(pictures(3, 4), -1, 1)
    cut = {"mean": {"output": "both", **mean}, "logvar": {"output": "both", **logvar}}
    session = graph.output("both").build()
    tiny = model(
        {"encoder.onnx": session}, channels=4, encoder={"layout": "NHWC", "batch": batch, **cut}, latent=latent
    )
    posterior = tiny.encode(pictures(3, 4))
    chosen = slice(0, None, 2) if "step" in mean else slice(0, 2)
    others = slice(1, None, 2) if "step" in mean else slice(2, None)
    for answer, part in ((posterior.mean, channels[:, chosen]), (posterior.logvar, channels[:, others])):
        expected = np.moveaxis(part, 1, -1) if form == "HWC" else part
        assert answer is not None
        np.testing.assert_allclose(answer, rows(expected), atol=1e-6)
    assert len(session.runs) == (1 if batch == "dynamic" else 2)


@pytest.mark.parametrize("mean", [{"output": "mean"}, {"output": "mean", "stop": 5}, {"output": "mean", "start": 9}])
def test_an_output_of_another_size_is_refused(mean: dict[str, Any]) -> None:
    """Twelve values come, six are promised: none of these slices leaves six."""
    graph = picture_graph().shaped(-1, 6).op("Tile", np.array([1, 2], np.int64)).output("mean")
    tiny = encoder_model(graph, layout="NHWC", mean=mean)
    with pytest.raises(GraphMismatch, match='"mean"'):
        tiny.encode(pictures(2, 1))


@pytest.mark.parametrize("prior", PRIORS)
def test_latents_of_every_prior_decode(prior: Any) -> None:
    tiny = decoder_model(
        Tiny("z", ("N", 6)).shaped(-1, H, W, 1).output("image"),
        layout="NHWC",
        range=[-1, 1],
        others={"latent": {"prior": prior}},
    )
    reference = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    drawn = sample(tiny.manifest.latent.prior, tiny.latent_size("z"), 4, seed=1, reference=reference)
    np.testing.assert_allclose(rows(tiny.decode(drawn)), np.clip((drawn + 1) / 2, 0, 1), atol=1e-6)


@pytest.mark.parametrize("shape", [(6,), (2, 5), (2, 7), (1, 2, 3)])
def test_latents_of_another_size_are_refused(shape: tuple[int, ...]) -> None:
    tiny = decoder_model(Tiny("z", ("N", 6)).shaped(-1, H, W, 1).output("image"), layout="NHWC")
    with pytest.raises(BadInput, match="6 values"):
        tiny.decode(np.zeros(shape, np.float32))


@pytest.mark.parametrize("shape", [(H, W, 1), (1, W, H, 1), (1, H, W, 3)])
def test_pictures_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    tiny = encoder_model(picture_graph().shaped(-1, 6).output("mean"), layout="NHWC")
    with pytest.raises(BadInput, match=r"\(N, 2, 3, 1\)"):
        tiny.encode(np.zeros(shape, np.float32))
