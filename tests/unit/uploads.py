"""Files as visitors send them: PNGs written by hand where no library writes them, and photographs of a known twin."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from models.manifest import Image
from server.imaging import Prepared, Step

SAMPLE = Path(__file__).parent.parent / "data" / "fashion-sample.npz"
FASHION = Image(channels=1, height=28, width=28, colour="gray", ground=(0,))
FACES = Image(channels=3, height=64, width=64, colour="rgb", ground=(255, 255, 255))
SPRITES = Image(channels=4, height=16, width=16, colour="rgba", ground=(0, 0, 0, 0))

GRAY, RGB, PALETTE, GRAY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6  # PNG's colour types
ORIENTATION = 0x0112
# How a camera held in each of EXIF's eight ways stores an upright picture.
AS_STORED = {
    1: lambda image: image,
    2: lambda image: image.transpose(Pillow.Transpose.FLIP_LEFT_RIGHT),
    3: lambda image: image.transpose(Pillow.Transpose.ROTATE_180),
    4: lambda image: image.transpose(Pillow.Transpose.FLIP_TOP_BOTTOM),
    5: lambda image: image.transpose(Pillow.Transpose.TRANSPOSE),
    6: lambda image: image.transpose(Pillow.Transpose.ROTATE_90),
    7: lambda image: image.transpose(Pillow.Transpose.TRANSVERSE),
    8: lambda image: image.transpose(Pillow.Transpose.ROTATE_270),
}


@cache
def fashion() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A hundred Fashion-MNIST test pictures (100, 28, 28), ten of each class, and their labels."""
    with np.load(SAMPLE, allow_pickle=False) as found:
        return found["images"], found["labels"]


def chunk(name: bytes, content: bytes) -> bytes:
    """One chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG of exactly these bits; `rows` holds the filter byte of every row. `extra` chunks come before the pixels."""
    start = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + start + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def png16(values: NDArray[Any], colour: int, *extra: bytes) -> bytes:
    """A PNG of 16 bits a channel from values (H, W, C)."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[1], values.shape[0], 16, colour, rows, *extra)


def saved(pixels: NDArray[np.uint8] | Pillow.Image, kind: str = "PNG", **options: Any) -> bytes:
    """A file of this kind as Pillow writes it."""
    file = io.BytesIO()
    image = pixels if isinstance(pixels, Pillow.Image) else Pillow.fromarray(pixels)
    image.save(file, kind, **options)
    return file.getvalue()


def photograph(
    twin: NDArray[np.uint8],
    orientation: int = 1,
    *,
    paper: int = 255,
    shade: float = 0,
    noise: float = 0,
    seed: int = 0,
) -> bytes:
    """A 28x28 picture as a person would photograph it: dark on white, 800 x 1000, off the middle, JPEG, turned.

    paper: the brightness of the ground. shade: the share by which light falls off. noise: the camera's, in levels.
    """
    edge, left, top = 560, 90, 300
    page = np.full((1000, 800), 255.0)
    page[top : top + edge, left : left + edge] = Pillow.fromarray(255 - twin).resize((edge, edge))
    light = np.linspace(1, 1 - shade, 800) * np.linspace(1, 1 - shade / 2, 1000)[:, np.newaxis]
    page = page * (paper / 255) * light + np.random.default_rng(seed).normal(0, noise, page.shape)
    stored = AS_STORED[orientation](Pillow.fromarray(np.clip(np.round(page), 0, 255).astype(np.uint8)).convert("RGB"))
    exif = Pillow.Exif()
    exif[ORIENTATION] = orientation
    return saved(stored, "JPEG", quality=88, exif=exif)


def cut_out(pixels: NDArray[np.uint8], mask: NDArray[np.bool_]) -> bytes:
    """An object on transparent ground; what hides under the transparency is anything."""
    hidden = np.where(mask, pixels, 77)
    return saved(np.dstack([hidden, hidden, hidden, np.where(mask, 255, 0)]).astype(np.uint8))


def applied(prepared: Prepared) -> list[str]:
    """The ids of what was done, in order."""
    return [step.id for step in prepared.steps if step.applied]


def step_of(prepared: Prepared, name: str) -> Step:
    """The one step with this id."""
    (found,) = [step for step in prepared.steps if step.id == name]
    return found


def error(prepared: Prepared, twin: NDArray[np.uint8]) -> float:
    """Mean squared difference from a 28x28 picture."""
    return float(np.square(prepared.pixels[..., 0] - twin / 255).mean())
