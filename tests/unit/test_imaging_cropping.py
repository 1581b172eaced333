"""The part of a picture that a person chose: what may be said, which pixels that means, and what is done with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.imaging import Crop, prepare
from tests.unit.uploads import FACES, FASHION, applied, fashion, photograph, saved, step_of

SHIRT = fashion()[0][0]


def test_text_says_what_part_it_is() -> None:
    assert Crop.parse("") is None
    assert Crop.parse("0.1, 0.2,0.5,0.25") == Crop(0.1, 0.2, 0.5, 0.25)
    assert Crop(0, 0, 1, 1).whole
    assert not Crop(0, 0, 1, 0.99).whole
    assert Crop(0.5, 0, 0.5, 0.5).share == pytest.approx(0.25)
    assert Crop.parse("0.3,0.6,0.7000000001,0.4") is not None  # what rounding leaves over the edge


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2", "four numbers"),
        ("a,b,c,d", "four numbers"),
        ("0,0,1,1,1", "four numbers"),
        ("0,0,0,1", "empty"),
        ("0,0,1,-1", "empty"),
        ("nan,0,1,1", "empty"),
        ("0,0,inf,1", "empty"),
        ("-0.1,0,1,1", "reaches out"),
        ("0.5,0,0.6,1", "reaches out"),
    ],
)
def test_what_is_no_part_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        Crop.parse(text)
    assert str(refused.value).endswith(".")


@given(
    width=st.integers(1, 3000), height=st.integers(1, 3000), left=st.floats(0, 0.999), top=st.floats(0, 0.999),
    across=st.floats(1e-9, 1), down=st.floats(1e-9, 1),
)  # fmt: skip
def test_any_part_of_any_picture_is_at_least_a_pixel_inside_it(
    width: int, height: int, left: float, top: float, across: float, down: float
) -> None:
    crop = Crop(left, top, min(across, 1 - left), min(down, 1 - top))
    x0, y0, x1, y1 = crop.box(width, height)
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height
    assert abs(x0 - left * width) <= 1
    assert abs(y1 - (top + crop.height) * height) <= 1.5  # rounded, and a whole pixel at least


def test_the_chosen_part_alone_is_seen() -> None:
    scene = np.zeros((64, 128, 3), np.uint8)
    scene[:, 64:] = (200, 40, 90)
    right = prepare(saved(scene), FACES, crop=Crop(0.5, 0, 0.5, 1))
    assert applied(right) == ["cut"]
    np.testing.assert_allclose(right.pixels * 255, np.broadcast_to((200, 40, 90), (64, 64, 3)), atol=1e-3)
    assert "50%" in step_of(right, "cut").detail
    np.testing.assert_array_equal(
        prepare(saved(scene), FACES, crop=Crop(0.5, 0, 0.5, 1), skip=frozenset({"cut"})).pixels,
        prepare(saved(scene), FACES).pixels,
    )
    assert "cut" not in {step.id for step in prepare(saved(scene), FACES, crop=Crop(0, 0, 1, 1)).steps}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_shares_are_of_the_upright_picture(orientation: int) -> None:
    # The shirt lies at 90 to 650 of 800, and 300 to 860 of 1000, once the photograph stands upright.
    part = Crop(90 / 800, 300 / 1000, 560 / 800, 560 / 1000)
    seen = prepare(photograph(SHIRT, orientation), FASHION, crop=part)
    assert {"cut", "invert"} <= set(applied(seen))
    assert np.square(seen.pixels[..., 0] - SHIRT / 255).mean() < 0.01


def test_a_chosen_part_keeps_its_margin_unless_cutting_is_forced() -> None:
    page = np.zeros((400, 400), np.uint8)
    page[100:200, 100:200] = 255
    part = Crop(0, 0, 0.75, 0.75)  # a third of its width is the object
    kept = prepare(saved(page), FASHION, crop=part)
    assert kept.pixels.mean() == pytest.approx(1 / 9, abs=0.02)
    assert step_of(kept, "crop").detail == "The part that you chose was kept whole."
    forced = prepare(saved(page), FASHION, crop=part, force=frozenset({"crop"}))
    assert forced.pixels.mean() > 0.97
    whole = prepare(saved(page), FASHION, crop=Crop(0, 0, 1, 1))
    assert whole.pixels.mean() == pytest.approx(1 / 16, abs=0.02)


def test_a_part_without_any_ground_keeps_the_polarity_of_the_whole() -> None:
    raw = photograph(np.where(SHIRT > 0, 160, 0).astype(np.uint8), shade=0.2)  # an even shirt, darker than its paper
    whole = prepare(raw, FASHION)
    inside = prepare(raw, FASHION, crop=Crop(0.4, 0.5, 0.2, 0.16))  # nothing but shirt
    assert step_of(whole, "invert").applied
    assert step_of(inside, "invert").applied
    assert inside.pixels.mean() > 0.5  # as bright as the shirt is in the whole, not taken for ground
    assert inside.pixels.mean() == pytest.approx(float(whole.pixels[12:16, 12:16].mean()), abs=0.25)


def test_a_small_part_of_a_large_photograph_keeps_its_detail() -> None:
    tile = np.indices((160, 160)).sum(axis=0) // 12 % 2 * 255  # stripes 12 pixels wide in 5000 x 4900
    page = np.full((4900, 5000, 3), 120, np.uint8)
    page[1000:1160, 1000:1160] = tile[..., np.newaxis]
    seen = prepare(saved(page, "JPEG", quality=95), FACES, crop=Crop(1000 / 5000, 1000 / 4900, 160 / 5000, 160 / 4900))
    assert seen.pixels.std() > 0.35  # reduced to the usual working size the stripes would be gray
