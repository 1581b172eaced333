"""What the first bytes of a file say it is, and how large the picture in it claims to be, before anything is decoded.

The name of a file and the type a browser gives it are hearsay; only the bytes count. Layouts: PNG (ISO/IEC 15948),
GIF89a, JPEG (ITU-T T.81 annex B), WebP (RFC 9649), AVIF and HEIC (ISO/IEC 14496-12 and 23008-12).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

_MARKER = re.compile(rb"\xff+([^\x00\xff])")
# In a scan, FF 00 is a byte of the picture, and D0 to D7 restart its decoder.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# A progressive picture has about ten scans, each over all pixels: thousands would hold a worker for hours.
_MOST_SCANS = 100
_MOST_SEGMENTS = 2000


@dataclass(frozen=True)
class Header:
    """What a readable picture's header says."""

    format: str  # PNG, JPEG, WEBP, AVIF or GIF: Pillow's names
    width: int
    height: int
    depth: int = 8  # bits a channel


class HeaderDamaged(ValueError):
    """The file begins like a picture of a readable format, but its size cannot be found."""


# What is refused by name: the first bytes, the name a person knows, what to do instead.
_SAVE = "Please save it as PNG or JPEG and upload that."
_KNOWN: tuple[tuple[bytes, str, str], ...] = (
    (b"BM", "a BMP picture", _SAVE),
    (b"II*\0", "a TIFF or camera raw picture", _SAVE),
    (b"MM\0*", "a TIFF or camera raw picture", _SAVE),
    (b"\0\0\1\0", "an icon (ICO)", _SAVE),
    (b"8BPS", "a Photoshop file", "Please export it as PNG or JPEG and upload that."),
    (b"\xff\x0a", "a JPEG XL picture", _SAVE),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture", _SAVE),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", _SAVE),
    (b"%PDF", "a PDF document", "Please export the picture in it as PNG or JPEG and upload that."),
    (b"%!PS", "a PostScript document", "Please export the picture in it as PNG or JPEG and upload that."),
    (b"PK\x03\x04", "a ZIP archive or office document", "Please take the picture out of it and upload that."),
    (b"\x1f\x8b", "a compressed archive", "Please unpack it and upload a picture from it."),
    (b"\x1aE\xdf\xa3", "a video", "Please save one frame as PNG or JPEG and upload that."),
    (b"RIFF", "a sound or video file", "Please save one frame as PNG or JPEG and upload that."),
)
_HEIC_ADVICE = (
    "Please save it as JPEG or PNG first; on an iPhone, Settings > Camera > Formats > Most Compatible makes the camera "
    "take JPEG."
)
_SVG_ADVICE = "It is a drawing made of shapes, not of pixels; please export it as PNG and upload that."
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})


def foreign(raw: bytes) -> tuple[str, str, str] | None:
    """(code, name, advice) of a file that is known but not read, else None. The code is "heic", "svg" or "format"."""
    brands = _brands(raw)
    if brands & _HEIC_BRANDS and not brands & _AVIF_BRANDS:
        return "heic", "a HEIC picture", _HEIC_ADVICE
    if _looks_like_svg(raw):
        return "svg", "an SVG drawing", _SVG_ADVICE
    if brands and not brands & _AVIF_BRANDS:
        return "format", "a video", "Please save one frame as PNG or JPEG and upload that."
    for start, name, advice in _KNOWN:
        if raw.startswith(start) and not (start == b"RIFF" and raw[8:12] == b"WEBP"):
            return "format", name, advice
    return None


def header(raw: bytes) -> Header | None:
    """The header of a PNG, JPEG, WebP, AVIF or GIF; None for anything else. Raises HeaderDamaged without a size."""
    try:
        if raw.startswith(b"\x89PNG\r\n\x1a\n"):
            width, height, depth = struct.unpack(">IIB", raw[16:25])
            found = Header("PNG", width, height, depth) if raw[12:16] == b"IHDR" else Header("PNG", 0, 0)
        elif raw.startswith((b"GIF87a", b"GIF89a")):
            found = Header("GIF", *struct.unpack("<HH", raw[6:10]))
        elif raw.startswith(b"\xff\xd8\xff"):
            found = Header("JPEG", *_jpeg_size(raw))
        elif raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
            found = Header("WEBP", *_webp_size(raw))
        elif _brands(raw) & _AVIF_BRANDS:
            found = Header("AVIF", *_avif_size(raw))
        else:
            return None
    except (struct.error, IndexError) as short:
        raise HeaderDamaged("the header ends too early") from short
    if not found.width or not found.height:
        raise HeaderDamaged("the header gives no size")
    return found


def _brands(raw: bytes) -> frozenset[bytes]:
    """The brands of an ISO base media file (the `ftyp` box: major, minor version, compatible ones)."""
    if raw[4:8] != b"ftyp":
        return frozenset()
    size = min(int.from_bytes(raw[:4], "big"), 4096, len(raw))
    return frozenset(raw[at : at + 4] for at in (8, *range(16, size - 3, 4)))


def _looks_like_svg(raw: bytes) -> bool:
    start = raw[:4096].removeprefix(b"\xef\xbb\xbf")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.replace(b"\0", b"")[2:]
    return start.lstrip().startswith(b"<") and b"<svg" in start.lower()


def _jpeg_size(raw: bytes) -> tuple[int, int]:
    """The size in the first frame; the whole file is walked, for the number of its scans tells what decoding costs."""
    size: tuple[int, int] | None = None
    at, scans = 2, 0
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(raw, at)  # stray and fill bytes between segments occur in real files
        if found is None:
            break
        marker, at = found[1][0], found.end()
        if marker == 0xD9:
            break
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:  # these have no length
            continue
        if len(raw) < at + 7:
            break
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and size is None:  # a start of frame
            height, width = struct.unpack(">HH", raw[at + 3 : at + 7])
            size = (width, height)
        at += int.from_bytes(raw[at : at + 2], "big")
        if marker == 0xDA:
            scans += 1
            if size is None or scans > _MOST_SCANS:
                break
            after = _AFTER_SCAN.search(raw, at)
            at = after.start() if after else len(raw)
    else:
        raise HeaderDamaged("it has more parts than any camera writes")
    if scans > _MOST_SCANS:
        raise HeaderDamaged("it has more scans than any camera writes")
    if size is None:
        raise HeaderDamaged("there is no frame before the first scan")
    return size


def _webp_size(raw: bytes) -> tuple[int, int]:
    kind = raw[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(raw[24:27], "little"), 1 + int.from_bytes(raw[27:30], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", raw[21:25])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", raw[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise HeaderDamaged("its first chunk is unknown")


def _avif_size(raw: bytes) -> tuple[int, int]:
    """The largest size that any item of the file claims (`ispe` boxes; tiles and thumbnails have their own)."""
    largest, at = (0, 0), raw.find(b"ispe")
    while at >= 0:
        width, height = struct.unpack(">II", raw[at + 8 : at + 16])
        largest = max(largest, (width, height), key=lambda size: size[0] * size[1])
        at = raw.find(b"ispe", at + 16, 1 << 16)  # the boxes stand at the front; pixels further on may spell anything
    return largest
