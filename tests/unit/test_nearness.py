"""The neighbours of a picture are those that a plain search over all pairs finds, whatever the sense."""

from __future__ import annotations

import numpy as np
import pytest

from models.data.folder import PictureSet
from server.catalog import Catalog
from server.nearness import nearest
from server.opened import OpenedModel
from server.runtimes import choose
from server.settings import ROOT

MODEL = "fashion-vae-16"


@pytest.fixture(scope="module")
def opened() -> OpenedModel:
    return OpenedModel(Catalog(ROOT / "checkpoints"), choose("onnx", "cpu"), MODEL)


@pytest.fixture(scope="module")
def pictures() -> PictureSet:
    return PictureSet(ROOT / "checkpoints/_data/fashion-mnist-test")


def test_by_pixels_and_by_latent_as_a_plain_search_finds_them(opened: OpenedModel, pictures: PictureSet) -> None:
    latents = opened.points().latents
    picture = pictures.images[:2].mean(axis=0).astype(np.float32) / np.float32(255)  # between two known ones
    latent = latents[:2].mean(axis=0)
    found = nearest(opened, picture, latent, 7)
    assert found is not None
    assert found.known is None
    assert found.pixels is not None
    assert found.latent is not None
    apart = np.sqrt(np.square(pictures.images / 255 - picture).mean(axis=(1, 2, 3)))
    assert [one.row for one in found.pixels] == np.argsort(apart)[:7].tolist()
    np.testing.assert_allclose([one.distance for one in found.pixels], np.sort(apart)[:7], atol=1e-5)
    active = [slider["dim"] for slider in opened.sliders if slider["active"]]
    units = (latents - latent)[:, active] / latents[:, active].std(axis=0)
    far = np.sqrt(np.square(units).sum(axis=1))
    assert [one.row for one in found.latent] == np.argsort(far)[:7].tolist()
    np.testing.assert_allclose([one.distance for one in found.latent], np.sort(far)[:7], rtol=1e-4)


def test_by_factor_the_class_is_the_same(opened: OpenedModel, pictures: PictureSet) -> None:
    row = 11
    picture = pictures.images[row].astype(np.float32) / np.float32(255)
    found = nearest(opened, picture, opened.points().latents[row], 10)
    assert found is not None
    assert found.known == row
    assert found.factors is not None
    assert {int(pictures.labels[one.row]) for one in found.factors} == {int(pictures.labels[row])}
    assert row not in [one.row for one in found.factors]


def test_a_picture_of_another_size_has_no_neighbours_by_pixels(opened: OpenedModel) -> None:
    found = nearest(opened, np.zeros((14, 14, 1), np.float32), opened.points().latents[0], 3)
    assert found is not None
    assert (found.pixels, found.factors, found.strange) == (None, None, None)
    assert found.latent is not None
    assert found.latent[0].row == 0
