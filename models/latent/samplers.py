"""Draws from a prior, named by their seed (PCG64, O'Neill 2014)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

PRIORS = ("normal", "uniform", "sphere", "empirical")


def sample(prior: str, size: int, count: int, seed: int, reference: ArrayLike | None = None) -> NDArray[np.float32]:
    """Draw `count` latents of `size` dimensions: -> (count, size) float32. The first rows do not depend on `count`.

    normal: N(0, I). uniform: each dimension in [-1, 1]. sphere: uniform on the sphere of radius sqrt(size), where a
    Gaussian of many dimensions has its mass. empirical: rows of `reference` (N, size), with replacement.
    Raises ValueError for an unknown prior, a negative seed or count, or "empirical" without a fitting reference.
    """
    if size < 1 or count < 0:
        raise ValueError(f"cannot draw {count} latents of {size} dimensions")
    generator = np.random.Generator(np.random.PCG64(seed))
    if prior == "normal":
        return generator.standard_normal((count, size), np.float32)
    if prior == "uniform":
        return np.asarray(2 * generator.random((count, size), np.float32) - 1, np.float32)
    if prior == "sphere":
        rows = generator.standard_normal((count, size), np.float64)
        return np.asarray(rows * (np.sqrt(size) / np.linalg.norm(rows, axis=1, keepdims=True)), np.float32)
    if prior == "empirical":
        known = np.asarray(reference if reference is not None else [], np.float32)
        if known.ndim != 2 or known.shape[1] != size or not len(known):
            raise ValueError(f"the empirical prior draws rows of a reference (N, {size}), got {known.shape}")
        return known[generator.integers(0, len(known), count)]
    raise ValueError(f"no prior is called {prior!r}; known: {', '.join(PRIORS)}")
