"""What a model sees of an upload: like its twin from the data set, or exactly what was sent where that fits."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from models.manifest import Image
from server.imaging import PictureRefused, Prepared, Step, prepare
from tests.unit.uploads import FACES, FASHION, GRAY, SPRITES, fashion, photograph, png16, saved

IDS = ("frame", "orient", "depth", "flatten", "light", "crop", "gray", "colour", "invert", "resize", "pad", "contrast")
TWINS, LABELS = fashion()
SHIRT = TWINS[0]
NONE: frozenset[str] = frozenset()


def _applied(prepared: Prepared) -> list[str]:
    return [step.id for step in prepared.steps if step.applied]


def _step(prepared: Prepared, name: str) -> Step:
    (found,) = [step for step in prepared.steps if step.id == name]
    return found


def _error(prepared: Prepared, twin: NDArray[np.uint8]) -> float:
    return float(np.square(prepared.pixels[..., 0] - twin / 255).mean())


# The claim: a photograph looks like its twin


@pytest.mark.parametrize(
    ("light", "median", "worst"),
    [
        ({}, 0.003, 0.06),
        ({"paper": 225}, 0.003, 0.06),
        ({"shade": 0.25}, 0.004, 0.06),
        ({"shade": 0.2, "noise": 4, "paper": 240}, 0.004, 0.06),
    ],
)
def test_a_photograph_comes_back_as_its_twin(light: dict[str, float], median: float, worst: float) -> None:
    errors = []
    for index in range(0, 100, 8):
        prepared = prepare(photograph(TWINS[index], 1 + index // 8 % 8, seed=index, **light), FASHION)  # type: ignore[arg-type]
        assert _step(prepared, "invert").applied
        errors.append(_error(prepared, TWINS[index]))
    assert np.median(errors) < median
    assert max(errors) < worst


def test_what_a_linear_autoencoder_loses_of_a_photograph_is_at_most_half_more_than_of_its_twin() -> None:
    flat = TWINS.reshape(100, 784) / 255
    mean = flat.mean(axis=0)
    directions = np.linalg.svd(flat - mean, full_matrices=False)[2][:16]

    def lost(pictures: NDArray[np.float64]) -> NDArray[np.float64]:
        centred = pictures - mean
        return np.asarray(np.square(centred - centred @ directions.T @ directions).mean(axis=1))

    chosen = range(0, 100, 6)
    seen = np.stack([prepare(photograph(TWINS[i], 1 + i % 8), FASHION).pixels.reshape(784) for i in chosen])
    assert (lost(seen.astype(np.float64)) <= 1.5 * lost(flat[list(chosen)])).all()


def test_without_the_steps_the_photograph_would_look_broken() -> None:
    naive = np.asarray(Pillow.fromarray(255 - SHIRT).resize((28, 28)), np.float32) / 255
    assert np.square(naive - SHIRT / 255).mean() > 50 * _error(prepare(photograph(SHIRT), FASHION), SHIRT)


# The other claim: what fits already is not touched


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_picture_of_the_models_own_kind_passes_bit_for_bit(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    for twin in TWINS:
        prepared = prepare(saved(twin, kind, **options), FASHION)
        np.testing.assert_array_equal(prepared.pixels[..., 0], twin.astype(np.float32) / np.float32(255))
        assert _applied(prepared) == []
        assert prepared.pixels.shape == (28, 28, 1)
        assert prepared.pixels.dtype == np.float32


def test_the_same_picture_in_other_clothes_passes_too() -> None:
    expected = SHIRT.astype(np.float32) / np.float32(255)
    palette = Pillow.fromarray(SHIRT).convert("P")
    wide = png16(SHIRT[..., np.newaxis].astype(int) * 257, GRAY)
    opaque = np.dstack([SHIRT, np.full_like(SHIRT, 255)])
    for raw in (saved(np.dstack([SHIRT] * 3)), saved(palette), saved(opaque), wide):
        np.testing.assert_array_equal(prepare(raw, FASHION).pixels[..., 0], expected)


def test_the_opposite_polarity_at_the_models_size_is_inverted_and_nothing_else() -> None:
    for twin in TWINS[::5]:
        prepared = prepare(saved(255 - twin), FASHION)
        np.testing.assert_array_equal(prepared.pixels[..., 0], twin / np.float32(255))
        assert _applied(prepared) == ["invert"]


@pytest.mark.parametrize(("image", "mode"), [(FACES, "RGB"), (SPRITES, "RGBA")])
def test_a_colour_picture_of_the_right_size_passes_bit_for_bit(image: Image, mode: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (image.height, image.width, image.channels), np.uint8)
    prepared = prepare(saved(Pillow.fromarray(pixels, mode)), image)
    np.testing.assert_array_equal(prepared.pixels, pixels.astype(np.float32) / np.float32(255))
    assert _applied(prepared) == []


# Colour models


def test_for_a_colour_model_a_picture_is_only_resized_and_centred() -> None:
    scene = np.random.default_rng(0).integers(60, 200, (60, 120, 3), np.uint8)
    prepared = prepare(saved(scene), FACES)
    assert _applied(prepared) == ["resize", "pad"]
    np.testing.assert_array_equal(prepared.pixels[:16], 1)  # white, this model's ground
    np.testing.assert_array_equal(prepared.pixels[48:], 1)
    expected = np.asarray(Pillow.fromarray(scene).resize((64, 32), Pillow.Resampling.LANCZOS)) / 255
    np.testing.assert_allclose(prepared.pixels[16:48], expected, atol=0.01)


def test_a_gray_picture_serves_a_colour_model() -> None:
    prepared = prepare(saved(TWINS[0]), FACES)
    assert _applied(prepared) == ["colour", "resize"]
    assert (prepared.pixels[..., :1] == prepared.pixels).all()


def test_a_transparent_picture_lies_on_the_colour_models_ground() -> None:
    image = Image(channels=3, height=64, width=64, colour="rgb", ground=(10, 200, 30))
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[16:48, 16:48] = (255, 0, 0, 255)
    pixels[0, 0] = (0, 0, 0, 128)
    for raw in (saved(pixels), saved(np.ascontiguousarray(pixels[..., ::3]))):
        prepared = prepare(raw, image)
        np.testing.assert_allclose(prepared.pixels[5, 5] * 255, (10, 200, 30), atol=0.01)
        np.testing.assert_allclose(prepared.pixels[0, 0] * 255, np.array((10, 200, 30)) * 127 / 255, atol=0.01)
    hidden = prepare(saved(pixels), image, skip=frozenset({"flatten"}))
    assert not hidden.pixels[5, 5].any()


def test_a_model_with_alpha_keeps_it_and_gets_it_where_there_was_none() -> None:
    opaque = np.full((32, 32, 3), 90, np.uint8)
    assert (prepare(saved(opaque), SPRITES).pixels[..., 3] == 1).all()
    assert prepare(saved(np.full((32, 16), 90, np.uint8)), SPRITES).pixels[0, 0].tolist() == [0, 0, 0, 0]
    half = np.zeros((32, 32, 4), np.uint8)
    half[..., 0], half[16:, :, 3] = 255, 255
    prepared = prepare(saved(half), SPRITES)
    assert "flatten" not in _applied(prepared)
    np.testing.assert_allclose(prepared.pixels[12, 4], [1, 0, 0, 1], atol=0.02)
    np.testing.assert_allclose(prepared.pixels[3, 4, 3], 0, atol=0.02)


# Single steps


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright_and_skipping_it_does_not(orientation: int) -> None:
    boot = TWINS[95]  # neither symmetric to left and right nor to top and bottom
    raw = photograph(boot, orientation)
    assert _error(prepare(raw, FASHION), boot) < 0.02
    if orientation > 1:
        left = prepare(raw, FASHION, skip=frozenset({"orient"}))
        assert not _step(left, "orient").applied
        assert _error(left, boot) > 0.02


def test_sixteen_bits_are_scaled_or_taken_as_eight() -> None:
    scaled = prepare(png16(SHIRT[..., np.newaxis].astype(int) * 257, GRAY), FASHION)
    assert _applied(scaled) == ["depth"]
    stored_small = png16(SHIRT[..., np.newaxis].astype(int), GRAY)  # 8-bit values in a 16-bit file
    taken = prepare(stored_small, FASHION, skip=frozenset({"depth"}))
    np.testing.assert_array_equal(taken.pixels, scaled.pixels)
    assert prepare(stored_small, FASHION).pixels.max() < 0.01
    assert _step(prepare(png16(np.full((28, 28, 3), 999), 2), FASHION), "depth").required


def _cut_out(object_: NDArray[np.uint8], mask: NDArray[np.bool_]) -> bytes:
    hidden = np.where(mask, object_, 77)  # what hides under transparency is anything
    return saved(np.dstack([hidden, hidden, hidden, np.where(mask, 255, 0)]).astype(np.uint8))


def test_a_cut_out_lies_on_the_models_ground() -> None:
    prepared = prepare(_cut_out(SHIRT, SHIRT > 0), FASHION)
    np.testing.assert_allclose(prepared.pixels[..., 0], SHIRT / 255, atol=1e-6)
    assert _applied(prepared) == ["flatten"]


def test_a_dark_cut_out_does_not_vanish_on_a_dark_ground() -> None:
    dark = np.where(SHIRT > 0, 20, 0).astype(np.uint8)
    prepared = prepare(_cut_out(dark, SHIRT > 0), FASHION)
    assert _applied(prepared) == ["flatten", "invert"]
    np.testing.assert_allclose(prepared.pixels[..., 0], np.where(SHIRT > 0, 235 / 255, 0), atol=1e-6)
    left = prepare(_cut_out(dark, SHIRT > 0), FASHION, skip=frozenset({"invert"}))
    np.testing.assert_allclose(left.pixels[..., 0], dark / 255, atol=1e-6)


def test_transparent_corners_go_with_the_paper_they_belong_to() -> None:
    page = np.dstack([255 - SHIRT] * 3 + [np.full_like(SHIRT, 255)])
    page[0, :3, 3] = page[-1, -3:, 3] = 0
    prepared = prepare(saved(page), FASHION)
    assert _applied(prepared) == ["flatten", "invert"]
    assert not prepared.pixels[0, :3].any()
    assert not prepared.pixels[-1, -3:].any()


def test_colour_becomes_luma() -> None:
    for colour, expected in {(255, 0, 0): 0.299, (0, 255, 0): 0.587, (0, 0, 255): 0.114}.items():
        pixels = np.zeros((28, 28, 3), np.uint8)
        pixels[10:18, 10:18] = colour
        prepared = prepare(saved(pixels), FASHION)
        assert _step(prepared, "gray").required
        assert prepared.pixels[14, 14, 0] == pytest.approx(expected, abs=1e-6)


def test_inverting_can_be_forced_and_skipped() -> None:
    raw, other = saved(SHIRT), saved(255 - SHIRT)
    forced = prepare(raw, FASHION, force=frozenset({"invert"}))
    np.testing.assert_array_equal(forced.pixels[..., 0], (255 - SHIRT) / np.float32(255))
    assert _step(forced, "invert").applied
    left = prepare(other, FASHION, skip=frozenset({"invert"}))
    np.testing.assert_array_equal(left.pixels, forced.pixels)
    assert not _step(left, "invert").applied
    both = prepare(raw, FASHION, skip=frozenset({"invert"}), force=frozenset({"invert"}))
    np.testing.assert_array_equal(both.pixels[..., 0], SHIRT.astype(np.float32) / np.float32(255))


def test_on_middle_gray_paper_the_object_decides() -> None:
    for level, inverted in ((20, True), (235, False)):
        page = np.full((300, 300), 125, np.uint8)
        page[100:200, 60:240] = level
        assert _step(prepare(saved(page), FASHION), "invert").applied == inverted


def test_a_model_with_a_light_ground_wants_dark_objects() -> None:
    digits = Image(channels=1, height=28, width=28, colour="gray", ground=(255,))
    np.testing.assert_array_equal(prepare(saved(255 - SHIRT), digits).pixels[..., 0], (255 - SHIRT) / np.float32(255))
    assert _applied(prepare(saved(SHIRT), digits)) == ["invert"]
    seen = prepare(photograph(SHIRT, paper=230), digits)
    assert "contrast" in _applied(seen)
    assert np.square(seen.pixels[..., 0] - (1 - SHIRT / 255)).mean() < 0.02
    middle = Image(channels=1, height=28, width=28, colour="gray", ground=(128,))
    assert "invert" not in _applied(prepare(saved(SHIRT), middle)) + _applied(prepare(saved(255 - SHIRT), middle))


def test_the_margin_is_cut_away_unless_skipped() -> None:
    page = np.zeros((400, 400), np.uint8)
    page[100:200, 150:200] = 255
    seen = prepare(saved(page), FASHION)
    assert {"crop", "resize", "pad"} <= set(_applied(seen))
    assert seen.pixels[:, 7:21].mean() > 0.97  # 50 x 100 became 14 x 28
    assert seen.pixels[:, :7].max() == 0
    left = prepare(saved(page), FASHION, skip=frozenset({"crop"}))
    assert left.pixels.mean() == pytest.approx(50 * 100 / 400**2, abs=0.01)


def test_padding_skipped_is_stretching_and_resizing_skipped_is_the_middle() -> None:
    bar = np.full((100, 50), 200, np.uint8)
    bar[::2] = 180
    stretched = prepare(saved(bar), FASHION, skip=frozenset({"pad", "invert", "light"}))
    assert stretched.pixels.min() > 0.5
    assert not _step(stretched, "pad").applied
    cut = prepare(saved(bar), FASHION, skip=frozenset({"resize", "invert", "light"}))
    np.testing.assert_allclose(cut.pixels[..., 0] * 255, bar[36:64, 11:39], atol=1e-3)
    both = prepare(saved(bar[:20]), FASHION, skip=frozenset({"resize", "pad"}))
    assert _step(both, "pad").required


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
        assert "crop" not in _applied(prepare(saved(noisy), FASHION))
        assert "contrast" not in _applied(prepare(saved(noisy), FASHION))


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
    assert not {"crop", "light", "contrast"} & set(_applied(prepared))


# The list of steps


def test_of_an_animation_the_first_frame_is_taken_and_said_so() -> None:
    frames = [Pillow.fromarray(SHIRT), Pillow.fromarray(TWINS[50])]
    prepared = prepare(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), FASHION)
    assert _step(prepared, "frame").required
    np.testing.assert_allclose(prepared.pixels[..., 0], SHIRT / 255, atol=0.01)


def _all_sorts() -> dict[str, bytes]:
    shirt = Pillow.fromarray(255 - SHIRT).resize((300, 300))
    return {
        "photograph": photograph(SHIRT, 6, paper=230, shade=0.2),
        "cut-out": _cut_out(SHIRT, SHIRT > 0),
        "colour": saved(np.random.default_rng(0).integers(0, 256, (50, 30, 3), np.uint8)),
        "sixteen bits": png16(np.random.default_rng(0).integers(0, 65536, (40, 30, 1)), GRAY),
        "gif": saved(shirt, "GIF", save_all=True, append_images=[Pillow.new("L", shirt.size, 9)]),
    }


@pytest.mark.parametrize("name", _all_sorts())
@pytest.mark.parametrize("image", [FASHION, FACES, SPRITES])
def test_every_step_is_a_sentence_and_skipping_it_undoes_it(name: str, image: Image) -> None:
    raw = _all_sorts()[name]
    whole = prepare(raw, image)
    assert [step.id for step in whole.steps] == [known for known in IDS if known in {step.id for step in whole.steps}]
    for step in whole.steps:
        assert step.title[0].isupper() or step.title[0].isdigit()
        assert step.detail[0].isupper()
        assert step.detail.endswith(".")
        without = prepare(raw, image, skip=frozenset({step.id}))
        assert _step(without, step.id).applied == (step.required or False)
        if step.required or not step.applied:
            np.testing.assert_array_equal(without.pixels, whole.pixels)
        else:
            assert not np.array_equal(without.pixels, whole.pixels)
            assert _step(without, step.id).detail != step.detail


def test_any_set_of_skipped_and_forced_steps_gives_a_picture() -> None:
    page = np.full((90, 80), 220.0)
    page[16:72, 10:66] = 220 - np.kron(SHIRT, np.ones((2, 2))) * 0.8
    raw = saved((page * np.linspace(1, 0.7, 80)).astype(np.uint8))
    assert {"light", "crop", "invert", "resize", "pad", "contrast"} <= set(_applied(prepare(raw, FASHION)))
    wishes = ("light", "crop", "invert", "resize", "pad", "contrast")
    for chosen in chain.from_iterable(combinations(wishes, size) for size in range(0, 7, 3)):
        for skip, force in ((frozenset(chosen), NONE), (NONE, frozenset(chosen)), (frozenset({"nonsense"}), NONE)):
            prepared = prepare(raw, FASHION, skip=skip, force=force)
            assert prepared.pixels.shape == (28, 28, 1)
            assert np.isfinite(prepared.pixels).all()


def test_preparing_twice_gives_the_same() -> None:
    raw = photograph(SHIRT, 3, noise=3)
    np.testing.assert_array_equal(prepare(raw, FASHION).pixels, prepare(raw, FASHION).pixels)


def test_what_is_refused_by_reading_is_refused_here() -> None:
    with pytest.raises(PictureRefused, match="SVG"):
        prepare(b"<svg/>", FASHION)
