"""Bytes of an upload -> a picture of 8 bits a channel without metadata, or a refusal in one sentence."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image as Pillow

from server.imaging import headers

MAX_PIXELS: Final = 25_000_000
# Pictures are reduced to about this long edge while reading: models see 28 to a few hundred pixels, and a photograph of
# 24 megapixels would take 290 MB as floats.
WORKING_EDGE: Final = 1536
_ORIENTATION_TAG: Final = 0x0112


class PictureRefused(ValueError):
    """An upload that is not read; the message is a sentence for the person who sent it.

    code: "empty", "unknown", "format" (known but not read), "heic", "svg", "too_large", "unreadable" (damaged).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Picture:
    """A decoded upload. Nothing of its metadata is left but the orientation, which is not applied yet."""

    image: Pillow.Image  # mode L, LA, RGB, RGBA, or I;16 for 16-bit gray; reduced by a whole factor when large
    width: int  # as stored in the file
    height: int
    format: str  # PNG, JPEG, WEBP, AVIF or GIF
    orientation: int  # EXIF, 1 to 8
    depth: int  # bits a channel in the file
    had_alpha: bool  # some pixel is not opaque
    animated: bool  # only the first frame was read


def read(raw: bytes, *, max_pixels: int = MAX_PIXELS, working_edge: int = WORKING_EDGE) -> Picture:
    """Decode PNG, JPEG, WebP, AVIF, or the first frame of a GIF. Raises PictureRefused for everything else.

    The format and the size are taken from the first bytes, so that a picture that is too large is never decoded.
    One whose longest edge exceeds `working_edge` is reduced to it or less, by a whole factor.
    """
    found = _header(raw)
    _refuse_larger(found.width, found.height, max_pixels)
    try:
        with Pillow.open(io.BytesIO(raw), formats=[found.format]) as opened:
            _refuse_larger(*opened.size, max_pixels)
            return _decode(opened, found, working_edge)
    except PictureRefused:
        raise
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning) as bomb:
        raise _too_large(found.width, found.height, max_pixels) from bomb
    except Exception as damage:  # decoders raise anything on hostile bytes: OSError, SyntaxError, struct.error, ...
        raise PictureRefused(
            "unreadable",
            f"This {_NAMES[found.format]} picture is damaged or incomplete and cannot be read. "
            "Please open it in an image program, save it again and upload that.",
        ) from damage


_NAMES: Final = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "AVIF": "AVIF", "GIF": "GIF"}


def _header(raw: bytes) -> headers.Header:
    if not raw:
        raise PictureRefused("empty", "This file is empty. Please choose a picture.")
    if (known := headers.foreign(raw)) is not None:
        code, name, advice = known
        raise PictureRefused(code, f"This is {name}, which is not read here. {advice}")
    try:
        found = headers.header(raw)
    except headers.HeaderDamaged as damage:
        told = "Please open it in an image program, save it again and upload that."
        raise PictureRefused("unreadable", f"This picture is damaged: {damage}. {told}") from damage
    if found is None:
        raise PictureRefused(
            "unknown", "This file is not a picture. Please choose a PNG, JPEG, WebP, AVIF or GIF file."
        )
    return found


def _refuse_larger(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise _too_large(width, height, max_pixels)


def _too_large(width: int, height: int, max_pixels: int) -> PictureRefused:
    return PictureRefused(
        "too_large",
        f"This picture has {width} x {height} pixels, {width * height / 1e6:,.1f} million; at most "
        f"{max_pixels / 1e6:g} million are read. Please make it smaller and upload that.",
    )


def _decode(opened: Pillow.Image, found: headers.Header, edge: int) -> Picture:
    # JPEG can be decoded at a half, a quarter or an eighth at a fraction of the time.
    opened.draft(None, (edge, edge))
    opened.load()
    plain = _reduced(_plain(opened, found.depth), edge)
    had_alpha = plain.mode in ("LA", "RGBA") and plain.getchannel("A").getextrema()[0] != 255
    if plain.mode in ("LA", "RGBA") and not had_alpha:
        plain = plain.convert(plain.mode[:-1])
    return Picture(
        image=Pillow.fromarray(np.array(plain)),  # pixels alone: Pillow's own copies keep the metadata
        width=found.width,
        height=found.height,
        format=found.format,
        orientation=_orientation(opened),
        depth=found.depth,
        had_alpha=had_alpha,
        animated=_animated(opened),
    )


def _plain(opened: Pillow.Image, depth: int) -> Pillow.Image:
    """L, LA, RGB, RGBA or I;16 from whatever mode was decoded; a transparent colour or palette entry becomes alpha."""
    key = opened.info.get("transparency")
    if opened.mode == "I;16":
        return opened if key is None else _keyed(opened, int(key))
    if opened.mode == "L" and isinstance(key, int):
        # PNG counts the transparent gray in the file's own bits; pixels of 2 and 4 bits have been spread over 0 to 255.
        return _keyed(opened, key * 255 // (2**depth - 1) if depth in (2, 4) else key)
    if opened.mode in ("L", "LA", "RGBA") or (opened.mode == "RGB" and key is None):
        return opened
    if opened.mode == "1" and key is None:
        return opened.convert("L")
    return opened.convert("RGBA" if opened.has_transparency_data else "RGB")


def _keyed(gray: Pillow.Image, key: int) -> Pillow.Image:
    """LA from L or I;16 in which one value means transparent."""
    values = np.asarray(gray)
    eight = values if values.dtype == np.uint8 else np.round(values / np.float32(257)).astype(np.uint8)
    alpha = np.where(values == key, 0, 255).astype(np.uint8)
    return Pillow.fromarray(np.stack([eight, alpha], axis=2))


def _reduced(image: Pillow.Image, edge: int) -> Pillow.Image:
    factor = -(-max(image.size) // edge)
    if factor < 2:
        return image
    if image.mode != "I;16":
        return image.reduce(factor)  # a box mean, weighted by alpha
    wide = Pillow.fromarray(np.asarray(image).astype(np.float32)).reduce(factor)
    return Pillow.fromarray(np.round(np.asarray(wide)).astype(np.uint16))


def _animated(opened: Pillow.Image) -> bool:
    try:
        return bool(getattr(opened, "is_animated", False))
    except Exception:  # a damaged second frame is none of ours
        return True


def _orientation(opened: Pillow.Image) -> int:
    try:
        value = opened.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # damaged EXIF says nothing about the pixels, which are read already
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1
