"""The figures, sliders and card of an export, on models so simple that the answers are known."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models import data
from models.adapter import Model, Posterior
from models.exporting import card, measure, sliders
from models.exporting.measure import Held
from models.training.recipes import RECIPES, Recipe
from tests.unit.tiny_recipes import AE, GAN, VAE, forged

# measure.samples trains an instrument with torch; nothing else here needs it.
Floats = NDArray[np.float32]
needs_torch = pytest.mark.needs_torch


class Linear:
    """z (N, 4) -> 0.5 + 0.1 z_i on the i-th quarter of the picture; `encode` undoes it and adds a bias."""

    def __init__(self, recipe: Recipe = GAN, bias: float = 0.0, gains: tuple[float, ...] = (1, 1, 1, 1)) -> None:
        self.bias, self.gains = bias, np.array(gains, np.float32)

        class Manifest:
            kind = recipe.kind

            class latent:  # noqa: N801 (as the manifest spells it)
                prior = recipe.prior

        self.manifest = Manifest

    def decode(self, latents: Floats) -> Floats:
        return np.repeat(0.5 + 0.1 * self.gains * latents, 196, axis=1).reshape(-1, 28, 28, 1).astype(np.float32)

    def encode(self, images: Floats) -> Posterior:
        quarters = images.reshape(len(images), 4, 196).mean(2)
        return Posterior(((quarters - 0.5) / 0.1 + self.bias).astype(np.float32), None)


def as_model(model: Linear) -> Model:
    return cast(Model, model)


def normal(count: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).standard_normal((count, 4)).astype(np.float32)


def held(drawn_error: float = 0.0) -> Held:
    test = forged("test")
    images = test.images.astype(np.float32) / 255.0
    return Held(images, test.labels, Posterior(normal(len(images)), None), images + np.float32(drawn_error))


class TestReconstruction:
    @pytest.mark.usefixtures("forged_data")
    def test_a_constant_error_is_its_square_and_its_decibels(self) -> None:
        found = measure.reconstruction(AE, held(0.1))
        assert found["mse"] == pytest.approx(0.01, rel=1e-4)
        assert found["psnr"] == pytest.approx(20, rel=1e-4)
        assert found["pictures"] == 200
        # Forged pictures are ten squares in noise: four directions explain some of the variance, not all.
        assert 0.1 < found["pca_mse"] / held().images.var(0).mean() < 0.9

    def test_pca_redraws_exactly_what_lies_in_as_many_directions(self, monkeypatch: pytest.MonkeyPatch) -> None:
        random = np.random.default_rng(0)
        basis, codes = random.random((4, 784)), random.random((300, 4))
        pictures = np.rint(60 * codes @ basis).astype(np.uint8).reshape(300, 28, 28, 1)
        monkeypatch.setitem(data.SETS, "forged", lambda split: replace(forged("train"), images=pictures))
        images = pictures.astype(np.float32) / 255.0
        test = Held(images, np.zeros(300, np.int64), Posterior(normal(300), None), images)
        rounding = 2 / 255**2 / 12  # to 256 levels
        assert measure.reconstruction(AE, test)["pca_mse"] < rounding
        assert measure.reconstruction(replace(AE, latent=3), test)["pca_mse"] > 4 * rounding


class TestDivergence:
    def test_it_is_the_closed_form_a_dimension_and_counts_the_active_ones(self) -> None:
        mean = np.zeros((1000, 3), np.float32)
        mean[:, 0] = np.tile([-1, 1], 500)
        logvar = np.tile(np.log(np.array([0.25, 1.0, 1.0], np.float32)), (1000, 1))
        found = measure.divergence(mean, logvar)
        assert found["per_dimension"] == pytest.approx([0.5 * (0.25 + math.log(4)), 0, 0], abs=1e-4)
        assert found["total"] == pytest.approx(0.5 * (0.25 + math.log(4)), abs=1e-4)
        assert found["active"] == 1


class TestInversion:
    def test_an_exact_inverse_has_one_and_a_guess_none(self) -> None:
        assert measure.inversion(as_model(Linear()), GAN)["r2"] == pytest.approx(1, abs=1e-5)
        assert measure.inversion(as_model(Linear(bias=1.0)), GAN)["r2"] == pytest.approx(0, abs=0.1)

        class Zero(Linear):
            def encode(self, images: Floats) -> Posterior:
                return Posterior(np.zeros((len(images), 4), np.float32), None)

        assert measure.inversion(as_model(Zero()), GAN)["r2"] == 0


class TestMeasure:
    @pytest.mark.usefixtures("forged_data")
    def test_each_kind_has_its_figures(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(measure, "_pca_error", lambda *_: 0.1)  # half a second each, and tested above
        ae = measure.measure(AE, as_model(Linear()), held(), Path("none"), quick=True)
        gan = measure.measure(GAN, as_model(Linear()), held(), Path("none"), quick=True)
        seen = held()
        coded = replace(seen, posterior=Posterior(seen.posterior.mean, np.zeros_like(seen.posterior.mean)))
        vae = measure.measure(VAE, as_model(Linear()), coded, Path("none"), quick=True)
        assert set(ae) == {"reconstruction", "label_agreement"}
        assert set(gan) == {*ae, "inversion"}
        assert set(vae) == {*ae, "kl"}
        assert ae["label_agreement"]["value"] < 0.3  # the codes are noise: chance is a tenth

    @needs_torch
    @pytest.mark.usefixtures("forged_data", "one_thread")
    def test_samples_are_seen_through_a_classifier_that_is_trained_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from models.analysis import instrument

        monkeypatch.setattr(measure, "SAMPLES", 150)
        monkeypatch.setattr(instrument, "STEPS", 4)
        found = measure.samples(GAN, as_model(Linear()), held(), tmp_path)
        assert found["draws"] == 150
        assert max(found["precision"], found["recall"]) < 0.2  # gray quarters are no squares
        assert sum(found["class_shares"]) == pytest.approx(1, abs=1e-3)
        assert found["class_entropy_of_equal_shares"] == pytest.approx(math.log(10))
        assert 0 <= found["class_entropy"] <= math.log(10)

        def untouched(split: str) -> data.ImageSet:
            raise AssertionError("the classifier was there already")

        monkeypatch.setitem(data.SETS, "forged", untouched)
        assert measure.samples(GAN, as_model(Linear()), held(), tmp_path) == found
        look = instrument.classifier("forged", tmp_path)
        pictures = held().images
        features, classes = look(pictures)
        assert (features.shape, classes.shape) == ((200, 128), (200,))
        np.testing.assert_allclose(look(pictures[:7])[0], features[:7], atol=1e-4)  # no picture depends on the others


class TestSliders:
    def test_the_order_is_by_what_a_dimension_does_and_none_is_left_out(self) -> None:
        found = sliders.describe(as_model(Linear(AE, gains=(0.5, 2, 0, 1))), normal(500), None)
        assert [each["dim"] for each in found] == [1, 3, 0, 2]
        effects = [each["effect"] for each in found]
        assert effects == sorted(effects, reverse=True)
        assert effects[-1] == 0
        # From the 5% to the 95% quantile of a standard normal, a tenth of it, over a quarter of the picture.
        assert effects[1] == pytest.approx(0.1 * 2 * 1.645 / 4, rel=0.1)

    def test_the_range_is_the_sets_for_encoded_points_and_the_priors_for_drawn_ones(self) -> None:
        latents = 3 * normal(2000) + np.float32(1)
        encoded = sliders.describe(as_model(Linear(VAE)), latents, [0.5, 0.25, 0.125, 1.0])
        drawn = sliders.describe(as_model(Linear(GAN)), latents, None)
        for each in encoded:
            low, high = np.quantile(latents[:, each["dim"]], [0.01, 0.99])
            assert (each["low"], each["high"]) == pytest.approx((low, high), abs=1e-3)
            assert each["kl"] == [0.5, 0.25, 0.125, 1.0][each["dim"]]
            assert (each["mean"], each["std"]) == pytest.approx((1, 3), abs=0.3)
        assert {(each["low"], each["high"], each["kl"]) for each in drawn} == {(-2.3263, 2.3263, None)}

    def test_a_dimension_without_spread_is_inactive_and_json_can_say_all_of_it(self) -> None:
        latents = normal(500)
        latents[:, 2] = 0
        found = sliders.describe(as_model(Linear(AE)), latents, None)
        assert {each["dim"]: each["active"] for each in found} == {0: True, 1: True, 2: False, 3: True}
        assert json.loads(json.dumps(found)) == found


def figures(**more: Any) -> dict[str, Any]:
    return {
        "reconstruction": {"mse": 0.0123, "psnr": 19.1, "pictures": 10000, "pca_mse": 0.0204, "pca_psnr": 16.9},
        "label_agreement": {"value": 0.8201},
        "parity": {"decoder": 0.0011, "encoder": 0.0012},
        **more,
    }


class TestCard:
    @pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
    def test_it_says_what_the_model_is_how_it_was_made_and_where_it_fails(self, recipe: Recipe) -> None:
        text = card.write(recipe, forged("test"), figures())
        for words in (recipe.title, recipe.description, card.FAILURES[recipe.kind], "Apache-2.0", "CC0-1.0"):
            assert words in text
        for stage in recipe.stages:
            assert f"{stage.steps:,} steps of {stage.batch} pictures" in text
        assert f"python -m models.train {recipe.id}" in text
        assert f"python -m models.export {recipe.id}" in text

    def test_every_number_in_its_table_is_a_figure(self) -> None:
        known = figures(
            kl={"total": 14.9, "active": 10, "per_dimension": [1.0] * 16},
            inversion={"r2": 0.77},
            samples={
                "precision": 0.81,
                "recall": 0.62,
                "class_entropy": 2.25,
                "class_entropy_of_equal_shares": 2.3,
                "classifier_accuracy": 0.921,
            },
        )
        table = card.write(RECIPES["fashion-vae-16"], forged("test"), known).split("| --- | --- |")[1].split("##")[0]
        found = {number.replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", table)}
        expected = {"0.0123", "19.1", "10000", "0.0204", "16.9", "82.0", "0.0011", "0.0012", "14.9", "16"}
        assert found == expected | {"0.77", "0.81", "0.62", "2.25", "2.30", "92.1", "10"}

    def test_what_was_not_measured_is_not_mentioned(self) -> None:
        text = card.write(RECIPES["fashion-ae-16"], forged("test"), figures())
        table = text.split("| --- | --- |")[1].split("##")[0]
        assert [line.split("|")[1].strip() for line in table.strip().splitlines()] == [
            "reconstruction",
            "representativeness",
            "parity",
        ]

    @pytest.mark.parametrize("channels", [1, 3])
    def test_its_picture_has_four_rows_of_draws_and_two_pairs(self, channels: int) -> None:
        size = (64, 4, 5, channels)
        upper, originals, drawn = (np.full(size, value, np.float32) for value in (0.2, 0.4, 1.0))
        with Image.open(io.BytesIO(card.picture(upper, originals, drawn))) as picture:
            pixels = np.asarray(picture).reshape(2 * 4 * 8, 2 * 5 * 16, channels)
        assert pixels[::8, 0, 0].tolist() == [51, 51, 51, 51, 102, 255, 102, 255]
