"""What a model sees of an upload: like its twin from the data set, or exactly what was sent where that fits."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from models.manifest import Image
from server.imaging import PictureRefused, prepare
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

IDS = (
    "frame",
    "orient",
    "cut",
    "depth",
    "flatten",
    "light",
    "crop",
    "gray",
    "colour",
    "invert",
    "resize",
    "pad",
    "contrast",
)
TWINS, _ = fashion()
SHIRT = TWINS[0]
NONE: frozenset[str] = frozenset()


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
        assert step_of(prepared, "invert").applied
        errors.append(error(prepared, TWINS[index]))
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
    assert np.square(naive - SHIRT / 255).mean() > 50 * error(prepare(photograph(SHIRT), FASHION), SHIRT)


# The other claim: what fits already is not touched


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_picture_of_the_models_own_kind_passes_bit_for_bit(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    for twin in TWINS:
        prepared = prepare(saved(twin, kind, **options), FASHION)
        np.testing.assert_array_equal(prepared.pixels[..., 0], twin.astype(np.float32) / np.float32(255))
        assert applied(prepared) == []
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
        assert applied(prepared) == ["invert"]


@pytest.mark.parametrize(("image", "mode"), [(FACES, "RGB"), (SPRITES, "RGBA")])
def test_a_colour_picture_of_the_right_size_passes_bit_for_bit(image: Image, mode: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (image.height, image.width, image.channels), np.uint8)
    prepared = prepare(saved(Pillow.fromarray(pixels, mode)), image)
    np.testing.assert_array_equal(prepared.pixels, pixels.astype(np.float32) / np.float32(255))
    assert applied(prepared) == []


# Colour models


def test_for_a_colour_model_a_picture_is_only_resized_and_centred() -> None:
    scene = np.random.default_rng(0).integers(60, 200, (60, 120, 3), np.uint8)
    prepared = prepare(saved(scene), FACES)
    assert applied(prepared) == ["resize", "pad"]
    np.testing.assert_array_equal(prepared.pixels[:16], 1)  # white, this model's ground
    np.testing.assert_array_equal(prepared.pixels[48:], 1)
    expected = np.asarray(Pillow.fromarray(scene).resize((64, 32), Pillow.Resampling.LANCZOS)) / 255
    np.testing.assert_allclose(prepared.pixels[16:48], expected, atol=0.01)


@pytest.mark.parametrize(("image", "mode"), [(FACES, "RGB"), (SPRITES, "RGBA")])
def test_light_and_dark_of_a_colour_picture_are_swapped_only_if_asked_for(image: Image, mode: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (image.height, image.width, image.channels), np.uint8)
    raw = saved(Pillow.fromarray(pixels, mode))
    assert not step_of(prepare(raw, image), "invert").applied
    asked = prepare(raw, image, force=frozenset({"invert"}))
    expected = pixels.copy()
    expected[..., :3] = 255 - expected[..., :3]  # what is transparent stays so
    np.testing.assert_allclose(asked.pixels * 255, expected, atol=1e-3)
    assert step_of(asked, "invert").detail.startswith("Light and dark were swapped")


def test_a_gray_picture_serves_a_colour_model() -> None:
    prepared = prepare(saved(TWINS[0]), FACES)
    assert applied(prepared) == ["colour", "resize"]
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
    assert "flatten" not in applied(prepared)
    np.testing.assert_allclose(prepared.pixels[12, 4], [1, 0, 0, 1], atol=0.02)
    np.testing.assert_allclose(prepared.pixels[3, 4, 3], 0, atol=0.02)


# The list of steps


def test_of_an_animation_the_first_frame_is_taken_and_said_so() -> None:
    frames = [Pillow.fromarray(SHIRT), Pillow.fromarray(TWINS[50])]
    prepared = prepare(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), FASHION)
    assert step_of(prepared, "frame").required
    np.testing.assert_allclose(prepared.pixels[..., 0], SHIRT / 255, atol=0.01)


def _all_sorts() -> dict[str, bytes]:
    shirt = Pillow.fromarray(255 - SHIRT).resize((300, 300))
    return {
        "photograph": photograph(SHIRT, 6, paper=230, shade=0.2),
        "cut-out": cut_out(SHIRT, SHIRT > 0),
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
        assert step_of(without, step.id).applied == (step.required or False)
        if step.required or not step.applied:
            np.testing.assert_array_equal(without.pixels, whole.pixels)
        else:
            assert not np.array_equal(without.pixels, whole.pixels)
            assert step_of(without, step.id).detail != step.detail


def test_any_set_of_skipped_and_forced_steps_gives_a_picture() -> None:
    page = np.full((90, 80), 220.0)
    page[16:72, 10:66] = 220 - np.kron(SHIRT, np.ones((2, 2))) * 0.8
    raw = saved((page * np.linspace(1, 0.7, 80)).astype(np.uint8))
    assert {"light", "crop", "invert", "resize", "pad", "contrast"} <= set(applied(prepare(raw, FASHION)))
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
