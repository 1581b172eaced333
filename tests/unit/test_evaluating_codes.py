"""Codes and speed of a model folder whose answers are known; nothing here needs torch."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.data import ImageSet
from models.evaluating import codes, speed
from models.evaluating.opened import Opened, open_folder
from models.training.recipe import Recipe
from tests.unit import linear_folder
from tests.unit.tiny_recipes import AE, GAN, VAE, forged


def quarters(count: int) -> ImageSet:
    """Pictures that lie in what the model draws: quarters of even brightness, and the label of the brightest."""
    levels = np.random.default_rng(1).integers(60, 200, (count, 4)).astype(np.uint8)
    images = np.repeat(levels, 196, axis=1).reshape(count, 28, 28, 1)
    return replace(forged("test"), images=images, labels=levels.argmax(1).astype(np.int64))


def opened(tmp_path: Path, recipe: Recipe = AE, images: ImageSet | None = None, **more: float) -> Opened:
    folder = linear_folder.write(tmp_path, recipe, logvar=recipe.variational, **more)
    known = images if images is not None else quarters(200)
    return open_folder(folder, recipe, tmp_path / "runs", load=lambda name, split: known)


class TestCodes:
    def test_labels_that_follow_the_code_agree_more_than_chance(self, tmp_path: Path) -> None:
        found = codes.label_agreement(opened(tmp_path))
        assert found["value"] > 0.75 > 0.4 > found["most_frequent_label"]

    def test_the_divergence_is_the_closed_form_a_dimension(self, tmp_path: Path) -> None:
        known = opened(tmp_path, VAE)
        found = codes.divergence(known)
        expected = 0.5 * ((known.posterior.mean**2).mean(0) + math.exp(-2) - 1 + 2)
        assert found["per_dimension"] == pytest.approx(expected, abs=1e-3)
        assert found["total"] == pytest.approx(expected.sum(), rel=1e-4)
        assert found["active"] == 4

    @pytest.mark.parametrize(("bias", "r2"), [(0.0, 1.0), (1.0, 0.0)])
    def test_an_exact_inverse_has_one_and_one_that_is_off_by_a_spread_none(
        self, tmp_path: Path, bias: float, r2: float
    ) -> None:
        assert codes.inversion(opened(tmp_path, GAN, bias=bias))["r2"] == pytest.approx(r2, abs=0.1)


class TestSpeed:
    def test_rates_are_positive_and_a_batch_is_no_slower_than_one_by_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(speed, "SECONDS", 0.05)
        found = speed.speed(opened(tmp_path))
        assert found["decoded_per_second"] > 1000 / found["one_decoded_ms"] > 0
        assert found["encoded_per_second"] > 0
