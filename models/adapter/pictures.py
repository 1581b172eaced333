"""Between the product's pictures, (N, H, W, C) float32 in [0, 1], and whatever a graph takes or gives."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.adapter.errors import GraphMismatch
from models.adapter.graph import Array, cast
from models.manifest import Decoder, Encoder, Image

Floats = NDArray[np.float32]

# ITU-R BT.601 luma, on sRGB values as they are.
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def to_graph(images: Floats, encoder: Encoder, image: Image) -> Array:
    """(N, H, W, C) float32 in [0, 1] -> what the encoder's picture input takes, still with its batch axis.

    The input of layout HWC is (N, H, W, C) here; the batch axis goes when the graph runs.
    """
    x = convert_channels(images, encoder.channels or image.channels, image.ground)
    if encoder.normalize is not None:
        x = (x - _floats(encoder.normalize.mean)) / _floats(encoder.normalize.std)
    else:
        low, high = encoder.range
        x = x * np.float32(high - low) + np.float32(low)
    if encoder.transpose_hw:
        x = x.transpose(0, 2, 1, 3)
    if encoder.layout in ("NCHW", "flat"):
        x = x.transpose(0, 3, 1, 2)
    if encoder.layout in ("flat", "flat_hwc"):
        x = x.reshape(len(x), math.prod(x.shape[1:]))  # not -1, which no rows at all would leave undefined
    if encoder.dtype == "uint8":
        x = np.clip(np.rint(x), 0, 255)
    return cast(x, encoder.dtype)


def from_graph(output: Array, rows: int, decoder: Decoder, image: Image) -> Floats:
    """What the decoder answers for `rows` rows -> (rows, H, W, C) float32 in [0, 1], C the image's channels.

    GraphMismatch when the shape is another one than promised, or when a value is not a number.
    """
    channels = decoder.channels or image.channels
    x = _to_nhwc(output.astype(np.float32, copy=False), rows, channels, decoder, image)
    if decoder.activation == "sigmoid":
        # tanh does not overflow for large logits, where exp would.
        x = np.float32(0.5) + np.float32(0.5) * np.tanh(np.float32(0.5) * x)
    elif decoder.normalize is not None:
        x = x * _floats(decoder.normalize.std) + _floats(decoder.normalize.mean)
    else:
        low, high = decoder.range
        x = (x - np.float32(low)) / np.float32(high - low)
    if np.isnan(x).any():
        raise GraphMismatch(f'The decoder\'s output "{decoder.output}" holds values that are not numbers.')
    return convert_channels(np.clip(x, 0, 1), image.channels, image.ground)


def pixels_from_graph(output: Array, rows: int, decoder: Decoder, image: Image) -> NDArray[np.uint8]:
    """The decoder's second output, checked: (rows, H, W, C) uint8. It never has another layout."""
    expected = (rows, image.height, image.width, image.channels)
    if output.dtype != np.uint8 or output.shape != expected:
        found = f"{output.dtype} {output.shape}"
        raise GraphMismatch(f'The decoder\'s output "{decoder.pixels}" is {found}, expected uint8 {expected}.')
    pixels: NDArray[np.uint8] = output
    return pixels


def to_pixels(images: Floats) -> NDArray[np.uint8]:
    """[0, 1] -> 0..255, rounded."""
    pixels: NDArray[np.uint8] = np.rint(images * np.float32(255)).astype(np.uint8)
    return pixels


def convert_channels(images: Floats, channels: int, ground: tuple[int, ...]) -> Floats:
    """(..., C) in [0, 1] as gray (1), rgb (3) or rgba (4). Where alpha goes, colours are laid on `ground` (0..255)."""
    have = images.shape[-1]
    if have == channels:
        return images
    if have == 4:
        below = _floats(ground[:3] if len(ground) >= 3 else ground[:1] * 3) / np.float32(255)
        alpha = images[..., 3:]
        images = images[..., :3] * alpha + below * (1 - alpha)
    if channels == 1:
        return (images @ LUMA)[..., None]
    colours = np.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images
    if channels == 4:
        colours = np.concatenate([colours, np.ones_like(colours[..., :1])], axis=-1)
    return colours


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, np.float32)


def _to_nhwc(x: Floats, rows: int, channels: int, decoder: Decoder, image: Image) -> Floats:
    high, wide = (image.width, image.height) if decoder.transpose_hw else (image.height, image.width)
    channels_first = decoder.layout in ("NCHW", "flat")
    picture = (channels, high, wide) if channels_first else (high, wide, channels)
    flat = decoder.layout in ("flat", "flat_hwc")
    expected = (rows, channels * high * wide) if flat else (rows, *picture)
    # Axes of length one carry nothing: (N, 28, 28) is one way to give a gray NCHW picture, (H, W, C) another of one.
    if [n for n in x.shape if n != 1] != [n for n in expected if n != 1]:
        raise GraphMismatch(
            f'The decoder\'s output "{decoder.output}" has shape {x.shape}, '
            f"expected {expected} for layout {decoder.layout}."
        )
    x = x.reshape(rows, *picture)
    if channels_first:
        x = x.transpose(0, 2, 3, 1)
    return x.transpose(0, 2, 1, 3) if decoder.transpose_hw else x
