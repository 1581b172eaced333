"""Pictures as features without any network: their principal components over a set of real pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pictures = NDArray[np.uint8]
FITTED = 2000  # pictures that the components are fitted to
_CHUNK = 500


@dataclass(frozen=True)
class PixelPca:
    """Principal components of pixels in [0, 1]; Euclidean distances among features are nearly those of the pictures."""

    mean: Floats  # (P,)
    components: Floats  # (dims, P), orthonormal rows
    explained: float  # share of the variance of the pictures it was fitted to

    @classmethod
    def fit(cls, pictures: Pictures, dims: int, seed: int = 0) -> PixelPca:
        """Fit to (N, H, W, C) uint8, a random 2,000 of them where there are more; dims is at most one less than those.

        Raises ValueError for fewer than 2 pictures or dims below 1.
        """
        if len(pictures) < 2 or dims < 1:
            raise ValueError(f"expected at least 2 pictures and 1 dimension, got {len(pictures)} and {dims}")
        chosen = np.random.Generator(np.random.PCG64(seed)).permutation(len(pictures))[:FITTED]
        rows = _flat(pictures[np.sort(chosen)])
        mean = rows.mean(axis=0)
        rows -= mean
        # The smaller of two matrices with the same eigenvalues: there may be 12,288 pixels, or fewer than pictures.
        wide = rows.shape[1] > len(rows)
        variances, vectors = np.linalg.eigh((rows @ rows.T if wide else rows.T @ rows).astype(np.float64))
        # What single precision leaves of a component that is none is a millionth of the largest.
        real = variances > max(1e-6 * variances[-1], 1e-6)
        kept = max(1, min(dims, int(np.count_nonzero(real))))
        axes = vectors[:, ::-1][:, :kept].astype(np.float32)
        if wide:
            axes = rows.T @ axes
        lengths = np.linalg.norm(axes, axis=0)
        share = float(variances[::-1][:kept].sum() / variances[real].sum()) if real.any() else 0.0
        return cls(mean, np.ascontiguousarray((axes / np.maximum(lengths, 1e-12)).T), share)

    def of(self, pictures: Pictures) -> Floats:
        """Features of pictures (N, H, W, C) uint8: (N, dims)."""
        parts = [
            (_flat(pictures[first : first + _CHUNK]) - self.mean) @ self.components.T
            for first in range(0, len(pictures), _CHUNK)
        ]
        return np.concatenate(parts).astype(np.float32)


def _flat(pictures: Pictures) -> Floats:
    return pictures.reshape(len(pictures), -1).astype(np.float32) / np.float32(255)
