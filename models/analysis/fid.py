"""Distances between two sets of pictures through their features: Frechet distance and kernel distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def frechet(real: Floats, fake: Floats) -> float:
    """Frechet distance of two Gaussians fitted to features (N, D) and (M, D) (Heusel et al. 2017, arXiv:1706.08500).

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)). Biased upwards by few rows: compare only at equal N and M.
    Raises ValueError below two rows a side.
    """
    if min(len(real), len(fake)) < 2:
        raise ValueError("the Frechet distance needs at least two rows a side")
    a, b = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    return frechet_gaussian(a.mean(0), np.cov(a, rowvar=False), b.mean(0), np.cov(b, rowvar=False))


def frechet_gaussian(mean: Doubles, covariance: Doubles, other_mean: Doubles, other_covariance: Doubles) -> float:
    """The same of two Gaussians given by mean (D,) and covariance (D, D)."""
    covariance, other_covariance = np.atleast_2d(covariance), np.atleast_2d(other_covariance)
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    # C1 C2 and C1^(1/2) C2 C1^(1/2) share their eigenvalues; the second is symmetric.
    shared = np.linalg.eigvalsh(root @ other_covariance @ root)
    overlap = np.sqrt(np.maximum(shared, 0)).sum()
    traces = np.trace(covariance) + np.trace(other_covariance)
    return float(((mean - other_mean) ** 2).sum() + traces - 2 * overlap)


def kernel_distance(real: Floats, fake: Floats) -> float:
    """KID: squared maximum mean discrepancy with (x.y / D + 1)^3 (Binkowski et al. 2018, arXiv:1801.01401).

    Unbiased at any number of rows, so it may fall below 0. Raises ValueError below two rows a side.
    """
    n, m = len(real), len(fake)
    if min(n, m) < 2:
        raise ValueError("the kernel distance needs at least two rows a side")
    a, b = np.asarray(real, np.float64), np.asarray(fake, np.float64)

    def kernel(x: Doubles, y: Doubles) -> Doubles:
        cubed: Doubles = (x @ y.T / x.shape[1] + 1) ** 3
        return cubed

    own, other = kernel(a, a), kernel(b, b)
    within = (own.sum() - np.trace(own)) / (n * (n - 1)) + (other.sum() - np.trace(other)) / (m * (m - 1))
    return float(within - 2 * kernel(a, b).mean())
