"""Each step of preparing by itself: what it does, when it is done, and what skipping or forcing it leaves."""

from __future__ import annotations

import numpy as np
import pytest

from models.manifest import Image
from server.imaging import prepare
from tests.unit.uploads import (
    FACES,
    FASHION,
    GRAY,
    SPRITES,
    applied,
    cut_out,
    error,
    fashion,
    photograph,
    png16,
    saved,
    step_of,
)

TWINS, _ = fashion()
SHIRT = TWINS[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright_and_skipping_it_does_not(orientation: int) -> None:
    boot = TWINS[95]  # neither symmetric to left and right nor to top and bottom
    raw = photograph(boot, orientation)
    assert error(prepare(raw, FASHION), boot) < 0.02
    if orientation > 1:
        left = prepare(raw, FASHION, skip=frozenset({"orient"}))
        assert not step_of(left, "orient").applied
        assert error(left, boot) > 0.02


def test_sixteen_bits_are_scaled_or_taken_as_eight() -> None:
    scaled = prepare(png16(SHIRT[..., np.newaxis].astype(int) * 257, GRAY), FASHION)
    assert applied(scaled) == ["depth"]
    stored_small = png16(SHIRT[..., np.newaxis].astype(int), GRAY)  # 8-bit values in a 16-bit file
    taken = prepare(stored_small, FASHION, skip=frozenset({"depth"}))
    np.testing.assert_array_equal(taken.pixels, scaled.pixels)
    assert prepare(stored_small, FASHION).pixels.max() < 0.01
    assert step_of(prepare(png16(np.full((28, 28, 3), 999), 2), FASHION), "depth").required


def test_a_cut_out_lies_on_the_models_ground() -> None:
    prepared = prepare(cut_out(SHIRT, SHIRT > 0), FASHION)
    np.testing.assert_allclose(prepared.pixels[..., 0], SHIRT / 255, atol=1e-6)
    assert applied(prepared) == ["flatten"]


def test_a_dark_cut_out_does_not_vanish_on_a_dark_ground() -> None:
    dark = np.where(SHIRT > 0, 20, 0).astype(np.uint8)
    prepared = prepare(cut_out(dark, SHIRT > 0), FASHION)
    assert applied(prepared) == ["flatten", "invert"]
    np.testing.assert_allclose(prepared.pixels[..., 0], np.where(SHIRT > 0, 235 / 255, 0), atol=1e-6)
    left = prepare(cut_out(dark, SHIRT > 0), FASHION, skip=frozenset({"invert"}))
    np.testing.assert_allclose(left.pixels[..., 0], dark / 255, atol=1e-6)


def test_transparent_corners_go_with_the_paper_they_belong_to() -> None:
    page = np.dstack([255 - SHIRT] * 3 + [np.full_like(SHIRT, 255)])
    page[0, :3, 3] = page[-1, -3:, 3] = 0
    prepared = prepare(saved(page), FASHION)
    assert applied(prepared) == ["flatten", "invert"]
    assert not prepared.pixels[0, :3].any()
    assert not prepared.pixels[-1, -3:].any()


def test_colour_becomes_luma() -> None:
    for colour, expected in {(255, 0, 0): 0.299, (0, 255, 0): 0.587, (0, 0, 255): 0.114}.items():
        pixels = np.zeros((28, 28, 3), np.uint8)
        pixels[10:18, 10:18] = colour
        prepared = prepare(saved(pixels), FASHION)
        assert step_of(prepared, "gray").required
        assert prepared.pixels[14, 14, 0] == pytest.approx(expected, abs=1e-6)


def test_inverting_can_be_forced_and_skipped() -> None:
    raw, other = saved(SHIRT), saved(255 - SHIRT)
    forced = prepare(raw, FASHION, force=frozenset({"invert"}))
    np.testing.assert_array_equal(forced.pixels[..., 0], (255 - SHIRT) / np.float32(255))
    assert step_of(forced, "invert").applied
    left = prepare(other, FASHION, skip=frozenset({"invert"}))
    np.testing.assert_array_equal(left.pixels, forced.pixels)
    assert not step_of(left, "invert").applied
    both = prepare(raw, FASHION, skip=frozenset({"invert"}), force=frozenset({"invert"}))
    np.testing.assert_array_equal(both.pixels[..., 0], SHIRT.astype(np.float32) / np.float32(255))


def test_on_middle_gray_paper_the_object_decides() -> None:
    for level, inverted in ((20, True), (235, False)):
        page = np.full((300, 300), 125, np.uint8)
        page[100:200, 60:240] = level
        assert step_of(prepare(saved(page), FASHION), "invert").applied == inverted


def test_a_model_with_a_light_ground_wants_dark_objects() -> None:
    digits = Image(channels=1, height=28, width=28, colour="gray", ground=(255,))
    np.testing.assert_array_equal(prepare(saved(255 - SHIRT), digits).pixels[..., 0], (255 - SHIRT) / np.float32(255))
    assert applied(prepare(saved(SHIRT), digits)) == ["invert"]
    seen = prepare(photograph(SHIRT, paper=230), digits)
    assert "contrast" in applied(seen)
    assert np.square(seen.pixels[..., 0] - (1 - SHIRT / 255)).mean() < 0.02
    middle = Image(channels=1, height=28, width=28, colour="gray", ground=(128,))
    assert "invert" not in applied(prepare(saved(SHIRT), middle)) + applied(prepare(saved(255 - SHIRT), middle))


def test_the_margin_is_cut_away_unless_skipped() -> None:
    page = np.zeros((400, 400), np.uint8)
    page[100:200, 150:200] = 255
    seen = prepare(saved(page), FASHION)
    assert {"crop", "resize", "pad"} <= set(applied(seen))
    assert seen.pixels[:, 7:21].mean() > 0.97  # 50 x 100 became 14 x 28
    assert seen.pixels[:, :7].max() == 0
    left = prepare(saved(page), FASHION, skip=frozenset({"crop"}))
    assert left.pixels.mean() == pytest.approx(50 * 100 / 400**2, abs=0.01)


def test_padding_skipped_is_stretching_and_resizing_skipped_is_the_middle() -> None:
    bar = np.full((100, 50), 200, np.uint8)
    bar[::2] = 180
    stretched = prepare(saved(bar), FASHION, skip=frozenset({"pad", "invert", "light"}))
    assert stretched.pixels.min() > 0.5
    assert not step_of(stretched, "pad").applied
    cut = prepare(saved(bar), FASHION, skip=frozenset({"resize", "invert", "light"}))
    np.testing.assert_allclose(cut.pixels[..., 0] * 255, bar[36:64, 11:39], atol=1e-3)
    both = prepare(saved(bar[:20]), FASHION, skip=frozenset({"resize", "pad"}))
    assert step_of(both, "pad").required


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (3, 2), (27, 28), (29, 28), (14, 14), (2, 30000)])
def test_any_size_is_brought_to_the_models(size: tuple[int, int]) -> None:
    for image in (FASHION, FACES, SPRITES):
        pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
        prepared = prepare(saved(pixels), image)
        assert prepared.pixels.shape == (image.height, image.width, image.channels)
        assert np.isfinite(prepared.pixels).all()
        assert prepared.pixels.min() >= 0
        assert prepared.pixels.max() <= 1


def test_an_odd_margin_is_left_and_above_as_in_fashion_mnist() -> None:
    page = np.full((28, 27), 255, np.uint8)
    page[::2, ::2] = 200
    seen = prepare(saved(page), FASHION, skip=frozenset({"invert", "crop"}))
    assert not seen.pixels[:, 0].any()
    assert seen.pixels[:, 27].all()


def test_a_blank_picture_stays_blank() -> None:
    for level in (0, 10, 128, 255):
        noisy = np.clip(np.random.default_rng(0).normal(level, 2, (300, 200)), 0, 255).astype(np.uint8)
        assert np.ptp(prepare(saved(noisy), FASHION).pixels) < 0.65  # ground and padding; noise is not stretched
        assert "crop" not in applied(prepare(saved(noisy), FASHION))
        assert "contrast" not in applied(prepare(saved(noisy), FASHION))


def test_dust_does_not_keep_the_margin() -> None:
    page = np.full((500, 500), 255, np.uint8)
    page[200:300, 200:300] = 30
    page[40:42, 40:42] = 0
    seen = prepare(saved(page), FASHION)
    assert seen.pixels.mean() > 0.8


def test_a_scene_without_a_plain_border_is_shown_whole() -> None:
    scene = np.random.default_rng(1).integers(0, 256, (12, 12), np.uint8)
    large = np.repeat(np.repeat(scene, 20, axis=0), 20, axis=1)
    prepared = prepare(saved(large), FASHION)
    assert not {"crop", "light", "contrast"} & set(applied(prepared))
