"""Sheets put every picture where the header says, and files keep every bit."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from server.imaging import encode_picture, sheet

SIZES = st.integers(1, 7)


@given(
    count=st.integers(1, 30), columns=st.integers(1, 40), height=SIZES, width=SIZES, channels=st.sampled_from([1, 3, 4])
)
def test_every_picture_stands_in_its_place(count: int, columns: int, height: int, width: int, channels: int) -> None:
    pixels = np.random.default_rng(count).integers(1, 256, (count, height, width, channels), np.uint8)
    page, (across, down, w, h) = sheet(pixels, columns)
    assert page.shape == (down * h, across * w, channels)
    assert (w, h) == (width, height)
    assert across == min(columns, count)
    assert (down - 1) * across < count <= down * across
    for index in range(across * down):
        row, column = divmod(index, across)
        tile = page[row * h : (row + 1) * h, column * w : (column + 1) * w]
        np.testing.assert_array_equal(tile, pixels[index] if index < count else np.zeros_like(tile))


@pytest.mark.parametrize("kind", ["png", "webp"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_file_holds_the_same_pixels(kind: str, channels: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 13, channels), np.uint8)
    opened = Pillow.open(io.BytesIO(encode_picture(pixels, kind)))
    assert opened.format == kind.upper()
    found = np.asarray(opened)
    if channels == 1:
        found = found.reshape(9, 13, -1)[:, :, :1]  # WebP has no gray: it comes back as three equal channels
    np.testing.assert_array_equal(found, pixels)


def test_the_same_pixels_make_the_same_bytes() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 13, 3), np.uint8)
    for kind in ("png", "webp"):
        assert encode_picture(pixels, kind) == encode_picture(pixels.copy(), kind)


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match='"png" or "webp", not \'jpeg\''):
        encode_picture(np.zeros((2, 2, 3), np.uint8), "jpeg")
    for bad in (np.zeros((2, 2), np.uint8), np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2, 3), np.float32)):
        with pytest.raises(ValueError, match="expected uint8 pixels"):
            encode_picture(bad, "png")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="expected pictures"):
        sheet(np.zeros((0, 2, 2, 1), np.uint8), 3)
    with pytest.raises(ValueError, match="expected pictures"):
        sheet(np.zeros((4, 2, 2, 1), np.uint8), 0)
