"""The density of a set on a flat map, and the levels of its contours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
CELLS = 96
SHARES = (0.5, 0.8, 0.95)
_MARGIN = 3  # kernel widths around the outermost points: a contour must be able to close


@dataclass(frozen=True)
class Contours:
    """A smoothed histogram of positions; its values stand for the middles of its cells."""

    values: Floats  # (cells, cells): row i is y, from low to high; points a unit of area, 1 in all
    extent: tuple[float, float, float, float]  # x from, x to, y from, y to: the outer edges of the grid
    shares: tuple[float, ...]
    levels: tuple[float, ...]  # the density above which each share of the points lies

    def at(self, positions: ArrayLike) -> NDArray[np.float64]:
        """The density at positions (N, 2), (N,): linear between the middles of cells, as contours are drawn."""
        return _bilinear(self.values.astype(np.float64), self._places(positions))

    def _places(self, positions: ArrayLike) -> NDArray[np.float64]:
        left, right, low, high = self.extent
        sizes = np.array([(right - left), (high - low)]) / len(self.values)
        return np.asarray((np.asarray(positions, np.float64) - (left, low)) / sizes - 0.5)


def contours(positions: ArrayLike, cells: int = CELLS, shares: tuple[float, ...] = SHARES) -> Contours:
    """The density of positions (N, 2) by a Gaussian kernel, and the levels that enclose `shares` of the points.

    The kernel is Scott's (1992) for two fifths of the spread: the spread of a map is that of its clusters together, and
    each of them would be smoothed away. Raises ValueError for fewer than 2 positions or values that are not finite.
    """
    places = np.asarray(positions, np.float64)
    if places.ndim != 2 or places.shape[1] != 2 or len(places) < 2 or not np.isfinite(places).all():
        raise ValueError(f"expected at least 2 finite positions (N, 2), got {places.shape}")
    low, high = places.min(axis=0), places.max(axis=0)
    scale = float(np.max(high - low)) or 1.0
    width = np.maximum(places.std(axis=0) / 2.5 * len(places) ** (-1 / 6), scale / 200)
    low, high = low - _MARGIN * width, high + _MARGIN * width
    counts, _, _ = np.histogram2d(places[:, 1], places[:, 0], bins=cells, range=((low[1], high[1]), (low[0], high[0])))
    size = (high - low) / cells
    smooth = _smoothed(_smoothed(counts, width[1] / size[1], 0), width[0] / size[0], 1)
    values = (smooth / (smooth.sum() * size.prod())).astype(np.float32)
    grid = Contours(values, (float(low[0]), float(high[0]), float(low[1]), float(high[1])), shares, ())
    levels = np.quantile(grid.at(places), 1 - np.asarray(shares))
    return Contours(values, grid.extent, shares, tuple(float(level) for level in levels))


def _smoothed(values: NDArray[np.float64], width: float, axis: int) -> NDArray[np.float64]:
    """Convolved with a normal distribution `width` cells wide along one axis; nothing comes in from outside."""
    reach = max(1, round(4 * width))
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / width))
    kernel /= kernel.sum()
    return np.apply_along_axis(lambda line: np.convolve(line, kernel)[reach:-reach], axis, values)


def _bilinear(values: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(places, 0, np.array(values.shape[::-1]) - 1)
    first = np.minimum(inside.astype(np.int64), np.array(values.shape[::-1]) - 2)
    x, y = (inside - first).T
    i, j = first[:, 1], first[:, 0]
    upper = (1 - x) * values[i, j] + x * values[i, j + 1]
    lower = (1 - x) * values[i + 1, j] + x * values[i + 1, j + 1]
    return np.asarray((1 - y) * upper + y * lower)
