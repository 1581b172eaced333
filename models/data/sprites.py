"""Sprites with known factors: one white shape on black, after the published factors of dSprites (Matthey et al. 2017).

Shape (3), scale (6), orientation (40), x (32) and y (32) on an exact grid of 737,280 pictures of 64x64. The pictures
are our own drawing, so figures measured on them are "dSprites-like" and not to be put beside figures of the original.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from models.data.imageset import Factor, ImageSet

SIZE = 64
SHAPES = ("square", "ellipse", "heart")
COUNTS = {"shape": 3, "scale": 6, "orientation": 40, "x": 32, "y": 32}
GRID = 3 * 6 * 40 * 32 * 32
DRAWN = {"train": 200_000, "test": 5_000}
OVERSAMPLING = 4
LARGEST = 13.0  # pixels that a shape's unit stands for at the largest scale: no sprite is cut off at the frame
REACH = 20  # a sprite's canvas reaches this many pixels from its centre to each side
BLOCK = 20_000  # pictures drawn at a time


def load(split: str) -> ImageSet:
    """Load "train" (200,000 pictures) or "test" (5,000 others), drawn without replacement from the grid.

    Raises KeyError for another split.
    """
    order = np.random.Generator(np.random.PCG64(20)).permutation(GRID)
    start = {"train": 0, "test": DRAWN["train"]}[split]
    indices = order[start : start + DRAWN[split]]
    factors = factors_of(indices)
    return ImageSet(
        name="sprites",
        title="Sprites",
        images=draw(factors),
        labels=factors[:, 0].copy(),
        classes=SHAPES,
        licence="Apache-2.0",
        citation="drawn by models/data/sprites.py after the factors of dSprites (Matthey et al. 2017)",
        source="https://github.com/google-deepmind/dsprites-dataset (the factors; the pictures are this project's own)",
        factors=describe(factors),
    )


def factors_of(indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """The factors of places on the grid, (N,) in [0, GRID) -> (N, 5): shape, scale, orientation, x, y."""
    return np.stack(np.unravel_index(indices, tuple(COUNTS.values())), axis=1).astype(np.int64)


def describe(factors: NDArray[np.int64]) -> tuple[Factor, ...]:
    """The five factors by name, (N, 5) grid values -> physical values.

    A square looks the same after a quarter turn and an ellipse after half a turn: orientation tells less than its 40
    values.
    """
    shape, scale, orientation, x, y = factors.T.astype(np.float32)
    return (
        Factor("shape", "categorical", shape, SHAPES),
        Factor("scale", "ordered", 0.5 + 0.1 * scale, description="side over the largest side, 0.5 to 1"),
        Factor("orientation", "ordered", orientation * 360 / 40, description="degrees, counter-clockwise"),
        Factor("x", "ordered", x / 31, description="0 left to 1 right"),
        Factor("y", "ordered", y / 31, description="0 top to 1 bottom"),
    )


def draw(factors: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Pictures (N, 64, 64, 1), 0 or 255, of grid values (N, 5)."""
    sprites = _sprites()
    pictures = np.zeros((len(factors), SIZE, SIZE, 1), np.uint8)
    side = 2 * REACH
    span = np.arange(side)
    for start in range(0, len(factors), BLOCK):
        shape, scale, orientation, x, y = factors[start : start + BLOCK].T
        # Centres on whole pixels, 16 to 47: a sprite of the largest size stays inside the frame.
        rows = (16 + y - REACH)[:, None] + span
        columns = (16 + x - REACH)[:, None] + span
        block = np.zeros((len(shape), SIZE + 2 * REACH, SIZE + 2 * REACH), np.uint8)
        number = np.arange(len(shape))[:, None, None]
        block[number, rows[:, :, None] + REACH, columns[:, None, :] + REACH] = sprites[shape, scale, orientation]
        pictures[start : start + BLOCK, ..., 0] = block[:, REACH : REACH + SIZE, REACH : REACH + SIZE]
    return pictures


@cache
def _sprites() -> NDArray[np.uint8]:
    """All 720 sprites on canvases of their own, (3, 6, 40, 40, 40), 0 or 255."""
    fine = 2 * REACH * OVERSAMPLING
    place = (np.arange(fine) + 0.5) / OVERSAMPLING - REACH
    right, down = np.meshgrid(place, place)
    sprites = np.zeros((*list(COUNTS.values())[:3], 2 * REACH, 2 * REACH), np.uint8)
    for scale in range(COUNTS["scale"]):
        radius = LARGEST * (0.5 + 0.1 * scale)
        for turn in range(COUNTS["orientation"]):
            angle = 2 * np.pi * turn / COUNTS["orientation"]
            u = (np.cos(angle) * right - np.sin(angle) * down) / radius
            v = (np.sin(angle) * right + np.cos(angle) * down) / radius
            for shape, inside in enumerate((_square(u, v), _ellipse(u, v), _heart(u, v))):
                covered = inside.reshape(2 * REACH, OVERSAMPLING, 2 * REACH, OVERSAMPLING).mean((1, 3))
                sprites[shape, scale, turn] = np.where(covered >= 0.5, 255, 0)
    return sprites


Grid = NDArray[np.float64]


def _square(u: Grid, v: Grid) -> NDArray[np.bool_]:
    return np.maximum(np.abs(u), np.abs(v)) <= 0.7


def _ellipse(u: Grid, v: Grid) -> NDArray[np.bool_]:
    return (u / 0.95) ** 2 + (v / 0.55) ** 2 <= 1.0


def _heart(u: Grid, v: Grid) -> NDArray[np.bool_]:
    # The sextic heart curve (x^2 + y^2 - 1)^3 = x^2 y^3, which reaches about 1.15 from its centre.
    x, y = 1.2 * u, -1.2 * v + 0.1
    return (x**2 + y**2 - 1.0) ** 3 - x**2 * y**3 <= 0.0
