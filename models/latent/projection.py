"""Flat views of a latent space. Principal component analysis (Pearson 1901; Hotelling 1933)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Pca:
    """The directions of largest variance of a set of latents, largest first."""

    mean: NDArray[np.float64]  # (D,)
    components: NDArray[np.float64]  # (dims, D), orthonormal rows; zero rows past the latent's own dimensions
    explained: NDArray[np.float64]  # (dims,) share of the total variance, each in [0, 1], not increasing

    @classmethod
    def fit(cls, latents: ArrayLike, dims: int) -> Pca:
        """Fit to (N, D). A component's sign is chosen so that its largest entry is positive: the same map every time.

        More dims than D are answered by axes on which everything is 0, so that a one-dimensional latent has a map too.
        Raises ValueError for an empty set, dims below 1, or values that are not finite.
        """
        rows = np.asarray(latents, np.float64)
        if rows.ndim != 2 or not rows.size or dims < 1:
            raise ValueError(f"expected latents (N, D) and dims of at least 1, got {rows.shape} and dims = {dims}")
        if not np.isfinite(rows).all():
            raise ValueError("the latents of a set must be finite numbers")
        mean = rows.mean(axis=0)
        centred = rows - mean
        components, explained = np.zeros((dims, len(mean))), np.zeros(dims)
        kept = min(dims, len(mean))
        components[:kept], explained[:kept] = principal(centred.T @ centred / len(rows), kept)
        return cls(mean, components, explained)

    def project(self, z: ArrayLike) -> Floats:
        """Place latents on the map: (N, D) -> (N, dims) float32. Raises ValueError for another shape."""
        rows = np.asarray(z, np.float64)
        if rows.ndim != 2 or rows.shape[1] != len(self.mean):
            raise ValueError(f"expected latents (N, {len(self.mean)}), got {rows.shape}")
        # A sum per row instead of a matrix product: the answer for a latent must not depend on which others came along.
        placed = [(rows - self.mean) * component for component in self.components]
        return np.stack([products.sum(axis=1) for products in placed], axis=1).astype(np.float32)

    def reconstruct(self, positions: ArrayLike) -> Floats:
        """The latents that lie in the map's plane at given positions: (N, dims) -> (N, D) float32."""
        places = np.asarray(positions, np.float64)
        if places.ndim != 2 or places.shape[1] != len(self.components):
            raise ValueError(f"expected positions (N, {len(self.components)}), got {places.shape}")
        return (self.mean + places @ self.components).astype(np.float32)


def principal(covariance: ArrayLike, dims: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The first `dims` axes of a covariance (D, D): -> orthonormal rows (dims, D), and each one's share of variance.

    A row's sign is chosen so that its largest entry is positive. The shares are 0 where there is no variance.
    """
    variances, vectors = np.linalg.eigh(np.asarray(covariance, np.float64))  # ascending; vectors in columns
    variances, vectors = np.maximum(variances[::-1], 0), vectors[:, ::-1].T
    signs = np.sign(vectors[np.arange(len(vectors)), np.abs(vectors).argmax(axis=1)])
    total = variances.sum()
    shares = variances / total if total > 0 else np.zeros_like(variances)
    return (vectors * signs[:, np.newaxis])[:dims], shares[:dims]
