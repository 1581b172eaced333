"""Pictures and archives of them, for the tests of people's own sets."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def png(shade: int = 120, *, side: int = 28, colour: bool = False) -> bytes:
    """A dark picture with a square of one brightness in its middle."""
    values = np.zeros((side, side, 3) if colour else (side, side), np.uint8)
    values[side // 4 : -side // 4, side // 4 : -side // 4] = shade
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG")
    return buffer.getvalue()


def huge_header() -> bytes:
    """A PNG that claims 40,000 x 40,000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


def packed(files: Mapping[str, bytes], *, compressed: bool = False) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=archive.compression)
    return buffer.getvalue()


def pictures(count: int, folder: str = "", *, side: int = 28) -> dict[str, bytes]:
    """Pictures of different brightness by their names, small unless told otherwise."""
    shades = [png(60 + shade, side=side) for shade in range(min(count, 190))]
    return {f"{folder}{i:04}.png": shades[i % 190] for i in range(count)}


def written(path: Path, content: bytes) -> Path:
    """The path, with the content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
