"""Reading an upload: every kind of picture comes out right, everything else is refused in a sentence."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import PngImagePlugin

from server.imaging import PictureRefused, read
from tests.unit.uploads import (
    AS_STORED,
    GRAY,
    GRAY_ALPHA,
    ORIENTATION,
    PALETTE,
    RGB,
    RGB_ALPHA,
    chunk,
    png,
    png16,
    saved,
)

GRADIENT = np.add.outer(np.arange(40), np.arange(60)).astype(np.uint8)
COLOUR = np.dstack([GRADIENT, GRADIENT[::-1], GRADIENT[:, ::-1]])


def _values(raw: bytes) -> NDArray[np.int64]:
    return np.asarray(read(raw).image).astype(np.int64)


def _refusal(raw: bytes, **limits: int) -> PictureRefused:
    with pytest.raises(PictureRefused) as caught:
        read(raw, **limits)
    message = str(caught.value)
    assert message[0].isupper(), message
    assert message.endswith("."), message
    assert len(message) < 300
    return caught.value


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "JPEG", "GIF"])
def test_every_format_is_read(kind: str) -> None:
    options: dict[str, dict[str, Any]] = {
        "WEBP": {"lossless": True},
        "JPEG": {"quality": 95, "subsampling": 0},
        "AVIF": {"quality": 95},
    }
    picture = read(saved(COLOUR, kind, **options.get(kind, {})))
    assert (picture.format, picture.width, picture.height) == (kind, 60, 40)
    assert not picture.animated
    assert not picture.had_alpha
    found = np.asarray(picture.image.convert("RGB")).astype(int)
    exact = kind in ("PNG", "WEBP")
    assert np.abs(found - COLOUR).max() <= (0 if exact else 45)
    assert np.abs(found - COLOUR).mean() <= (0 if exact else 12)


def test_of_an_animation_the_first_frame_is_read() -> None:
    frames = [Pillow.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "PNG", "AVIF"):
        picture = read(saved(frames[0], kind, save_all=True, append_images=frames[1:]))
        red, green, blue = picture.image.convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
        assert red > 240
        assert max(green, blue) < 15
        assert picture.animated


def test_a_damaged_second_frame_does_not_matter() -> None:
    frames = [Pillow.effect_noise((64, 64), 90).convert("P") for _ in range(2)]
    raw = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read(raw[: len(raw) - 900]).image.size == (64, 64)


def test_sixteen_bit_gray_keeps_its_levels() -> None:
    values = np.array([[[0], [257], [1000], [40000], [65535]]])
    picture = read(png16(values, GRAY))
    assert picture.image.mode == "I;16"
    assert picture.depth == 16
    np.testing.assert_array_equal(np.asarray(picture.image), values[:, :, 0])


@pytest.mark.parametrize(("colour", "channels"), [(RGB, 3), (GRAY_ALPHA, 2), (RGB_ALPHA, 4)])
def test_sixteen_bit_colour_and_alpha_become_eight_bits(colour: int, channels: int) -> None:
    values = np.random.default_rng(0).integers(0, 65536, (6, 7, channels))
    picture = read(png16(values, colour))
    assert picture.depth == 16
    assert picture.had_alpha == (channels in (2, 4))
    mode = "RGBA" if channels in (2, 4) else "RGB"
    expected = np.repeat(values[:, :, :1], 3, axis=2) if channels == 2 else values[:, :, :3]
    found = np.asarray(picture.image.convert(mode)).astype(int)
    np.testing.assert_allclose(found[:, :, :3], expected / 257, atol=1)
    if picture.had_alpha:
        np.testing.assert_allclose(found[:, :, 3], values[:, :, -1] / 257, atol=1)


@pytest.mark.parametrize(("depth", "levels"), [(1, 2), (2, 4), (4, 16)])
def test_few_bits_of_gray_spread_over_the_range_and_their_transparent_value_is_found(depth: int, levels: int) -> None:
    values = [value % levels for value in range(8)]
    bits = "".join(f"{value:0{depth}b}" for value in values)
    row = b"\0" + int(bits, 2).to_bytes(depth, "big")
    plain = read(png(8, 1, depth, GRAY, row))
    np.testing.assert_array_equal(np.asarray(plain.image)[0], [value * 255 // (levels - 1) for value in values])
    keyed = read(png(8, 1, depth, GRAY, row, chunk(b"tRNS", struct.pack(">H", 1))))
    assert keyed.had_alpha
    np.testing.assert_array_equal(np.asarray(keyed.image.convert("RGBA"))[0, :, 3] == 0, [v == 1 for v in values])


def test_a_transparent_colour_becomes_alpha() -> None:
    eight = read(png(3, 1, 8, GRAY, b"\0\x05\x06\x05", chunk(b"tRNS", struct.pack(">H", 5))))
    np.testing.assert_array_equal(np.asarray(eight.image)[0], [[5, 0], [6, 255], [5, 0]])
    wide = read(png16(np.array([[[1000], [1001]]]), GRAY, chunk(b"tRNS", struct.pack(">H", 1000))))
    np.testing.assert_array_equal(np.asarray(wide.image)[0, :, 1], [0, 255])
    colours = png(2, 1, 8, RGB, b"\0\x01\x02\x03\x01\x02\x04", chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)))
    np.testing.assert_array_equal(np.asarray(read(colours).image)[0], [[1, 2, 3, 0], [1, 2, 4, 255]])


def test_a_palette_keeps_its_colours_and_its_half_transparent_entries() -> None:
    palette = chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255]))
    opaque = png(3, 1, 8, PALETTE, b"\0\0\1\2", palette)
    np.testing.assert_array_equal(_values(opaque)[0], [[255, 0, 0], [0, 255, 0], [0, 0, 255]])
    clear = png(3, 1, 8, PALETTE, b"\0\0\1\2", palette, chunk(b"tRNS", bytes([0, 128])))
    np.testing.assert_array_equal(_values(clear)[0], [[255, 0, 0, 0], [0, 255, 0, 128], [0, 0, 255, 255]])


def test_a_gif_with_a_transparent_entry_has_alpha() -> None:
    image = Pillow.fromarray(np.array([[0, 1], [1, 0]], np.uint8), "P")
    image.putpalette([10, 20, 30, 200, 210, 220])
    picture = read(saved(image, "GIF", transparency=1))
    assert picture.had_alpha
    np.testing.assert_array_equal(np.asarray(picture.image)[..., 3], [[255, 0], [0, 255]])


def test_alpha_that_hides_nothing_is_no_alpha() -> None:
    picture = read(saved(np.dstack([COLOUR, np.full_like(GRADIENT, 255)])))
    assert not picture.had_alpha
    np.testing.assert_array_equal(np.asarray(picture.image), COLOUR)


def test_gray_with_alpha_is_read() -> None:
    values = np.dstack([GRADIENT, 255 - GRADIENT])
    picture = read(saved(values))
    assert (picture.image.mode, picture.had_alpha) == ("LA", True)
    np.testing.assert_array_equal(np.asarray(picture.image), values)


def test_a_cmyk_jpeg_has_the_colours_it_shows() -> None:
    patches = Pillow.new("RGB", (96, 32))
    for index, colour in enumerate(("white", "black", "red")):
        patches.paste(colour, (32 * index, 0, 32 * index + 32, 32))
    picture = read(saved(patches.convert("CMYK"), "JPEG", quality=95))
    assert picture.image.mode == "RGB"
    found = np.asarray(picture.image).astype(int)[16, [16, 48, 80]]
    np.testing.assert_allclose(found, [[255, 255, 255], [0, 0, 0], [255, 0, 0]], atol=12)


@pytest.mark.parametrize("orientation", AS_STORED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_orientation_is_read_and_not_yet_applied(kind: str, orientation: int) -> None:
    exif = Pillow.Exif()
    exif[ORIENTATION] = orientation
    picture = read(saved(COLOUR, kind, exif=exif))
    # AVIF keeps a rotation and a mirroring instead of EXIF's number; Pillow translates.
    assert picture.orientation == orientation
    assert picture.image.size == (60, 40)


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(value: int) -> None:
    exif = Pillow.Exif()
    exif[ORIENTATION] = value
    assert read(saved(COLOUR, "JPEG", exif=exif)).orientation == 1


@pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")
def test_damaged_exif_does_not_matter() -> None:
    assert read(saved(COLOUR, "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")).orientation == 1


def test_no_metadata_is_left() -> None:
    exif = Pillow.Exif()
    exif[0x010E] = "where I live"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "where I live")
    for raw in (
        saved(COLOUR, "JPEG", exif=exif, comment=b"where I live", icc_profile=b"where I live" * 20, dpi=(300, 300)),
        saved(COLOUR, "PNG", pnginfo=note, exif=exif, dpi=(300, 300)),
        saved(COLOUR, "WEBP", exif=exif, xmp=b"where I live"),
    ):
        image = read(raw).image
        assert not image.info
        assert not dict(image.getexif())
        assert b"where I live" not in saved(image, "PNG")


def test_a_large_picture_is_reduced_by_a_whole_factor_while_reading() -> None:
    large = np.repeat(np.repeat(GRADIENT, 100, axis=0), 100, axis=1)  # 6000 x 4000: 24 megapixels
    for kind in ("PNG", "JPEG"):
        picture = read(saved(large, kind))
        assert (picture.width, picture.height) == (6000, 4000)
        assert 700 < max(picture.image.size) <= 1536
        small = np.asarray(picture.image.resize((60, 40), Pillow.Resampling.BOX)).astype(int)
        assert np.abs(small - GRADIENT).max() <= 3
    wide = png16(np.full((4, 4000, 1), 30000), GRAY)
    assert read(wide).image.mode == "I;16"
    assert set(np.unique(np.asarray(read(wide).image))) == {30000}


def test_reducing_does_not_let_hidden_colours_through() -> None:
    pixels = np.zeros((2000, 2000, 4), np.uint8)
    pixels[::2] = (255, 0, 0, 0)  # hidden red between rows of opaque black
    pixels[1::2, :, 3] = 255
    assert np.asarray(read(saved(pixels, compress_level=1)).image)[..., :3].max() == 0


# Refusals


def test_a_bomb_is_refused_by_its_header_without_being_decoded() -> None:
    bomb = png(60_000, 60_000, 8, GRAY, bytes(1000))
    refusal = _refusal(bomb)
    assert refusal.code == "too_large"
    assert "60000 x 60000" in str(refusal)
    assert "25 million" in str(refusal)
    # Were the limit set beyond what Pillow itself opens, Pillow's would hold.
    assert _refusal(bomb, max_pixels=10**12).code == "too_large"


def test_the_limit_is_25_megapixels_and_not_one_more() -> None:
    rows = b"".join(b"\0" + bytes(5000) for _ in range(5000))
    assert read(png(5000, 5000, 8, GRAY, rows)).width == 5000
    assert _refusal(png(5000, 5001, 8, GRAY, rows)).code == "too_large"
    assert _refusal(saved(COLOUR), max_pixels=2399).code == "too_large"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "AVIF"])
def test_every_format_has_the_limit(kind: str) -> None:
    assert _refusal(saved(COLOUR, kind), max_pixels=2399).code == "too_large"
    assert read(saved(COLOUR, kind), max_pixels=2400).width == 60


def test_a_gif_whose_frame_is_larger_than_its_canvas_is_held_to_the_limit() -> None:
    raw = bytearray(saved(GRADIENT, "GIF"))
    at = raw.index(b"\x2c", 13 + 3 * (2 << (raw[10] & 7)))
    raw[at + 5 : at + 9] = struct.pack("<HH", 60_000, 60_000)
    assert _refusal(bytes(raw)).code in ("too_large", "unreadable")


def test_compressed_metadata_cannot_blow_up() -> None:
    profile = b"icc\0\0" + zlib.compress(bytes(200_000_000))
    raw = png(1, 1, 8, GRAY, b"\0\0", chunk(b"iCCP", profile))
    assert _refusal(raw).code == "unreadable"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused(kind: str, share: float) -> None:
    noisy = np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)
    raw = saved(noisy, kind)
    assert _refusal(raw[: int(len(raw) * share)]).code == "unreadable"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty"),
        (b"dear model, please draw a shirt", "unknown"),
        (bytes(1000), "unknown"),
        (b"<html><body>not a picture</body></html>", "unknown"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "svg"),
        (struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(100), "heic"),
        (saved(GRADIENT, "BMP"), "format"),
        (saved(GRADIENT, "TIFF"), "format"),
        (b"\x89PNG\r\n\x1a\n", "unreadable"),
        (b"\xff\xd8\xff\xe0", "unreadable"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(raw: bytes, code: str) -> None:
    assert _refusal(raw).code == code


def test_heic_and_svg_are_refused_by_name_with_advice() -> None:
    heic = str(_refusal(struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(100)))
    assert "HEIC" in heic
    assert "JPEG" in heic
    svg = str(_refusal(b"<svg/>"))
    assert "SVG" in svg
    assert "PNG" in svg


def test_of_a_polyglot_only_the_pixels_are_kept() -> None:
    script = b"<script>alert(1)</script>"
    picture = read(saved(GRADIENT, "PNG") + b"PK\x03\x04" + script)
    assert script not in saved(picture.image)
    assert picture.format == "PNG"
    gif = b"GIF89a/*" + script + b"*/=1;"
    assert _refusal(gif).code in ("too_large", "unreadable")


def test_a_file_is_what_its_bytes_say_whatever_it_is_called() -> None:
    disguised = io.BytesIO(saved(GRADIENT, "WEBP", lossless=True))
    disguised.name = "photo.jpg"
    assert read(disguised.getvalue()).format == "WEBP"
