"""The pictures of a model folder: strip.png for the list of models, card.png for the card."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
STRIP = 10
LARGE = 48  # pixels from which a picture is shown in its own size


def columns(height: int) -> int:
    """How many pictures of that height fit a row of the card."""
    return 16 if height < LARGE else 8


def strip(pictures: Floats) -> bytes:
    """Ten pictures (10, H, W, C) in [0, 1] side by side in their own size, as PNG."""
    return _png(_row(pictures[:STRIP]))


def card(upper: Floats, originals: Floats, drawn: Floats) -> bytes:
    """Four rows of `upper`, then two pairs of rows of originals above their reconstructions; small ones twice as large.

    Each (N, H, W, C) in [0, 1], of 4, 2 and 2 rows of `columns` pictures.
    """
    height = upper.shape[1]
    across = columns(height)
    rows = [upper[start : start + across] for start in range(0, 4 * across, across)]
    for start in (0, across):
        rows += [originals[start : start + across], drawn[start : start + across]]
    sheet = np.concatenate([_row(row) for row in rows], axis=0)
    return _png(sheet, scale=2 if height < LARGE else 1)


def _row(pictures: Floats) -> Floats:
    return np.concatenate(list(pictures), axis=1)


def _png(sheet: Floats, scale: int = 1) -> bytes:
    pixels = np.rint(sheet * 255).astype(np.uint8)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    image = image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    image.save(buffer, "png", optimize=True)
    return buffer.getvalue()
