"""A walk through a latent space as a file: drawn frame by frame, a few at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.latent import interpolation
from server import imaging
from server.engine import class_arrays, translated
from server.imaging import videos
from server.jobs.task import Document, Report, Result, Task

Floats = NDArray[np.float32]
BATCH = 8
TYPES = {
    "gif": ("image/gif", "gif"),
    "webp": ("image/webp", "webp"),
    "mp4": ("video/mp4", "mp4"),
    "png-strip": ("image/png", "png"),
    "npy": ("application/octet-stream", "npy"),
}


def run(task: Task, report: Report) -> Result:
    """Parameters as VideoRequest has them; the array `latents` (N, D) holds the frames, or the keyframes."""
    asked = task.parameters
    latents = walk(task.arrays["latents"], asked)
    media_type, ending = TYPES[asked["format"]]
    filename = f"{task.model}-walk.{ending}"
    if asked["format"] == "npy":
        file = io.BytesIO()
        np.save(file, latents, allow_pickle=False)
        return Result(file.getvalue(), media_type, filename)
    return Result(_written(task, latents, report), media_type, filename)


def walk(points: Floats, asked: Document) -> Floats:
    """The latents of all frames: (N, D) -> (frames, D) float32."""
    smooth = asked["ease"] == "smooth"
    if not asked["keyframes"]:
        frames = _resampled(points, _gentle(np.linspace(0, 1, len(points)))) if smooth else points
    else:
        place = np.linspace(0, len(points) - 1, asked["frames"])  # which stretch, and how far along it
        stretch = np.minimum(place.astype(int), len(points) - 2)
        share = _gentle(place - stretch) if smooth else place - stretch
        method = interpolation.METHODS[asked["method"]]
        parts = [method(points[i], points[i + 1], share[stretch == i]) for i in range(len(points) - 1)]
        frames = np.concatenate(parts)
    if asked["loop"] == "back":
        frames = np.concatenate([frames, frames[-2:0:-1]])  # neither end twice: the second turn begins with the first
    return np.ascontiguousarray(frames, np.float32)


def _gentle(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 to 1 without a jolt at either end."""
    return np.asarray(t * t * (3 - 2 * t))


def _resampled(points: Floats, t: NDArray[np.float64]) -> Floats:
    """A walk given by its points, at other moments: (N, D), (T,) in [0, 1] -> (T, D)."""
    place = t * (len(points) - 1)
    first = np.minimum(place.astype(int), len(points) - 2)
    share = (place - first)[:, np.newaxis]
    return np.asarray((1 - share) * points[first] + share * points[first + 1], np.float32)


def _written(task: Task, latents: Floats, report: Report) -> bytes:
    asked, image = task.parameters, task.opened.manifest.image
    repeat = asked["loop"] != "once"
    drawn = _drawn(task, latents, report)
    if asked["format"] == "png-strip":
        sheet, _ = imaging.sheet(videos.enlarged(np.concatenate(list(drawn)), asked["size"]), len(latents))
        return imaging.encode_picture(sheet, "png")
    frames = (frame for batch in drawn for frame in videos.enlarged(batch, asked["size"]))
    if asked["format"] == "webp":
        return videos.webp(frames, asked["fps"], repeat=repeat)
    plain = (videos.flattened(frame, image.ground) for frame in frames)
    if asked["format"] == "mp4":
        return videos.mp4(plain, asked["fps"])
    some = latents[:: -(-len(latents) // BATCH)]
    colours = np.stack([videos.flattened(frame, image.ground) for frame in _pixels(task, some)])
    return videos.gif(plain, len(latents), asked["fps"], repeat=repeat, colours=colours)


def _drawn(task: Task, latents: Floats, report: Report) -> Iterator[NDArray[np.uint8]]:
    """The pictures, a batch at a time."""
    for first in range(0, len(latents), BATCH):
        report(first / len(latents), f"Drawing {len(latents)} frames.")
        yield _pixels(task, latents[first : first + BATCH])
    report(1.0, "Writing the file.")


def _pixels(task: Task, latents: Floats) -> NDArray[np.uint8]:
    asked = task.parameters
    with translated():
        return task.opened.model.pixels(
            latents,
            space=asked["space"],
            conditions=class_arrays(asked["conditions"]),
            psi=asked["psi"],
            noise_seed=asked["noise_seed"],
        )
