"""How unusual a latent is: its distance to its nearest neighbours in a set, as a percentile among held-out points."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.latent.units import Units

Floats = NDArray[np.float32]

# The fast distances (|x|^2 + |y|^2 - 2xy in float32) are wrong by rounding; so many more candidates than needed are
# taken by them, and those few are measured exactly.
_SPARE_CANDIDATES = 8
# Rows of a batch whose distances to the whole reference are held at once: 256 x 60,000 float32 are 61 MB.
_CHUNK = 256


def active_dimensions(means: ArrayLike, threshold: float = 0.01) -> NDArray[np.bool_]:
    """Which dimensions the encoder uses: (N, D) posterior means -> (D,) bool, variance over the set above `threshold`.

    Active units of Burda et al. 2016, arXiv:1509.00519.
    """
    return np.asarray(np.asarray(means, np.float64).var(axis=0) > threshold)


class Unusual:
    """Mean distance to the `k` nearest latents of a set, in standard deviations, and its rank among held-out points.

    A random part of the set (`held_out` points, at most a third of it) is kept apart; the rest is the reference.
    Distances are Euclidean over the active dimensions, each in units of its standard deviation over the set.
    """

    def __init__(
        self, latents: ArrayLike, active: ArrayLike | None = None, k: int = 10, held_out: int = 1000, seed: int = 0
    ) -> None:
        """Split the set (N, D) and rank its held-out points.

        active: (D,) bool, or None for all; a dimension without spread never counts.
        Raises ValueError for fewer than 3 points, k below 1, values that are not finite, or no active dimension.
        """
        rows = np.asarray(latents, np.float32)
        if rows.ndim != 2 or len(rows) < 3 or k < 1:
            raise ValueError(f"expected at least 3 latents (N, D) and k of at least 1, got {rows.shape} and k = {k}")
        self.units = Units(rows, active)
        self.size: int = rows.shape[1]
        order = np.random.Generator(np.random.PCG64(seed)).permutation(len(rows))
        apart = min(held_out, len(rows) // 3)
        units = self.units.of(rows)
        self._reference = np.ascontiguousarray(units[order[apart:]])  # (M, A)
        self._transposed = np.ascontiguousarray(self._reference.T)  # (A, M)
        self._squares = np.einsum("ma,ma->m", self._reference, self._reference)
        self.k: int = min(k, len(self._reference) - 1)
        self.held_out: NDArray[np.int64] = order[:apart].astype(np.int64)  # rows of the set, for whoever tests the rank
        self._ranks = np.sort(self.distance(rows[self.held_out]))

    def distance(self, z: ArrayLike) -> Floats:
        """Mean distance to the k nearest reference points: (N, D) -> (N,) float32, in standard deviations.

        A reference row that equals the point is not its neighbour. Raises ValueError for another shape.
        """
        units = self.units.of(z)
        chunks = [self._distance(units[first : first + _CHUNK]) for first in range(0, len(units), _CHUNK)]
        return np.concatenate(chunks) if chunks else np.empty(0, np.float32)

    @property
    def typical(self) -> float:
        """The distance of the held-out point in the middle of the ranking."""
        return float(np.median(self._ranks))

    def slope(self, z: ArrayLike) -> tuple[Floats, Floats]:
        """The distances, and how they change with each coordinate: (N, D) -> (N,) and (N, D), float32.

        Where the nearest points change the gradient jumps, the distance itself does not. ValueError: as `distance`.
        """
        rows = np.asarray(z, np.float32)
        distances, gradient = self.distance(rows), np.zeros_like(rows)
        units = self.units.of(rows)
        for first in range(0, len(units), _CHUNK):
            some = slice(first, first + _CHUNK)
            offsets, exact = self._nearest(units[some])
            share = 1.0 / (np.maximum(exact, 1e-12) * self.k)  # (n, k); a point on its own neighbour is left out before
            gradient[some, self.units.dims] = -np.einsum("nk,nka->na", share, offsets) / self.units.spread
        return distances, gradient

    def percentile(self, z: ArrayLike) -> Floats:
        """The share of held-out points that lie closer to the set than this one: (N, D) -> (N,) float32 in [0, 100]."""
        return self.rank(self.distance(z))

    def rank(self, distances: ArrayLike) -> Floats:
        """The percentile of distances already measured: (N,) -> (N,) float32 in [0, 100]; equal ones count half."""
        closer = np.searchsorted(self._ranks, distances, side="left")
        not_further = np.searchsorted(self._ranks, distances, side="right")
        return np.asarray(50.0 * (closer + not_further) / len(self._ranks), np.float32)

    def _distance(self, units: Floats) -> Floats:
        return np.asarray(self._nearest(units)[1].mean(axis=1), np.float32)

    def _nearest(self, units: Floats) -> tuple[Floats, Floats]:
        """The k nearest reference points: (n, A) -> offsets to them (n, k, A) and distances, ascending (n, k)."""
        # |y|^2 - 2xy orders the reference rows y as the distance does: |x|^2 is the same for all of them.
        scores = self._squares - 2 * (units @ self._transposed)  # (n, M)
        wanted = min(self.k + 1 + _SPARE_CANDIDATES, len(self._reference))
        nearest = np.argpartition(scores, wanted - 1, axis=1)[:, :wanted]
        offsets = self._reference[nearest] - units[:, np.newaxis, :]  # (n, wanted, A)
        lengths = np.sqrt(np.square(offsets).sum(axis=2))
        order = np.argsort(lengths, axis=1)
        itself = np.take_along_axis(lengths, order[:, :1], axis=1) == 0  # (n, 1)
        order = np.where(itself, order[:, 1 : self.k + 1], order[:, : self.k])
        exact = np.take_along_axis(lengths, order, axis=1)
        return np.take_along_axis(offsets, order[:, :, np.newaxis], axis=1), exact
