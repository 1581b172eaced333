"""The one notion of distance between latents: over the active dimensions, each in units of its standard deviation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]


class Units:
    """The dimensions of a set that count, and the unit of each: its standard deviation over the set."""

    def __init__(self, latents: ArrayLike, active: ArrayLike | None = None) -> None:
        """Measure a set (N, D). active: (D,) bool, or None for all; a dimension without spread never counts.

        Raises ValueError for an empty set, values that are not finite, or no active dimension.
        """
        rows = np.asarray(latents, np.float32)
        if rows.ndim != 2 or not rows.size:
            raise ValueError(f"expected latents (N, D), got {rows.shape}")
        if not np.isfinite(rows).all():
            raise ValueError("the latents of a set must be finite numbers")
        spread = rows.std(axis=0, dtype=np.float64)
        used = spread > 1e-6 * np.maximum(1.0, np.abs(rows).max(axis=0))
        if active is not None:
            used &= np.asarray(active, bool)
        if not used.any():
            raise ValueError("no dimension of this set is active")
        self.size: int = rows.shape[1]
        self.dims: NDArray[np.int64] = np.flatnonzero(used)  # (A,)
        self.spread: NDArray[np.float64] = spread[self.dims]  # (A,)
        self._centre = rows[:, self.dims].mean(axis=0, dtype=np.float64)

    def of(self, latents: ArrayLike) -> Floats:
        """Latents from the set's mean, in its units: (N, D) -> (N, A). Raises ValueError for another shape."""
        rows = np.asarray(latents, np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.size:
            raise ValueError(f"expected latents (N, {self.size}), got {rows.shape}")
        return np.asarray((rows[:, self.dims] - self._centre) / self.spread, np.float32)
