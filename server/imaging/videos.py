"""Frames as a file that moves: GIF, WebP and MP4. Frames come one at a time: a long video needs little memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from server.errors import Unsupported

Frame = NDArray[np.uint8]  # (H, W, C) with C of 1, 3 or 4
_CRF = "16"  # of x264: about as good as the eye can tell for pictures of flat squares
_PALETTE_FRAMES = 12


def enlarged(pixels: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Pictures (N, H, W, C) with each pixel as a whole square, the longest edge at most `size` if it can be."""
    factor = max(1, size // max(pixels.shape[1:3]))
    return pixels.repeat(factor, axis=1).repeat(factor, axis=2)


def flattened(frame: Frame, ground: tuple[int, ...]) -> Frame:
    """A frame without transparency: laid on the model's ground, on white where that is transparent itself."""
    if frame.shape[2] != 4:
        return frame
    paper = np.array(ground[:3] if len(ground) == 4 and ground[3] else (255, 255, 255), np.float32)
    alpha = frame[:, :, 3:].astype(np.float32) / 255
    return np.asarray(np.rint(frame[:, :, :3] * alpha + paper * (1 - alpha)), np.uint8)


def gif(frames: Iterable[Frame], count: int, fps: int, *, repeat: bool, colours: NDArray[np.uint8]) -> bytes:
    """A GIF of `count` frames.

    All share one palette, made from the pictures `colours`, so that still parts don't flicker. Raises
    ValueError for no frame.
    """
    sheet = np.concatenate(list(colours[:: -(-len(colours) // _PALETTE_FRAMES)]))  # stacked; (n*H, W, C)
    palette = None if sheet.shape[2] == 1 else Pillow.fromarray(sheet).quantize(256, dither=Pillow.Dither.NONE)

    def reduced(frame: Frame) -> Pillow.Image:
        image = _image(frame)
        return image if palette is None else image.quantize(palette=palette, dither=Pillow.Dither.NONE)

    # A GIF counts hundredths of a second; so that 24 frames last a second, some last longer than others.
    ends = [round(100 * number / fps) for number in range(count + 1)]
    durations = [10 * (end - start) for start, end in pairwise(ends)]
    return _moving(map(reduced, frames), "GIF", durations, repeat, optimize=False)


def webp(frames: Iterable[Frame], fps: int, *, repeat: bool) -> bytes:
    """An animated WebP without loss. Raises ValueError for no frame."""
    return _moving(map(_image, frames), "WEBP", round(1000 / fps), repeat, lossless=True, quality=30, method=1)


def mp4(frames: Iterable[Frame], fps: int) -> bytes:
    """An MP4 with H.264, which every browser and phone plays. Frames have 1 or 3 channels; odd edges grow by one.

    Raises Unsupported where the package av is not installed, ValueError for no frame.
    """
    try:
        import av
    except ImportError as wrong:
        raise Unsupported(
            "This server cannot write MP4, since the package av is not installed. Choose GIF or WebP.", field="format"
        ) from wrong
    file, stream = io.BytesIO(), None
    with av.open(file, "w", format="mp4") as container:
        for frame in frames:
            height, width = frame.shape[:2]
            if stream is None:
                stream = container.add_stream("libx264", rate=fps, options={"crf": _CRF, "preset": "veryfast"})
                stream.width, stream.height, stream.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
                stream.thread_count = 1
            colours = frame if frame.shape[2] == 3 else frame.repeat(3, axis=2)
            even = np.pad(colours, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")))
        if stream is None:
            raise ValueError("a video has at least one frame")
        container.mux(stream.encode(None))
    return file.getvalue()


def _moving(
    images: Iterator[Pillow.Image], kind: str, duration: int | list[int], repeat: bool, **options: Any
) -> bytes:
    first = next(images, None)
    if first is None:
        raise ValueError("a video has at least one frame")
    file = io.BytesIO()
    if repeat or kind == "WEBP":  # a WebP without the number of turns repeats for ever
        options["loop"] = 0 if repeat else 1
    first.save(file, kind, save_all=True, append_images=images, duration=duration, **options)
    return file.getvalue()


def _image(frame: Frame) -> Pillow.Image:
    return Pillow.fromarray(frame[:, :, 0] if frame.shape[2] == 1 else frame)
