"""Drawn pictures on disk: rastered once by all cores, opened without being read.

A file's name carries a fingerprint of what is drawn and by which renderer, so that pictures of an older drawing are
never taken for the new one's. Pictures are lossless arrays, (N, 64, 64, 3) uint8.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import multiprocessing
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data import scrambled_faces
from models.data.face_drawing import SIZE, Face, drawn, raster
from models.data.imageset import DataSetMissing

Drawable = Face | tuple[int, ...]  # a face, or the seed of a picture that is none
CACHE = Path(__file__).resolve().parents[2] / "runs" / "_data"
TOLD_BY = 64  # pictures whose SVG tells one drawing from another
BLOCK = 250  # pictures a task


def images(name: str, pictures: Sequence[Drawable], *, workers: int | None = None) -> NDArray[np.uint8]:
    """The pictures, (N, 64, 64, 3), mapped from the cache; drawn first by `workers` processes when they are not there.

    The cache is the folder named by LATENT_EXPLORER_DATA_CACHE, else runs/_data. The number of processes, by default
    that of the cores, changes no picture. A caller's main module must be safe to import, as for any pool of new
    processes. Raises DataSetMissing without the renderer.
    """
    folder = Path(os.environ.get("LATENT_EXPLORER_DATA_CACHE") or CACHE)
    path = folder / f"{name}-{len(pictures)}-{fingerprint(pictures)}.npy"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as temporary:
            made = Path(temporary) / path.name
            _draw_all(made, pictures, workers or len(os.sched_getaffinity(0)))
            made.rename(path)
    found: NDArray[np.uint8] = np.load(path, mmap_mode="r", allow_pickle=False)
    return found


def fingerprint(pictures: Sequence[Drawable]) -> str:
    """Twelve hexadecimal digits that change with the drawing, the first pictures' factors and the renderer."""
    try:
        renderer = importlib.metadata.version("resvg_py")
    except importlib.metadata.PackageNotFoundError as missing:
        raise DataSetMissing("Faces are drawn with the package resvg_py: install the extra named train.") from missing
    digest = hashlib.sha256(renderer.encode())
    for picture in pictures[:TOLD_BY]:
        digest.update(svg(picture).encode())
    return digest.hexdigest()[:12]


def svg(picture: Drawable) -> str:
    """The picture as an SVG document."""
    return drawn(picture) if isinstance(picture, Face) else scrambled_faces.drawn(np.random.default_rng(picture))


def _draw_all(path: Path, pictures: Sequence[Drawable], workers: int) -> None:
    np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(len(pictures), SIZE, SIZE, 3)).flush()
    starts = range(0, len(pictures), BLOCK)
    if workers == 1 or len(starts) == 1:
        for start in starts:
            _draw_block(path, start, pictures[start : start + BLOCK])
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        tasks = [pool.submit(_draw_block, path, start, pictures[start : start + BLOCK]) for start in starts]
        for task in tasks:
            task.result()


def _draw_block(path: Path, start: int, pictures: Sequence[Drawable]) -> None:
    file: NDArray[np.uint8] = np.load(path, mmap_mode="r+", allow_pickle=False)
    for i, picture in enumerate(pictures, start):
        file[i] = raster(svg(picture))
