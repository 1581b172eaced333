"""Which real pictures a generator's samples reach, and what the real pictures themselves would."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.analysis.neighbours import kth_distances, reached

Floats = NDArray[np.float32]
K = 5


@dataclass(frozen=True)
class Reach:
    """What a generator covers of its data."""

    reached: NDArray[np.bool_]  # (N,) for each real row
    by_data: NDArray[np.bool_]  # (N,) the same for the other half of the real rows in the place of samples

    @property
    def coverage(self) -> float:
        """The share of real rows that some sample reaches."""
        return float(self.reached.mean())

    @property
    def ceiling(self) -> float:
        """The share that the data themselves reach."""
        return float(self.by_data.mean())


def halves(count: int, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows 0 to count - 1 in two random halves that differ by one row at most."""
    order = np.random.Generator(np.random.PCG64(seed)).permutation(count).astype(np.int64)
    return order[: count // 2], order[count // 2 :]


def reach(real: ArrayLike, fake: ArrayLike, k: int = K, seed: int = 0) -> Reach:
    """Coverage (Naeem et al. 2020, arXiv:2002.09797) of features (N, D) by samples (M, D), row by row.

    A real row is reached where some sample is at most as far from it as its k-th nearest other real row. Both are
    judged within random halves of the real rows, so that each half can stand for the samples of the other one: with M
    of about N / 2 samples the two figures compare. Raises ValueError for too few rows.
    """
    rows, samples = np.asarray(real, np.float32), np.asarray(fake, np.float32)
    if len(rows) < 2 * (k + 1) or not len(samples) or rows.shape[1:] != samples.shape[1:]:
        raise ValueError(f"expected at least {2 * (k + 1)} real rows and a sample, got {rows.shape}, {samples.shape}")
    by_samples, by_data = np.empty(len(rows), bool), np.empty(len(rows), bool)
    parts = halves(len(rows), seed)
    for own, other in (parts, parts[::-1]):
        radii = kth_distances(rows[own], k)
        by_samples[own] = reached(rows[own], samples, radii)
        by_data[own] = reached(rows[own], rows[other], radii)
    return Reach(by_samples, by_data)
