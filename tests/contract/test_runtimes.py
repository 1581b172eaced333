"""One suite for every shipped model on every runtime. A new model adds nothing here; a new runtime adds a line."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from models.latent.samplers import sample
from server.catalog import Catalog
from server.opened import OpenedModel
from server.runtimes import Runtime, choose
from server.settings import ROOT

CHECKPOINTS = ROOT / "checkpoints"
MODELS = sorted(path.parent.name for path in CHECKPOINTS.glob("*/model.json"))
RUNTIMES = [pytest.param("onnx", id="onnx"), pytest.param("torch", id="torch", marks=pytest.mark.needs_torch)]

Open = Callable[[str, str], OpenedModel]
CATALOG = Catalog(CHECKPOINTS)


@cache
def runtime(name: str) -> Runtime:
    return choose("torch" if name == "torch" else "onnx", "cpu")


@cache
def opened(model: str, name: str) -> OpenedModel:
    return OpenedModel(CATALOG, runtime(name), model)


def test_the_three_first_models_are_shipped() -> None:
    assert {"fashion-ae-16", "fashion-gan-64", "fashion-vae-16"} <= set(MODELS)


@pytest.mark.parametrize("name", RUNTIMES)
@pytest.mark.parametrize("model", MODELS)
class TestEveryModelOnEveryRuntime:
    def test_pictures_are_finite_and_lie_in_the_unit_range(self, model: str, name: str) -> None:
        subject = opened(model, name)
        latents = subject.points().latents[:5]
        drawn = subject.model.decode(latents)
        image = subject.manifest.image
        assert drawn.shape == (5, image.height, image.width, image.channels)
        assert drawn.dtype == np.float32
        assert 0 <= drawn.min() < drawn.max() <= 1

    def test_pixels_are_the_image_rounded(self, model: str, name: str) -> None:
        subject = opened(model, name)
        latents = subject.points().latents[5:9]
        pixels, drawn = subject.model.pixels(latents), subject.model.decode(latents)
        assert pixels.dtype == np.uint8
        np.testing.assert_allclose(pixels, drawn * 255, atol=0.51)

    def test_it_answers_the_same_twice_and_differently_for_another_latent(self, model: str, name: str) -> None:
        subject = opened(model, name)
        latents = subject.points().latents[:2]
        once, twice = subject.model.pixels(latents), subject.model.pixels(latents)
        np.testing.assert_array_equal(once, twice)
        assert np.abs(once[0].astype(int) - once[1]).mean() > 1

    def test_the_round_trip_beats_the_mean_picture_by_far(self, model: str, name: str) -> None:
        subject = opened(model, name)
        points = subject.points()
        assert points.pictures is not None
        images = points.pictures.images[:64].astype(np.float32) / np.float32(255)
        posterior = subject.model.encode(images)
        error = np.mean((subject.model.decode(posterior.mean) - images) ** 2)
        spread = np.mean((images.mean(0) - images) ** 2)
        assert error < 0.5 * spread

    def test_the_set_holds_what_the_encoder_answers(self, model: str, name: str) -> None:
        subject = opened(model, name)
        points = subject.points()
        assert points.pictures is not None
        found = subject.model.encode(points.pictures.images[:32].astype(np.float32) / np.float32(255)).mean
        np.testing.assert_allclose(found, points.latents[:32], atol=0.02 * max(1.0, points.latents.std()))

    def test_both_outputs_of_a_variational_encoder_are_there(self, model: str, name: str) -> None:
        subject = opened(model, name)
        posterior = subject.model.encode(np.zeros((1, 28, 28, 1), np.float32))
        assert (posterior.logvar is not None) == (subject.manifest.kind == "vae")


@pytest.mark.needs_torch
@pytest.mark.parametrize("model", MODELS)
def test_the_runtimes_agree(model: str) -> None:
    latents = opened(model, "onnx").points().latents[:16]
    by_onnx, by_torch = (opened(model, name).model.decode(latents) for name in ("onnx", "torch"))
    np.testing.assert_allclose(by_onnx, by_torch, atol=1e-4)


@pytest.mark.parametrize("model", MODELS)
def test_the_measured_figures_stand_in_the_card(model: str) -> None:
    folder = CHECKPOINTS / model
    card, figures = (folder / "CARD.md").read_text(), json.loads((folder / "metrics.json").read_text())
    assert f"MSE {figures['reconstruction']['mse']:.4f}" in card
    assert figures["parity"]["decoder"] < 0.02
    assert figures["reconstruction"]["pictures"] == 10_000


@pytest.mark.parametrize("model", MODELS)
def test_the_shipped_weights_are_trained_ones(model: str) -> None:
    """The same graph with its weights shuffled reconstructs far worse: what ships has learned something."""
    onnx = pytest.importorskip("onnx")
    from onnx import numpy_helper

    from models.adapter import Model
    from server.runtimes.onnx import OnnxGraph, session_options

    subject = opened(model, "onnx")
    points = subject.points()
    assert points.pictures is not None
    assert subject.manifest.decoder is not None
    graph = onnx.load(CHECKPOINTS / model / subject.manifest.decoder.file)
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
    graphs = {subject.manifest.decoder.file: OnnxGraph(session)}
    if subject.manifest.encoder is not None:
        graphs[subject.manifest.encoder.file] = OnnxGraph(session)  # not run here
    images = points.pictures.images[:64].astype(np.float32) / np.float32(255)
    trained = np.mean((subject.model.decode(points.latents[:64]) - images) ** 2)
    broken = np.mean((Model(subject.manifest, graphs).decode(points.latents[:64]) - images) ** 2)
    assert broken > 2 * trained


def test_a_generator_ships_draws_from_its_prior() -> None:
    subject = opened("fashion-gan-64", "onnx")
    points = subject.points("samples")
    drawn = sample("normal", 64, len(points.latents), 0)
    np.testing.assert_allclose(points.latents, drawn, atol=0.005)
