"""The debiasing VAE: the rare is drawn more often, the twin's draws stay even, a resume changes no bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from models.data import Factor, ImageSet
from models.train import smoke
from models.training import resampling, tasks
from models.training.recipe import Net, Recipe
from models.training.recipes import RECIPES
from models.training.trainer import run, seeded
from tests.unit.tiny_recipes import forged

pytestmark = [pytest.mark.needs_torch, pytest.mark.usefixtures("one_thread")]

COUNT = 240


def faces(*, face: float = 0.5) -> ImageSet:
    """64x64 colour pictures: noise, or one plain tone, which for one face in ten is dark."""
    random = np.random.default_rng(3)
    is_face = np.arange(COUNT) % 100 < 100 * face
    dark = is_face & (random.random(COUNT) < 0.1)
    images = random.integers(0, 80, (COUNT, 64, 64, 3), dtype=np.uint8)
    images[is_face] = np.where(dark, 120, 230)[is_face, None, None, None]
    values = {"face": is_face, "dark": dark}
    factors = tuple(Factor(name, "categorical", v.astype(np.float32), ("no", "yes")) for name, v in values.items())
    return replace(forged("test"), images=images, labels=is_face.astype(np.int64), factors=factors)


def tiny(recipe_id: str, **options: float | str) -> Recipe:
    recipe = RECIPES[recipe_id]
    nets = {
        "encoder": Net("face64-encoder", {"outputs": 4, "width": 8, "deep": 8, "hidden": 32}),
        "decoder": Net("conv64-decoder", {"latent": 2, "channels": 3, "width": 4, "deep": 4, "hidden": 8}),
    }
    options = {**recipe.stages[0].options, "refresh": 2, "warm_up": 2, **options}
    stage = replace(recipe.stages[0], nets=nets, batch=16, steps=6, options=options)
    return replace(recipe, latent=2, stages=(stage,))


def make(recipe: Recipe, images: ImageSet, folder: Path) -> tasks.DebiasingTask:
    task = tasks.make(recipe, recipe.stages[0], images, folder)
    assert isinstance(task, tasks.DebiasingTask)
    return task


@pytest.mark.parametrize("recipe_id", ["faces-dbvae", "faces-dbvae-twin"])
def test_the_recipe_runs(recipe_id: str, tmp_path: Path) -> None:
    smoke(RECIPES[recipe_id], runs=tmp_path, images=faces())


def test_the_twin_differs_in_nothing_but_the_resampling() -> None:
    one, two = (RECIPES[name].stages[0] for name in ("faces-dbvae", "faces-dbvae-twin"))
    assert two.options["resampling"] == "none"
    assert replace(one, options={**one.options, "resampling": "none"}) == two


@pytest.mark.parametrize("rule", ["maximum", "product"])
def test_a_killed_and_resumed_training_is_the_unbroken_one_bit_for_bit(rule: str, tmp_path: Path) -> None:
    # Killed between two histograms, and with encoders whose means are spread enough to count.
    recipe, images = tiny("faces-dbvae", resampling=rule, refresh=4), faces()
    for name, stops in (("unbroken", (None,)), ("killed", (3, 3, None))):
        for stop_after in stops:
            task = make(recipe, images, tmp_path)
            with torch.no_grad():
                task.encoder.code.weight.mul_(50)
            run(task, tmp_path / name, seed=1, save_every=2, log_every=2, stop_after=stop_after)
    expected, found = (load_file(tmp_path / name / "state.safetensors") for name in ("unbroken", "killed"))
    assert [name for name, value in expected.items() if not torch.equal(value, found[name])] == []
    assert expected["module/draws/probability"].std() > 0
    logs = [(tmp_path / name / "log.jsonl").read_text() for name in ("unbroken", "killed")]
    assert logs[0] == logs[1]


def test_what_is_rare_in_the_latents_is_drawn_more_often_and_by_the_twin_no_more_often(tmp_path: Path) -> None:
    images = faces()
    for recipe_id, more in (("faces-dbvae", True), ("faces-dbvae-twin", False)):
        task = make(tiny(recipe_id), images, tmp_path)
        dark = images.factor("dark").values[images.factor("face").values == 1] == 1
        with torch.no_grad():
            task.encoder.code.weight.mul_(1000)  # so that the tone of a picture spreads the means
        log = task.step(0, seeded(0))
        if more:
            assert log["rare"] > 2 * dark.mean()
            assert 0 < log["effective"] < 0.9
        else:
            assert log["rare"] == pytest.approx(dark.mean())
            assert log["effective"] == pytest.approx(1)


def test_the_probabilities_are_those_of_the_encoders_means_of_all_faces(tmp_path: Path) -> None:
    images = faces()
    task = make(tiny("faces-dbvae"), images, tmp_path)
    with torch.no_grad():
        task.encoder.code.weight.mul_(1000)
        pictures = torch.from_numpy(images.images[images.factor("face").values == 1]).permute(0, 3, 1, 2) / 255
        with torch.autocast("cpu", dtype=torch.bfloat16):
            means = task.encoder(pictures).float()[:, :2].numpy()
    task.step(0, seeded(0))
    expected = resampling.probabilities(means, rule="maximum")
    np.testing.assert_allclose(task.draws.probability.numpy(), expected, rtol=0.02, atol=1e-4)


def test_training_learns_to_draw_faces_and_to_tell_them_from_others(tmp_path: Path) -> None:
    recipe = tiny("faces-dbvae-twin")  # whose batches stay alike, so that the first and the last can be compared
    stage = replace(recipe.stages[0], steps=60, learning_rate=3e-3)
    task = make(replace(recipe, stages=(stage,)), faces(), tmp_path)
    logs = [task.step(step, seeded(1, step)) for step in range(60)]
    first, last = logs[:5], logs[-5:]
    for loss in ("reconstruction", "head"):
        assert sum(log[loss] for log in last) < 0.6 * sum(log[loss] for log in first)
    assert task.preview().shape == (64, 3, 64, 64)


def test_pictures_that_are_no_faces_move_the_head_alone(tmp_path: Path) -> None:
    def decoder_after(noise: int) -> list[torch.Tensor]:
        images = faces()
        others = images.factor("face").values == 0
        images.images[others] = noise
        task = make(tiny("faces-dbvae-twin", face_weight=0.0), images, tmp_path)
        task.step(0, seeded(0))
        return list(task.decoder.parameters())

    assert all(torch.equal(a, b) for a, b in zip(decoder_after(0), decoder_after(255), strict=True))


def test_the_encoder_without_its_head_is_an_ordinary_one(tmp_path: Path) -> None:
    task = make(tiny("faces-dbvae"), faces(), tmp_path)
    x = torch.rand(3, 3, 64, 64)
    code, logit = task.encoder.judged(x)
    assert (code.shape, logit.shape) == ((3, 4), (3,))
    torch.testing.assert_close(task.encoder(x), code)


@pytest.mark.parametrize("face", [0.0, 1.0])
def test_a_set_of_faces_alone_or_of_none_is_refused(face: float, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"must hold faces and other pictures, but has (0|240) faces among 240 pictures"
    ):
        make(tiny("faces-dbvae"), faces(face=face), tmp_path)


def test_a_set_that_does_not_know_what_is_a_face_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="knows no factor 'face'"):
        make(tiny("faces-dbvae"), replace(faces(), factors=()), tmp_path)


def test_an_unknown_rule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='resampling must be "none", "product" or "maximum", but is \'sum\''):
        make(tiny("faces-dbvae", resampling="sum"), faces(), tmp_path).step(0, seeded(0))
