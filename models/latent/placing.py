"""Placing points on a map that has no formula, and back from the map: neighbour-weighted means of what is known.

Inverse distance weighting over the nearest known points, which lets a point that is known be exactly where it is known
to be (Shepard 1968; the local form of Franke and Nielson 1980).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
NEIGHBOURS = 10
_CHUNK = 2**24  # distances computed at a time: 64 MB


class Known:
    """Points (N, A) with what belongs to each, (N, B): looked up between the points as well."""

    def __init__(self, points: ArrayLike, values: ArrayLike) -> None:
        """Raises ValueError unless there is a value for each of one or more points."""
        self._points, self._values = np.asarray(points, np.float32), np.asarray(values, np.float32)
        if self._points.ndim != 2 or self._values.ndim != 2 or len(self._points) != len(self._values):
            raise ValueError(f"expected (N, A) and (N, B), got {self._points.shape} and {self._values.shape}")
        if not self._points.size:
            raise ValueError("there are no points")
        self._squares = np.einsum("na,na->n", self._points, self._points)

    @cached_property
    def spacing(self) -> float:
        """The median distance of a point to the tenth nearest other one, over up to 256 of the points."""
        count = min(len(self._points), max(16, min(256, _CHUNK // len(self._points))))
        some = self._points[np.linspace(0, len(self._points) - 1, count).astype(int)]
        _, distances = self._nearest(some)
        return float(np.median(distances[:, min(NEIGHBOURS, distances.shape[1] - 1)]))

    def at(self, queries: ArrayLike) -> Floats:
        """What belongs to other points (M, A): -> (M, B) float32. Raises ValueError for another shape.

        On a known point it is that point's value; far away from all it is that of the nearest.
        """
        wanted = np.asarray(queries, np.float32)
        if wanted.ndim != 2 or wanted.shape[1] != self._points.shape[1]:
            raise ValueError(f"expected points (M, {self._points.shape[1]}), got {wanted.shape}")
        step = max(1, _CHUNK // len(self._points))
        parts = [self._between(wanted[first : first + step]) for first in range(0, len(wanted), step)]
        return np.concatenate(parts) if parts else np.empty((0, self._values.shape[1]), np.float32)

    def _between(self, wanted: Floats) -> Floats:
        rows, distances = self._nearest(wanted)
        weights = _weights(distances, self.spacing)
        return np.asarray(np.einsum("mk,mkb->mb", weights, self._values[rows].astype(np.float64)), np.float32)

    def _nearest(self, wanted: Floats) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The eleven nearest points, or all where there are fewer: row numbers and distances (M, K), nearest first."""
        keep = min(NEIGHBOURS + 1, len(self._points))
        rough = self._squares - 2 * (wanted @ self._points.T)  # but for a constant a row
        candidates = min(2 * keep, len(self._points))  # rounding may have swapped some
        rows = np.argpartition(rough, candidates - 1, axis=1)[:, :candidates]
        apart = self._points[rows].astype(np.float64) - wanted[:, np.newaxis]
        distances = np.sqrt(np.square(apart).sum(axis=2))
        order = np.argsort(distances, axis=1, kind="stable")[:, :keep]
        return np.take_along_axis(rows, order, axis=1), np.take_along_axis(distances, order, axis=1)


def _weights(distances: NDArray[np.float64], spacing: float) -> NDArray[np.float64]:
    """Of known points by their distances (M, K), nearest first: each row sums to 1.

    ((R - d) / d)^2 within the radius R of the last of them, which itself counts nothing, so that no point jumps in or
    out; times exp((d_1^2 - d^2) / 2 s^2) with the points' own spacing s, so that far away the nearest alone counts.
    """
    first = distances[:, :1]
    radius = distances[:, -1:] if distances.shape[1] > NEIGHBOURS else 2 * distances[:, -1:]
    on = distances <= 1e-9 * max(spacing, 1e-30)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.square((radius - distances) * first / (radius * distances))
    near = np.where(np.isfinite(near), near, 0.0)
    far = np.exp((np.square(first) - np.square(distances)) / (2 * max(spacing, 1e-30) ** 2))
    weights = np.where(on.any(axis=1, keepdims=True), on, near * far)
    total = weights.sum(axis=1, keepdims=True)
    alone = np.zeros_like(weights)
    alone[:, 0] = 1.0
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), alone)


class Placing:
    """A map of known latents (N, D) at positions (N, dims), for latents and positions in between."""

    def __init__(self, latents: ArrayLike, positions: ArrayLike) -> None:
        """Raises ValueError where the two do not belong together."""
        self._forth, self._back = Known(latents, positions), Known(positions, latents)

    def place(self, latents: ArrayLike) -> Floats:
        """Where latents lie: (M, D) -> (M, dims)."""
        return self._forth.at(latents)

    def unplace(self, positions: ArrayLike) -> Floats:
        """What lies at positions: (M, dims) -> (M, D)."""
        return self._back.at(positions)

    def prepare(self) -> None:
        """Do now what the first use of either would do, a tenth of a second at 70,000 points."""
        _ = self._forth.spacing, self._back.spacing
