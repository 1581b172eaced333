"""Export of every family with networks as they are initialised: what each one's further inputs do, on both runtimes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from models import data, nets
from models.adapter import Model, Posterior
from models.data import ImageSet
from models.exporting import exporter
from models.exporting.exporter import export
from models.manifest import load_arrays, read
from models.training import state
from models.training.callbacks import snapshot_file
from models.training.recipe import Net, Recipe, Stage
from models.training.recipes import RECIPES
from models.training.tasks import averaged, trained
from server.opened import graph_files
from server.runtimes import choose
from tests.unit.tiny_recipes import GAN, TINY, forged

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

Floats = NDArray[np.float32]
STEPS = 6


def coloured(split: str) -> ImageSet:
    """64x64 colour pictures of ten classes on a gray ground, each with a bar in a place and a colour of its own."""
    plain = forged(split)
    count = len(plain.images)
    images = np.full((count, 64, 64, 3), 90, np.uint8)
    for i, (picture, label) in enumerate(zip(images, plain.labels, strict=True)):
        picture[4 + 5 * label : 12 + 5 * label, 8:56] = (20 * label, 255 - 20 * label, i % 256)
    return replace(plain, name="coloured", title="Coloured", images=images)


def stage(name: str, task: str, steps: int = STEPS, **networks: Net) -> Stage:
    options: Mapping[str, float] = {"variational": 1, "beta": 1.0, "sigma2": 0.02, "ema": 0.5, "r1_gamma": 1.0}
    return Stage(name, task, networks, 32, steps, 1e-3, options)  # type: ignore[arg-type]


def tiny(like: str, name: str, latent: int, *stages: Stage, dataset: str = "forged", **others: object) -> Recipe:
    return replace(RECIPES[like], id=name, dataset=dataset, latent=latent, stages=stages, **others)  # type: ignore[arg-type]


SMALL = {"width": 4, "hidden": 16}
DEEP = {"channels": 3, "width": 6, "deep": 8, "hidden": 16}
PCA = tiny("fashion-pca-16", "tiny-pca", 4)
WIDE = tiny(
    "fashion-ae-1024",
    "tiny-wide",
    1024,
    stage("autoencoder", "autoencoder", encoder=Net("wide28-encoder", {}), decoder=Net("wide28-decoder", {})),
)
CVAE = tiny(
    "fashion-vae-16",
    "tiny-cvae",
    4,
    stage(
        "autoencoder",
        "autoencoder",
        encoder=Net("cond28-encoder", {"outputs": 8, **SMALL}),
        decoder=Net("cond28-decoder", {"latent": 4, **SMALL}),
    ),
    kind="cvae",
    conditional=True,
)
CGAN = tiny(
    "fashion-gan-64",
    "tiny-cgan",
    4,
    stage("generator", "gan", decoder=Net("cgan28-generator", {"latent": 4, "width": 4})),
    stage("encoder", "inversion", encoder=Net("cond28-encoder", {"outputs": 4, **SMALL})),
    kind="cgan",
    conditional=True,
)
SNAPSHOTS = replace(GAN, id="tiny-snapshots", stages=(replace(GAN.stages[0], snapshots=(2, 4, STEPS)), *GAN.stages[1:]))
COLOUR = tiny(
    "faces-dbvae",
    "tiny-colour",
    4,
    stage(
        "autoencoder",
        "debiasing",
        encoder=Net("face64-encoder", {"outputs": 8, **DEEP}),
        decoder=Net("conv64-decoder", {"latent": 4, **DEEP}),
    ),
    dataset="coloured",
)
STYLE = tiny(
    "faces-gan",
    "tiny-style",
    5,
    stage(
        "generator",
        "stylegan",
        mapping=Net("stylegan64-mapping", {"latent": 5, "width": 8, "layers": 2}),
        decoder=Net("stylegan64-synthesis", {"width": 8, "deep": 8, "middle": 6, "fine": 4}),
    ),
    stage("encoder", "style-inversion", encoder=Net("conv64-encoder", {"outputs": 8, **DEEP})),
    dataset="coloured",
)
FAMILIES = (PCA, WIDE, CVAE, CGAN, SNAPSHOTS, COLOUR, STYLE)


def initialise(recipe: Recipe, run: Path) -> None:
    """State files as a finished training leaves them, of networks that have learned nothing."""
    for each in recipe.stages:
        folder = run / each.name
        folder.mkdir(parents=True)
        for i, step in enumerate((*each.snapshots, None)):
            torch.manual_seed(i + len(each.name))
            built = {averaged(each, role): nets.build(net.name, **net.arguments) for role, net in each.nets.items()}
            for module in built.values():
                _disturb(module)
            path = folder / "state.safetensors" if step is None else snapshot_file(folder, step)
            state.save_weights(path, each.steps + 1 if step is None else step, built)


def _disturb(module: torch.nn.Module) -> None:
    """What starts at 0 would hide an input that goes nowhere: noise without strength, colours of nothing."""
    with torch.no_grad():
        for name, each in [*module.named_parameters(), *module.named_buffers()]:
            if name in ("mean", "colours64.weight") or name.endswith("strength"):
                each.normal_()


@dataclass(frozen=True)
class Places:
    """Runs and checkpoints; a recipe is initialised and exported when it is first asked for."""

    runs: Path
    checkpoints: Path

    def run(self, recipe: Recipe) -> Path:
        return self.runs / recipe.id / "seed-1" if recipe.seeds else self.runs / recipe.id

    def folder(self, recipe: Recipe) -> Path:
        folder = self.checkpoints / recipe.id
        if not folder.exists():
            initialise(recipe, self.run(recipe))
            export(recipe, runs=self.runs, checkpoints=self.checkpoints)
        return folder

    def opened(self, recipe: Recipe, name: Literal["onnx", "torch"] = "onnx") -> Model:
        folder, runtime = self.folder(recipe), choose(name, "cpu")
        manifest = read(folder)
        graphs = {file: runtime.load(folder / file) for file in graph_files(manifest)}
        return Model(manifest, graphs, load_arrays(folder, manifest))

    def network(self, recipe: Recipe, role: str) -> torch.nn.Module:
        return trained(recipe, self.run(recipe), role)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Iterator[Places]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(data.SETS, "forged", forged)
        patch.setitem(data.SETS, "coloured", coloured)
        patch.setattr(exporter, "GENERATED", 50)
        yield Places(tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("checkpoints"))


def normal(*shape: int) -> Floats:
    return np.random.default_rng(3).standard_normal(shape, np.float32)


def given(model: Model, side: str, count: int) -> dict[str, NDArray[np.int64]]:
    needed = model.needs("encoder" if side == "encoder" else "decoder")
    return {each.id: np.arange(count) % each.classes for each in model.manifest.conditions if each.id in needed}


@pytest.mark.parametrize("recipe", FAMILIES, ids=lambda recipe: recipe.id)
class TestEveryFamily:
    def test_the_manifest_says_what_it_is(self, recipe: Recipe, places: Places) -> None:
        manifest = read(places.folder(recipe))
        assert (manifest.kind, manifest.latent.shape, manifest.latent.prior) == (
            recipe.kind,
            (recipe.latent,),
            recipe.prior,
        )
        assert manifest.encoder is not None
        assert (manifest.encoder.logvar is not None) == recipe.variational
        assert (manifest.image.channels, manifest.image.ground) == (
            (3, (90,) * 3) if recipe.dataset == "coloured" else (1, manifest.image.ground)
        )
        assert manifest.provenance.source.endswith(f"recipe {recipe.id}, seed 1")

    def test_both_runtimes_draw_and_encode_the_same(self, recipe: Recipe, places: Places) -> None:
        by_onnx, by_torch = places.opened(recipe), places.opened(recipe, "torch")
        latents = normal(12, by_onnx.latent_size())
        drawn = by_onnx.decode(latents, conditions=given(by_onnx, "decoder", 12))
        np.testing.assert_allclose(drawn, by_torch.decode(latents, conditions=given(by_onnx, "decoder", 12)), atol=1e-4)
        codes: list[Posterior] = [
            model.encode(drawn, conditions=given(model, "encoder", 12)) for model in (by_onnx, by_torch)
        ]
        np.testing.assert_allclose(codes[0].mean, codes[1].mean, atol=1e-3, rtol=1e-3)

    def test_its_default_set_lies_in_the_default_space(self, recipe: Recipe, places: Places) -> None:
        model, folder = places.opened(recipe), places.folder(recipe)
        (default,) = [each for each in model.manifest.sets if each.default]
        points = np.load(folder / default.latents, allow_pickle=False)
        assert (default.space, points.shape) == (model.default_space, (200, model.latent_size()))
        sliders = json.loads((folder / "sliders.json").read_text(encoding="utf-8"))["sliders"]
        assert len(sliders) == model.latent_size()

    def test_it_shows_ten_pictures_that_differ(self, recipe: Recipe, places: Places) -> None:
        image = read(places.folder(recipe)).image
        content = (places.folder(recipe) / "strip.png").read_bytes()
        with Image.open(io.BytesIO(content)) as picture:
            pixels = np.asarray(picture).reshape(image.height, 10, image.width, image.channels).swapaxes(0, 1)
        assert len(np.unique(pixels.reshape(10, -1), axis=0)) == 10


def test_pca_redraws_its_pictures_and_stays_in_the_unit_range(places: Places) -> None:
    model, pictures = places.opened(PCA), forged("test").images.astype(np.float32) / np.float32(255)
    found = model.decode(model.encode(pictures).mean)
    assert np.mean((found - pictures) ** 2) < 0.8 * pictures.var(0).mean()
    far = model.decode(1000 * normal(3, 4))
    assert (far.min(), far.max()) == (0, 1)


@pytest.mark.parametrize("recipe", [CVAE, CGAN], ids=lambda recipe: recipe.id)
def test_the_class_goes_into_encoder_and_decoder(recipe: Recipe, places: Places) -> None:
    model = places.opened(recipe)
    (condition,) = model.manifest.conditions
    assert (condition.id, condition.labels) == ("class", forged("test").classes)
    z, label = np.repeat(normal(1, 4), 10, axis=0), np.arange(10)
    with torch.inference_mode():
        logits = places.network(recipe, "decoder")(torch.from_numpy(z), torch.from_numpy(label))
    expected = torch.sigmoid(logits).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(model.decode(z, conditions={"class": label}), expected, atol=5e-3)
    assert np.ptp(expected, axis=0).max() > 1e-3
    # The default set was encoded with each picture's own class.
    pictures, labels = forged("test").images[:20].astype(np.float32) / np.float32(255), forged("test").labels[:20]
    points = np.load(places.folder(recipe) / "sets" / "data.npy", allow_pickle=False)[:20]
    np.testing.assert_allclose(points, model.encode(pictures, conditions={"class": labels}).mean, atol=2e-3, rtol=1e-3)


def test_a_snapshot_draws_as_the_generator_did_then(places: Places) -> None:
    model = places.opened(SNAPSHOTS)
    (condition,) = model.manifest.conditions
    assert (condition.id, condition.type, condition.encoder_input) == ("snapshot", "one_hot", None)
    assert condition.labels == ("2 steps", "4 steps", "6 steps")
    z, first = normal(5, 4), SNAPSHOTS.stages[0]
    for index, step in enumerate((2, 4, None)):
        generator = places.network(SNAPSHOTS, "decoder")
        if step is not None:
            path = snapshot_file(places.run(SNAPSHOTS) / first.name, step)
            state.restore(path, averaged(first, "decoder"), generator)
        with torch.inference_mode():
            expected = torch.sigmoid(generator(torch.from_numpy(z))).permute(0, 2, 3, 1).numpy()
        found = model.decode(z, conditions={"snapshot": np.full(5, index)})
        np.testing.assert_allclose(found, expected, atol=5e-3)
    mixed = model.decode(z, conditions={"snapshot": np.array([0, 1, 2, 0, 1])})
    np.testing.assert_allclose(mixed[2], found[2], atol=1e-5)


class TestStyle:
    def test_z_goes_through_the_mapping_into_the_synthesis(self, places: Places) -> None:
        model, z = places.opened(STYLE), normal(4, 5)
        assert (model.spaces, model.default_space) == (("z", "w", "w+"), "w")
        z[0] = 0  # the middle of the prior has no direction, and is a point all the same
        with torch.inference_mode():
            w = places.network(STYLE, "mapping")(torch.from_numpy(z)).numpy()
        np.testing.assert_allclose(model.map_to_w(z), w, atol=2e-3)
        np.testing.assert_allclose(model.decode(z, space="z"), model.decode(w), atol=5e-3)
        every = np.repeat(w[:, None], 7, axis=1).reshape(4, -1)
        np.testing.assert_allclose(model.decode(every, space="w+"), model.decode(w), atol=1e-5)

    def test_each_layer_takes_a_w_of_its_own(self, places: Places) -> None:
        model, base = places.opened(STYLE), normal(1, 7, 8)
        drawn = model.decode(base.reshape(1, -1), space="w+")
        for layer in range(7):
            other = base.copy()
            other[:, layer] += 1
            assert np.abs(model.decode(other.reshape(1, -1), space="w+") - drawn).max() > 1e-3, layer

    def test_psi_pulls_towards_the_mean_and_noise_follows_its_seed(self, places: Places) -> None:
        model, z = places.opened(STYLE), normal(3, 5)
        mean = places.network(STYLE, "mapping").get_buffer("mean").numpy()[None]
        one_face = model.decode(z, space="z", psi=0.0)
        np.testing.assert_allclose(one_face, np.repeat(model.decode(mean), 3, axis=0), atol=1e-3)
        assert np.abs(model.decode(mean, noise_seed=1) - model.decode(mean, noise_seed=2)).max() > 1e-3
        np.testing.assert_array_equal(model.decode(mean, noise_seed=1), model.decode(mean, noise_seed=1))

    def test_its_samples_are_draws_from_the_prior_in_w(self, places: Places) -> None:
        model = places.opened(STYLE)
        samples = next(each for each in model.manifest.sets if each.name == "samples")
        points = np.load(places.folder(STYLE) / samples.latents, allow_pickle=False)
        assert (samples.space, samples.data, points.shape) == ("w", None, (50, 8))
        z = np.random.Generator(np.random.PCG64(0)).standard_normal((50, 5), np.float32)
        np.testing.assert_allclose(points, model.map_to_w(z), atol=1e-2, rtol=1e-3)


def test_the_family_of_every_recipe_is_among_those_tested() -> None:
    tested = {each.kind for each in (*FAMILIES, *TINY)}
    assert {each.kind for each in RECIPES.values()} <= tested | {"beta-vae", "tcvae"}
