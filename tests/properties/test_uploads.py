"""Whatever bytes arrive, the answer is a picture of the model's form or a refusal in a sentence; nothing else."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.imaging import PictureRefused, prepare
from tests.unit.uploads import FACES, FASHION, fashion, photograph, saved

# Pillow warns about damaged metadata, which is not an error for the server.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
KINDS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")


@cache
def _whole(kind: str) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
    return saved(pixels, kind)


def _answer(raw: bytes) -> None:
    try:
        prepared = prepare(raw, FASHION)
    except PictureRefused as refusal:
        text = str(refusal)
        assert text.endswith(".")
        assert refusal.code in {"empty", "unknown", "format", "heic", "svg", "too_large", "unreadable"}  # noqa: PT017
    else:
        assert prepared.pixels.shape == (28, 28, 1)
        assert ((prepared.pixels >= 0) & (prepared.pixels <= 1)).all()


@settings(deadline=None, max_examples=300)
@given(kind=st.sampled_from(KINDS), data=st.data())
def test_a_damaged_file(kind: str, data: st.DataObject) -> None:
    raw = bytearray(_whole(kind))
    for _ in range(data.draw(st.integers(1, 4))):
        # Most of what can go wrong goes wrong near the front.
        at = data.draw(st.one_of(st.integers(0, min(120, len(raw) - 1)), st.integers(0, len(raw) - 1)))
        raw[at] = data.draw(st.integers(0, 255))
    _answer(bytes(raw[: data.draw(st.sampled_from([len(raw), len(raw) * 2 // 3, 40]))]))


@settings(deadline=None, max_examples=200)
@given(
    start=st.sampled_from(
        [
            b"",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
            b"\xff\xd8\xff",
            b"RIFF\0\0\0\0WEBPVP8X",
            b"\0\0\0\x18ftypavif",
            b"\0\0\0\x18ftypmif1",
            b"<svg",
        ]
    ),
    rest=st.binary(max_size=300),
)
def test_any_bytes(start: bytes, rest: bytes) -> None:
    _answer(start + rest)


@settings(deadline=None, max_examples=60)
@given(
    width=st.integers(1, 90), height=st.integers(1, 90), channels=st.sampled_from([1, 2, 3, 4]),
    seed=st.integers(0, 99), flat=st.booleans(),
)  # fmt: skip
def test_any_picture_fits_any_model(width: int, height: int, channels: int, seed: int, flat: bool) -> None:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 256, (1, 1, channels) if flat else (height, width, channels), np.uint8)
    pixels = np.broadcast_to(pixels, (height, width, channels))
    raw = saved(np.ascontiguousarray(pixels[..., 0] if channels == 1 else pixels))
    for image in (FASHION, FACES):
        prepared = prepare(raw, image)
        assert prepared.pixels.shape == (image.height, image.width, image.channels)
        assert ((prepared.pixels >= 0) & (prepared.pixels <= 1)).all()


@settings(deadline=None, max_examples=15)
@given(index=st.integers(0, 99), orientation=st.integers(1, 8))
def test_a_prepared_picture_is_not_prepared_further(index: int, orientation: int) -> None:
    once = prepare(photograph(fashion()[0][index], orientation), FASHION).pixels
    eight = np.round(once * 255).astype(np.uint8)
    twice = prepare(saved(eight[..., 0]), FASHION)
    np.testing.assert_array_equal(twice.pixels, eight.astype(np.float32) / np.float32(255))
