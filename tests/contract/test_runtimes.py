"""One suite for every shipped model on every runtime. A new model adds nothing here; a new runtime adds a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.adapter.conditions import Chosen, Side
from models.latent.samplers import sample
from models.manifest import load_arrays
from server.catalog import Catalog
from server.opened import OpenedModel, graph_files
from server.runtimes import Runtime, choose
from server.settings import ROOT

CHECKPOINTS = ROOT / "checkpoints"
MODELS = sorted(path.parent.name for path in CHECKPOINTS.glob("*/model.json"))
RUNTIMES = [pytest.param("onnx", id="onnx"), pytest.param("torch", id="torch", marks=pytest.mark.needs_torch)]

VARIATIONAL = {"vae", "beta-vae", "tcvae", "dbvae", "cvae"}
Open = Callable[[str, str], OpenedModel]
CATALOG = Catalog(CHECKPOINTS)


@cache
def runtime(name: str) -> Runtime:
    return choose("torch" if name == "torch" else "onnx", "cpu")


@cache
def opened(model: str, name: str) -> OpenedModel:
    return OpenedModel(CATALOG, runtime(name), model)


def given(subject: OpenedModel, side: Side, labels: NDArray[np.int64]) -> Chosen | None:
    """The pictures' own classes where the model takes them, and a generator's last snapshot."""
    chosen = {}
    for condition in subject.manifest.conditions:
        if condition.id in subject.model.needs(side):
            chosen[condition.id] = labels if condition.id == "class" else np.full(len(labels), condition.classes - 1)
    return chosen or None


def drawn(subject: OpenedModel, rows: slice) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Some rows of the default set as pictures and as pixels, each in its own class."""
    points = subject.points()
    chosen = given(subject, "decoder", classes(subject)[rows])
    latents = points.latents[rows]
    return subject.model.decode(latents, conditions=chosen), subject.model.pixels(latents, conditions=chosen)


def classes(subject: OpenedModel) -> NDArray[np.int64]:
    points = subject.points()
    assert points.pictures is not None
    return points.pictures.labels[: len(points.latents)]


def unit(subject: OpenedModel, count: int) -> NDArray[np.float32]:
    """The first pictures of the default set, in [0, 1]."""
    points = subject.points()
    assert points.pictures is not None
    return points.pictures.images[:count].astype(np.float32) / np.float32(255)


def collapsed(subject: OpenedModel) -> bool:
    """A generator bred to lose most of its data draws nothing like them, and is meant to."""
    return any(condition.id == "snapshot" for condition in subject.manifest.conditions)


def test_the_three_first_models_are_shipped() -> None:
    assert {"fashion-ae-16", "fashion-gan-64", "fashion-vae-16"} <= set(MODELS)


@pytest.mark.parametrize("name", RUNTIMES)
@pytest.mark.parametrize("model", MODELS)
class TestEveryModelOnEveryRuntime:
    def test_pictures_are_finite_and_lie_in_the_unit_range(self, model: str, name: str) -> None:
        subject = opened(model, name)
        image = subject.manifest.image
        found, _ = drawn(subject, slice(5))
        assert found.shape == (5, image.height, image.width, image.channels)
        assert found.dtype == np.float32
        assert 0 <= found.min() < found.max() <= 1

    def test_pixels_are_the_image_rounded(self, model: str, name: str) -> None:
        found, pixels = drawn(opened(model, name), slice(5, 9))
        assert pixels.dtype == np.uint8
        np.testing.assert_allclose(pixels, found * 255, atol=0.51)

    def test_it_answers_the_same_twice_and_differently_for_another_latent(self, model: str, name: str) -> None:
        subject = opened(model, name)
        (_, once), (_, twice) = drawn(subject, slice(8)), drawn(subject, slice(8))
        np.testing.assert_array_equal(once, twice)
        assert np.abs(once[1:].astype(int) - once[0]).mean((1, 2, 3)).max() > 1

    def test_the_round_trip_beats_the_mean_picture(self, model: str, name: str) -> None:
        subject = opened(model, name)
        images, labels = unit(subject, 64), classes(subject)[:64]
        latents = subject.model.encode(images, conditions=given(subject, "encoder", labels)).mean
        error = np.mean((subject.model.decode(latents, conditions=given(subject, "decoder", labels)) - images) ** 2)
        spread = np.mean((images.mean(0) - images) ** 2)
        assert error < spread or collapsed(subject)

    def test_the_set_holds_what_the_encoder_answers(self, model: str, name: str) -> None:
        subject = opened(model, name)
        latents = subject.points().latents
        chosen = given(subject, "encoder", classes(subject)[:32])
        found = subject.model.encode(unit(subject, 32), conditions=chosen).mean
        np.testing.assert_allclose(found, latents[:32], atol=0.02 * max(1.0, latents.std()))

    def test_both_outputs_of_a_variational_encoder_are_there(self, model: str, name: str) -> None:
        subject = opened(model, name)
        posterior = subject.model.encode(unit(subject, 1), conditions=given(subject, "encoder", classes(subject)[:1]))
        assert (posterior.logvar is not None) == (subject.manifest.kind in VARIATIONAL)


@pytest.mark.needs_torch
@pytest.mark.parametrize("model", MODELS)
def test_the_runtimes_agree(model: str) -> None:
    (by_onnx, _), (by_torch, _) = (drawn(opened(model, name), slice(16)) for name in ("onnx", "torch"))
    np.testing.assert_allclose(by_onnx, by_torch, atol=2e-4)


@pytest.mark.parametrize("model", MODELS)
def test_the_measured_figures_stand_in_the_card(model: str) -> None:
    folder = CHECKPOINTS / model
    card = (folder / "CARD.md").read_text(encoding="utf-8")
    figures = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert figures["parity"]["decoder"] < 0.02
    assert figures["reconstruction"]["pictures"] >= 4000
    assert f"MSE {figures['reconstruction']['mse']:.4f}" in card


@pytest.mark.parametrize("model", MODELS)
def test_every_sampler_draws_pictures(model: str) -> None:
    subject = opened(model, "onnx")
    for sampler in subject.manifest.samplers:
        latents = subject.draw(4, 0, sampler.name)
        chosen = given(subject, "decoder", np.arange(4))
        assert np.ptp(subject.model.decode(latents, conditions=chosen), axis=0).max() > 0.1, sampler.name


@pytest.mark.parametrize("model", MODELS)
def test_its_strip_is_ten_pictures(model: str) -> None:
    image = opened(model, "onnx").manifest.image
    with Image.open(CHECKPOINTS / model / "strip.png") as strip:
        assert strip.size == (10 * image.width, image.height)


@pytest.mark.parametrize("model", MODELS)
def test_the_shipped_weights_are_trained_ones(model: str) -> None:
    """The same graph with its weights shuffled reconstructs far worse: what ships has learned something."""
    onnx = pytest.importorskip("onnx")
    from onnx import numpy_helper

    from models.adapter import Model
    from server.runtimes.onnx import OnnxGraph, session_options

    subject = opened(model, "onnx")
    assert subject.manifest.decoder is not None
    name = subject.manifest.decoder.file
    graph = onnx.load(CHECKPOINTS / model / name)
    random = np.random.default_rng(0)
    for initialiser in graph.graph.initializer:
        values = numpy_helper.to_array(initialiser)
        if values.size >= 256:
            shuffled = random.permutation(values.reshape(-1)).reshape(values.shape)
            initialiser.CopyFrom(numpy_helper.from_array(shuffled, initialiser.name))
    import onnxruntime

    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), session_options(), providers=["CPUExecutionProvider"]
    )
    # Those but the decoder are not run here.
    graphs = dict.fromkeys(graph_files(subject.manifest), OnnxGraph(session))
    arrays = load_arrays(CHECKPOINTS / model, subject.manifest)
    images, latents = unit(subject, 64), subject.points().latents[:64]
    chosen = given(subject, "decoder", classes(subject)[:64])
    trained = np.mean((subject.model.decode(latents, conditions=chosen) - images) ** 2)
    broken = np.mean((Model(subject.manifest, graphs, arrays).decode(latents, conditions=chosen) - images) ** 2)
    assert broken > 1.3 * trained or collapsed(subject)


def test_a_generator_ships_draws_from_its_prior() -> None:
    subject = opened("fashion-gan-64", "onnx")
    points = subject.points("samples")
    drawn = sample("normal", 64, len(points.latents), 0)
    np.testing.assert_allclose(points.latents, drawn, atol=0.005)
