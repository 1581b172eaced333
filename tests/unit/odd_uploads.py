"""Two hundred and more odd uploads: pictures of every make and size, damaged ones, and what is no picture at all."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from PIL import Image as Pillow

from tests.unit.uploads import GRAY, ORIENTATION, PALETTE, RGB, RGB_ALPHA, chunk, fashion, photograph, png, png16, saved

KINDS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Odd:
    """A file as it is sent, and what else the form says."""

    name: str
    raw: bytes
    fields: dict[str, str] = field(default_factory=dict)


def odd_uploads() -> list[Odd]:
    """All of them, the same ones each time, each with a name of its own."""
    return [*_makes(), *_sizes(), *_phones(), *_damaged(), *_pngs(), *_no_pictures(), *_forms()]


def _colours(width: int = 40, height: int = 32, channels: int = 3, seed: int = 0) -> Pillow.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    return Pillow.fromarray(values)


def _makes() -> Iterator[Odd]:
    """Formats and kinds of pixels."""
    picture = _colours()
    for kind in (*KINDS, "BMP", "TIFF", "ICO", "PPM", "PCX", "TGA", "JPEG2000", "DDS", "SGI"):
        yield Odd(f"kind {kind}", saved(picture, kind))
    for mode in ("1", "L", "LA", "P", "RGBA"):
        yield Odd(f"png {mode}", saved(picture.convert(mode)))
    for mode in ("L", "CMYK", "YCbCr"):
        yield Odd(f"jpeg {mode}", saved(picture.convert(mode), "JPEG"))
    for mode in ("F", "I", "CMYK"):
        yield Odd(
            f"tiff {mode}",
            saved(picture.convert("L").convert(mode) if mode != "CMYK" else picture.convert(mode), "TIFF"),
        )
    yield Odd("jpeg progressive", saved(picture, "JPEG", progressive=True))
    yield Odd("jpeg coarse", saved(picture, "JPEG", quality=1, subsampling=2))
    yield Odd("webp lossless", saved(_colours(channels=4), "WEBP", lossless=True))
    yield Odd("webp coarse", saved(picture, "WEBP", quality=0))
    yield Odd("png not compressed", saved(picture, "PNG", compress_level=0))
    yield Odd("png palette see-through", saved(picture.convert("P"), "PNG", transparency=3))
    yield Odd("gif see-through", saved(picture.convert("P"), "GIF", transparency=0))
    for kind in ("GIF", "WEBP", "PNG"):
        others = [_colours(seed=seed) for seed in (1, 2, 3)]
        yield Odd(f"moving {kind}", saved(picture, kind, save_all=True, append_images=others, duration=40))
    for value in (0, 1, 127, 255):
        yield Odd(f"nothing but {value}", saved(Pillow.new("L", (30, 30), value)))
    yield Odd("all see-through", saved(Pillow.new("RGBA", (30, 30), (9, 9, 9, 0))))


def _sizes() -> Iterator[Odd]:
    """Very small, very long."""
    for width, height in (
        (1, 1),
        (1, 2),
        (2, 1),
        (3, 3),
        (1, 4000),
        (4000, 1),
        (2, 3000),
        (5000, 5),
        (28, 28),
        (1537, 3),
    ):
        yield Odd(f"png {width}x{height}", saved(_colours(width, height)))
        yield Odd(f"jpeg {width}x{height}", saved(_colours(width, height).convert("L"), "JPEG"))


def _phones() -> Iterator[Odd]:
    """Photographs as phones store them, and orientations that are none."""
    for orientation in range(1, 9):
        yield Odd(f"photograph {orientation}", photograph(fashion()[0][orientation], orientation))
    for orientation in (0, 9, 65_535):
        exif = Pillow.Exif()
        exif[ORIENTATION] = orientation
        yield Odd(f"orientation {orientation}", saved(_colours(), "JPEG", exif=exif))
    yield Odd("exif of noise", saved(_colours(), "JPEG", exif=b"Exif\0\0" + bytes(range(256)) * 20))
    yield Odd("profile of noise", saved(_colours(), "JPEG", icc_profile=bytes(range(256)) * 9))
    yield Odd("dark photograph", photograph(fashion()[0][0], paper=20, noise=9))
    yield Odd("shaded photograph", photograph(fashion()[0][1], shade=0.7, noise=4))


def _damaged() -> Iterator[Odd]:
    """Cut off, and with bytes changed."""
    for kind in KINDS:
        whole = saved(_colours(), kind)
        for share in (0.02, 0.2, 0.5, 0.9, 0.99):
            yield Odd(f"{kind} cut at {share}", whole[: max(9, int(len(whole) * share))])
        for seed in range(6):
            generator = np.random.default_rng(seed)
            raw = bytearray(whole)
            for at in generator.integers(4, min(len(raw), 200 if seed % 2 else len(raw)), 1 + 2 * seed):
                raw[at] = int(generator.integers(0, 256))
            yield Odd(f"{kind} changed {seed}", bytes(raw))
        yield Odd(f"{kind} and more behind", whole + bytes(5000))


def _pngs() -> Iterator[Odd]:
    """PNGs that no library writes."""
    row = b"\0" + bytes(12)
    yield Odd("bomb", png(100_000, 100_000, 8, RGB, row))
    yield Odd("bomb of one line", png(2_000_000_000, 1, 1, GRAY, row))
    yield Odd("no width", png(0, 4, 8, RGB, row))
    yield Odd("negative height", SIGNATURE + chunk(b"IHDR", struct.pack(">IiBBBBB", 4, -4, 8, RGB, 0, 0, 0)))
    yield Odd("depth 3", png(4, 1, 3, GRAY, row))
    yield Odd("colour 5", png(4, 1, 8, 5, row))
    yield Odd("no palette", png(12, 1, 8, PALETTE, row))
    yield Odd(
        "no pixels", SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, RGB, 0, 0, 0)) + chunk(b"IEND", b"")
    )
    yield Odd("too few pixels", png(4, 400, 8, RGB, row))
    yield Odd("too many pixels", png(4, 1, 8, RGB, row * 5000))
    yield Odd("unknown filter", png(4, 1, 8, RGB, b"\x09" + bytes(12)))
    yield Odd("wrong checksum", png(4, 1, 8, RGB, row)[:-20] + bytes(20))
    yield Odd(
        "no zlib", SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 1, 8, RGB, 0, 0, 0)) + chunk(b"IDAT", b"no")
    )
    yield Odd(
        "text that unpacks to much", png(4, 1, 8, RGB, row, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**24))))
    )
    yield Odd("two headers", png(4, 1, 8, RGB, row, chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, RGB, 0, 0, 0))))
    yield Odd("chunk longer than the file", SIGNATURE + struct.pack(">I", 2**31 - 1) + b"IHDR" + bytes(40))
    generator = np.random.default_rng(0)
    for colour, channels in ((GRAY, 1), (RGB, 3), (RGB_ALPHA, 4)):
        yield Odd(f"16 bits {colour}", png16(generator.integers(0, 65_536, (9, 11, channels)), colour))


def _no_pictures() -> Iterator[Odd]:
    """Everything else that people and programs send."""
    for name, raw in {
        "empty": b"",
        "one byte": b"\0",
        "text": b"a cat, sitting",
        "page": b"<!doctype html><script>alert(1)</script>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
        "json": b'{"picture": null}',
        "pdf": b"%PDF-1.7\n1 0 obj\n",
        "zip": b"PK\x03\x04" + bytes(60),
        "gzip": b"\x1f\x8b\x08" + bytes(60),
        "program": b"\x7fELF" + bytes(200),
        "pickle": b"\x80\x04\x95\x0c\0\0\0\0\0\0\0\x8c\x02os\x94.",
        "numpy": b"\x93NUMPY\x01\0v\0{'descr': '|O'}",
        "heic": b"\0\0\0\x18ftypheic" + bytes(40),
        "mp4": b"\0\0\0\x18ftypmp42" + bytes(40),
        "avif without pictures": b"\0\0\0\x18ftypavif" + bytes(40),
        "psd": b"8BPS\0\x01" + bytes(60),
        "raw photograph": b"II*\0\x10\0\0\0CR\x02\0" + bytes(60),
        "jpeg xl": b"\xff\x0a" + bytes(60),
        "script": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "nothing but nothing": bytes(100_000),
    }.items():
        yield Odd(name, raw)
    for kind, start in {
        "png": SIGNATURE,
        "jpeg": b"\xff\xd8\xff",
        "gif": b"GIF89a",
        "webp": b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    }.items():
        for seed in range(4):
            yield Odd(f"{kind} of noise {seed}", start + np.random.default_rng(seed).bytes(40 * 4**seed))
    yield Odd("gif without frames", b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + b";")
    yield Odd("jpeg without pixels", b"\xff\xd8\xff\xd9")


def _forms() -> Iterator[Odd]:
    """A good picture with a form that is not."""
    buffer = io.BytesIO()
    Pillow.fromarray(fashion()[0][0]).save(buffer, "PNG")
    good = buffer.getvalue()
    crops = (
        "0,0,0,0",
        "a,b,c,d",
        "0,0,1",
        "nan,0,1,1",
        "0,0,inf,1",
        "-1,-1,2,2",
        "0.99,0.99,0.5,0.5",
        "0,0,1e-9,1e-9",
        ",,,",
    )
    for crop in (*crops, "0.25,0.25,0.5,0.5"):
        yield Odd(f"crop {crop}", good, {"crop": crop})
    for skip in ("resize", "resize,pad,crop", "gray,invert", "no such step", ",,,", "x" * 5000):
        yield Odd(f"skip {skip[:20]}", good, {"skip": skip})
        yield Odd(f"force {skip[:20]}", good, {"force": skip})
    for classes in (
        "{",
        "[]",
        "null",
        '{"class": 999999}',
        '{"class": -1}',
        '{"class": 1.5}',
        '{"no such": 0}',
        "[" * 2000,
    ):
        yield Odd(f"conditions {classes[:20]}", good, {"conditions": classes})
