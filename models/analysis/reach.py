"""Which real pictures a generator's samples reach, and which the real pictures themselves would."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analysis.neighbours import kth_distances, reached

Floats = NDArray[np.float32]
Marks = NDArray[np.bool_]
K = 5


class Real:
    """Features of real pictures, each with its radius: coverage of Naeem et al. 2020 (arXiv:2002.09797), row by row.

    A real row is reached where some sample is at most as far from it as its k-th nearest other real row. Radii are
    taken within two random halves of the rows, so that each half can stand for the samples of the other one: with
    about N / 2 samples the two figures compare.
    """

    def __init__(self, features: ArrayLike, k: int = K, seed: int = 0) -> None:
        """Measure the radii of (N, F). Raises ValueError for too few rows."""
        self._rows = np.asarray(features, np.float32)
        if self._rows.ndim != 2 or len(self._rows) < 2 * (k + 1):
            raise ValueError(f"expected at least {2 * (k + 1)} real rows, got {self._rows.shape}")
        self._radii = np.empty(len(self._rows), np.float32)
        self.by_data: Marks = np.empty(len(self._rows), bool)  # which rows the other half of the data reaches
        parts = halves(len(self._rows), seed)
        for own, other in (parts, parts[::-1]):
            self._radii[own] = kth_distances(self._rows[own], k)
            self.by_data[own] = reached(self._rows[own], self._rows[other], self._radii[own])

    def reached(self, samples: ArrayLike) -> Marks:
        """Which rows some of the samples (M, F) reach, (N,). Raises ValueError for another size, or no sample."""
        rows = np.asarray(samples, np.float32)
        if not len(rows) or rows.shape[1:] != self._rows.shape[1:]:
            raise ValueError(f"expected samples (M, {self._rows.shape[1]}), got {rows.shape}")
        return reached(self._rows, rows, self._radii)


def halves(count: int, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows 0 to count - 1 in two random halves that differ by one row at most."""
    order = np.random.Generator(np.random.PCG64(seed)).permutation(count).astype(np.int64)
    return order[: count // 2], order[count // 2 :]
