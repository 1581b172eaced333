"""Means of groups with their bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

REPEATS = 200
_ROWS = 2**20  # values drawn at a time


@dataclass(frozen=True)
class Estimate:
    """A mean, and between which values 95% of the bootstrap's means lie (Efron 1979)."""

    mean: float
    low: float
    high: float


def mean_interval(values: ArrayLike, repeats: int = REPEATS, seed: int = 0) -> Estimate | None:
    """The mean of (N,) with its interval; values that are not finite do not count, None where none is left."""
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return None
    random = np.random.Generator(np.random.PCG64(seed))
    step = max(1, _ROWS // len(known))
    means = [
        known[random.integers(0, len(known), (min(step, repeats - first), len(known)))].mean(axis=1)
        for first in range(0, repeats, step)
    ]
    low, high = np.percentile(np.concatenate(means), (2.5, 97.5))
    return Estimate(float(known.mean()), float(low), float(high))


def thirds(values: ArrayLike) -> tuple[NDArray[np.int64], tuple[float, float]]:
    """Which third of all finite values each of (N,) is in, 0 to 2, and the two bounds; -1 for what is not finite.

    Few distinct values may leave a third empty: equal ones stay together.
    """
    known = np.asarray(values, np.float64)
    finite = np.isfinite(known)
    if not finite.any():
        return np.full(len(known), -1, np.int64), (float("nan"), float("nan"))
    low, high = np.quantile(known[finite], (1 / 3, 2 / 3))
    places = np.searchsorted([low, high], known, side="left")
    return np.where(finite, places, -1).astype(np.int64), (float(low), float(high))
