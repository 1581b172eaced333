"""strip.png and card.png: which picture is where, at which scale."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from models.exporting import pictures


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "across", "scale"), [(28, 16, 2), (64, 8, 1)])
def test_the_card_has_four_rows_of_draws_and_two_pairs(channels: int, height: int, across: int, scale: int) -> None:
    assert pictures.columns(height) == across
    size = (4 * across, height, 5, channels)
    upper, originals, drawn = (np.full(size, value, np.float32) for value in (0.2, 0.4, 1.0))
    with opened(pictures.card(upper, originals[: 2 * across], drawn[: 2 * across])) as picture:
        assert picture.mode == {1: "L", 3: "RGB"}[channels]
        pixels = np.asarray(picture).reshape(scale * height * 8, scale * 5 * across, channels)
    assert pixels[:: scale * height, 0, 0].tolist() == [51, 51, 51, 51, 102, 255, 102, 255]


@pytest.mark.parametrize("channels", [1, 3])
def test_the_strip_is_ten_pictures_in_their_own_size(channels: int) -> None:
    row = np.linspace(0, 1, 12, dtype=np.float32)[:, None, None, None] * np.ones((1, 4, 3, channels), np.float32)
    with opened(pictures.strip(row)) as picture:
        pixels = np.asarray(picture).reshape(4, 30, channels)
    np.testing.assert_array_equal(pixels[0, ::3, 0], np.rint(255 * row[:10, 0, 0, 0]).astype(np.uint8))
