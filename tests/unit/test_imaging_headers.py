"""Format and size come from the first bytes, and what is not read is refused by its name."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from server.imaging import headers
from server.imaging.headers import HeaderDamaged, foreign, header
from tests.unit.uploads import saved

PIXELS = np.random.default_rng(0).integers(0, 255, (30, 50, 3), np.uint8)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"}),  # a VP8X file
        ("AVIF", {}),
        ("GIF", {}),
    ],
)
def test_the_size_stands_in_the_header(kind: str, options: dict[str, object]) -> None:
    found = header(saved(PIXELS, kind, **options))
    assert found is not None
    assert (found.format, found.width, found.height) == (kind, 50, 30)


def test_webp_with_alpha_and_animation_says_its_canvas() -> None:
    rgba = np.dstack([PIXELS, PIXELS[:, :, :1]])
    for lossless in (False, True):
        found = header(saved(rgba, "WEBP", lossless=lossless))
        assert found is not None
        assert (found.width, found.height) == (50, 30)


def test_a_jpeg_with_a_large_thumbnail_says_the_size_of_the_picture() -> None:
    # The thumbnail is a whole JPEG inside the EXIF segment, which is skipped by its length.
    inner = saved(np.zeros((120, 160, 3), np.uint8), "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", 2 + 6 + len(inner)) + b"Exif\0\0" + inner
    outer = saved(PIXELS, "JPEG")
    found = header(outer[:2] + segment + outer[2:])
    assert found is not None
    assert (found.width, found.height) == (50, 30)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_a_header_cut_anywhere_is_damaged_or_unknown_and_nothing_else(kind: str) -> None:
    raw = saved(PIXELS, kind)
    whole = header(raw)
    outcomes = set()
    for length in range(min(400, len(raw))):
        try:
            found = header(raw[:length])
        except HeaderDamaged:
            outcomes.add("damaged")
        else:
            assert found is None or found == whole
            outcomes.add("unknown" if found is None else "whole")
    assert {"unknown", "damaged"} <= outcomes


@pytest.mark.parametrize(
    "raw",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIDAT" + bytes(20),
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + bytes(20),
        b"GIF89a" + bytes(10),
        b"RIFF\x10\0\0\0WEBPVP9 " + bytes(20),
        b"\xff\xd8\xff\xda" + bytes(50),
        b"\xff\xd8\xff\xd9" + bytes(50),
        b"\xff\xd8\xff" + bytes(5000),
    ],
)
def test_a_header_without_a_size_is_damaged(raw: bytes) -> None:
    with pytest.raises(HeaderDamaged):
        header(raw)


def _box(brand: bytes, *compatible: bytes) -> bytes:
    body = b"ftyp" + brand + bytes(4) + b"".join(compatible)
    return struct.pack(">I", len(body) + 4) + body + bytes(40)


@pytest.mark.parametrize(
    ("raw", "code", "name"),
    [
        (_box(b"heic", b"mif1", b"heic"), "heic", "HEIC"),
        (_box(b"mif1", b"mif1", b"heic"), "heic", "HEIC"),
        (_box(b"msf1", b"hevc"), "heic", "HEIC"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "svg", "SVG"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a drawing -->\n<SVG width="60000">', "svg", "SVG"),
        ('\ufeff<?xml version="1.0"?><svg/>'.encode("utf-16-le"), "svg", "SVG"),
        (_box(b"isom", b"mp42"), "format", "video"),
        (b"BM" + bytes(60), "format", "BMP"),
        (b"II*\0" + bytes(60), "format", "TIFF"),
        (b"MM\0*" + bytes(60), "format", "TIFF"),
        (b"8BPS" + bytes(60), "format", "Photoshop"),
        (b"\0\0\1\0" + bytes(60), "format", "ICO"),
        (b"\xff\x0a" + bytes(60), "format", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "format", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "format", "JPEG 2000"),
        (b"%PDF-1.7", "format", "PDF"),
        (b"PK\x03\x04" + bytes(60), "format", "ZIP"),
        (b"RIFF\x10\0\0\0WAVE", "format", "sound"),
    ],
)
def test_what_is_known_but_not_read_is_named_with_advice(raw: bytes, code: str, name: str) -> None:
    found = foreign(raw)
    assert found is not None
    assert found[0] == code
    assert name in found[1]
    assert found[2].endswith(".")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
def test_what_is_read_is_not_foreign(kind: str) -> None:
    assert foreign(saved(PIXELS, kind)) is None


def test_an_avif_under_a_general_brand_is_an_avif() -> None:
    raw = saved(PIXELS, "AVIF")
    general = raw.replace(b"ftypavif", b"ftypmif1", 1)
    assert foreign(general) is None
    assert header(general) == header(raw)


def test_every_table_entry_can_be_reached() -> None:
    for start, name, _ in headers._KNOWN:
        found = foreign(start + bytes(64))
        assert found is not None
        assert found[1] == name


def test_a_jpeg_of_thousands_of_scans_is_refused_before_it_is_decoded() -> None:
    """Each scan is decoded over all pixels: 64 bytes more of file are 17 ms more of work."""
    raw = saved(PIXELS, "JPEG", progressive=True)
    last = raw.rindex(b"\xff\xda")
    scan = raw[last:-2]
    assert headers.header(raw[:-2] + scan * 20 + raw[-2:]) is not None
    with pytest.raises(headers.HeaderDamaged, match="scans"):
        headers.header(raw[:-2] + scan * 200 + raw[-2:])


def test_a_jpeg_of_endless_parts_is_refused() -> None:
    with pytest.raises(headers.HeaderDamaged, match="parts"):
        headers.header(b"\xff\xd8" + b"\xff\xd0" * 100_000)
