"""Many pictures as one lossless sheet, row after row: gray ones as PNG, colours as WebP, which takes half the space."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

COLUMNS = 100
FILES = {"png": "pictures.png", "webp": "pictures.webp"}
LONGEST = 16_383  # pixels: no side of a WebP may be longer

# Our own sheets, whose size set.json states: Image.open would hold them to the bound for strangers' pictures.
READERS = {"png": PngImageFile, "webp": WebPImageFile}


def encode(images: NDArray[np.uint8]) -> tuple[str, bytes]:
    """Pictures (N, H, W, C) uint8 as a sheet with COLUMNS a row -> its file's name and content.

    Raises ValueError for more colour pictures than a WebP can hold.
    """
    count, height, width, channels = images.shape
    rows = -(-count // COLUMNS)
    cells = np.zeros((rows * COLUMNS, height, width, channels), np.uint8)
    cells[:count] = images
    sheet = cells.reshape(rows, COLUMNS, height, width, channels).swapaxes(1, 2)
    sheet = sheet.reshape(rows * height, COLUMNS * width, channels)
    kind = "png" if channels == 1 else "webp"
    if kind == "webp" and max(sheet.shape) > LONGEST:
        most = LONGEST // height * COLUMNS if COLUMNS * width <= LONGEST else 0
        raise ValueError(
            f"{count} colour pictures of {width}x{height} do not fit a WebP sheet with {COLUMNS} a row: {most} do."
        )
    buffer = io.BytesIO()
    # `exact` keeps colours under full transparency, which are else thrown away.
    options = {"optimize": True} if kind == "png" else {"lossless": True, "exact": True, "method": 4}
    Image.fromarray(sheet[..., 0] if channels == 1 else sheet).save(buffer, kind, **options)
    return FILES[kind], buffer.getvalue()


def decode(
    content: bytes, name: str, *, count: int, height: int, width: int, channels: int, columns: int
) -> NDArray[np.uint8]:
    """The first `count` pictures (N, H, W, C) uint8 of a sheet named as `encode` names it.

    Raises ValueError or OSError for a sheet of another size or format.
    """
    kind = name.rpartition(".")[2]
    with READERS[kind](io.BytesIO(content)) as picture:
        # A WebP without transparency reads as RGB and its mode is not stored: ask for the one that is wanted.
        sheet = np.asarray(picture if kind == "png" else picture.convert({3: "RGB", 4: "RGBA"}[channels]), np.uint8)
    rows = sheet.shape[0] // height
    cells = sheet.reshape(rows, height, columns, width, channels).swapaxes(1, 2)
    return np.ascontiguousarray(cells.reshape(-1, height, width, channels)[:count])
