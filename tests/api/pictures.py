"""Pictures for uploading, and pictures read from answers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from server.settings import ROOT

VAE = "fashion-vae-16"


def sample() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A hundred Fashion-MNIST test pictures (100, 28, 28) and their labels."""
    with np.load(ROOT / "tests/data/fashion-sample.npz", allow_pickle=False) as found:
        return found["images"], found["labels"]


def png(pixels: NDArray[np.uint8], kind: str = "png", **options: Any) -> bytes:
    """Pixels as the bytes of a file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def opened(content: bytes) -> NDArray[np.uint8]:
    """The pixels in a file's bytes."""
    return np.asarray(Image.open(io.BytesIO(content)))


def shirt_on_white(twin: NDArray[np.uint8]) -> bytes:
    """A 28x28 Fashion-MNIST picture as a person would photograph it: large, dark on white, with a margin, as JPEG."""
    large = Image.fromarray(255 - twin).resize((560, 560), Image.Resampling.BICUBIC)
    page = Image.new("L", (900, 1100), 255)
    page.paste(large, (150, 260))
    buffer = io.BytesIO()
    page.convert("RGB").save(buffer, "jpeg", quality=88)
    return buffer.getvalue()
