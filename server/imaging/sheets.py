"""Many pictures as one: row-major sheets, and files of them."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow


def sheet(pixels: NDArray[np.uint8], columns: int) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """Pictures side by side, row by row: (N, H, W, C) -> (R*H, Cols*W, C) and (cols, rows, w, h).

    There are no more columns than pictures; what is left over in the last row is 0. Raises ValueError for no picture
    or fewer than 1 column.
    """
    if pixels.ndim != 4 or not len(pixels) or columns < 1:
        raise ValueError(f"expected pictures (N, H, W, C) and columns of at least 1, got {pixels.shape}, {columns}")
    count, height, width, channels = pixels.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    grid = np.zeros((rows * columns, height, width, channels), np.uint8)
    grid[:count] = pixels
    tiles = grid.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    return tiles.reshape(rows * height, columns * width, channels), (columns, rows, width, height)


def encode_picture(pixels: NDArray[np.uint8], file_format: str) -> bytes:
    """A picture (H, W, C) uint8 with C of 1, 3 or 4 as a lossless "png" or "webp" file.

    Raises ValueError for another shape or format.
    """
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or pixels.dtype != np.uint8:
        raise ValueError(f"expected uint8 pixels (H, W, 1, 3 or 4), got {pixels.dtype} {pixels.shape}")
    image = Pillow.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    file = io.BytesIO()
    if file_format == "png":
        image.save(file, "PNG", compress_level=3)
    elif file_format == "webp":
        # `exact` keeps the colours under transparent pixels; method 1 is several times faster than the default.
        image.save(file, "WEBP", lossless=True, exact=True, quality=30, method=1)
    else:
        raise ValueError(f'a picture is written as "png" or "webp", not {file_format!r}')
    return file.getvalue()
