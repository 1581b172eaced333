"""One suite for every shipped model on every runtime. A new model adds nothing here; a new runtime adds a line.

Those on CUDA are run where there is a driver and their package; a machine without one runs those on the CPU only.
"""

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
from server.runtimes import Device, Name, Runtime, choose, has_nvidia_driver, lacking
from server.runtimes.precision import BOUND
from server.settings import ROOT

CHECKPOINTS = ROOT / "checkpoints"
MODELS = sorted(path.parent.name for path in CHECKPOINTS.glob("*/model.json"))
HERE: dict[str, tuple[Name, Device]] = {"onnx": ("onnx", "cpu"), "torch": ("torch", "cpu")}
if has_nvidia_driver():
    on_cuda: dict[str, tuple[Name, Device]] = {"onnx on CUDA": ("onnx", "cuda"), "torch on CUDA": ("torch", "cuda")}
    HERE |= {name: asked for name, asked in on_cuda.items() if lacking(*asked) is None}
RUNTIMES = [pytest.param(name, marks=[pytest.mark.needs_torch] if "torch" in name else []) for name in HERE]
OTHERS = [each for each in RUNTIMES if each.values != ("onnx",)]
RUNTIMES.append(pytest.param("ray", marks=pytest.mark.cluster))

VARIATIONAL = {"vae", "beta-vae", "tcvae", "dbvae", "cvae"}
Open = Callable[[str, str], OpenedModel]
CATALOG = Catalog(CHECKPOINTS)


@cache
def runtime(name: str) -> Runtime:
    if name == "ray":  # onnxruntime in replicas
        from tests.cluster.host import shared

        return shared().runtime
    return choose(*HERE[name])


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


def close(subject: OpenedModel) -> float:
    """How far apart two ways to compute the same picture may be, in [0, 1]: in float32, or what was measured to do."""
    full = all(running.precision == "float32" for running in subject.running.values())
    return 2e-4 if full else 2 * BOUND


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
        image, again = drawn(subject, slice(8))[0], drawn(subject, slice(8))[0]
        np.testing.assert_array_equal(image, again)
        assert np.abs(once[1:].astype(int) - once[0]).mean((1, 2, 3)).max() > 1

    def test_a_row_does_not_depend_on_its_neighbours(self, model: str, name: str) -> None:
        """Within what `close` says: another size of batch may be computed by another algorithm."""
        subject = opened(model, name)
        together, pixels = drawn(subject, slice(11))  # of no size that anything is recorded for
        alone = [drawn(subject, slice(row, row + 1)) for row in range(11)]
        np.testing.assert_allclose(together, np.concatenate([image for image, _ in alone]), atol=close(subject))
        apart = np.abs(pixels.astype(int) - np.concatenate([found for _, found in alone]))
        assert apart.max() <= 1  # where a value lies half-way between two levels

    def test_a_latent_does_not_depend_on_its_neighbours(self, model: str, name: str) -> None:
        subject = opened(model, name)
        images, labels = unit(subject, 5), classes(subject)[:5]
        together = subject.model.encode(images, conditions=given(subject, "encoder", labels)).mean
        for row in range(5):
            chosen = given(subject, "encoder", labels[row : row + 1])
            alone = subject.model.encode(images[row : row + 1], conditions=chosen).mean
            np.testing.assert_allclose(together[row], alone[0], atol=close(subject) * max(1, np.abs(alone).max()))

    def test_it_says_what_runs_it(self, model: str, name: str) -> None:
        subject = opened(model, name)
        assert set(subject.running) == set(graph_files(subject.manifest))
        for running in subject.running.values():
            assert running.runtime == runtime(name).name
            assert running.device == runtime(name).device or running.note
            assert running.precision in ("float32", "tf32", "float16")

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


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("model", MODELS)
def test_the_runtimes_agree(model: str, name: str) -> None:
    (by_onnx, _), (by_other, _) = (drawn(opened(model, each), slice(16)) for each in ("onnx", name))
    np.testing.assert_allclose(by_onnx, by_other, atol=close(opened(model, name)))


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
