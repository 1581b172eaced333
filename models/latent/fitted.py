"""Distributions that were fitted to encoded data, as numbers from which latents are drawn; see `docs/model-format.md`.

A plain autoencoder has no prior, and a VAE's data do not fill its own. A distribution fitted to the encoded data
(Ghosh et al. 2020, arXiv:1903.12436) draws where the decoder knows what to do. A draw is named by its seed (PCG64):
the first rows do not depend on how many are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
# Sums are taken in double precision, so that a row comes out the same whatever number of others is drawn with it.
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Gaussian:
    """A multivariate normal distribution N(mean, factor factor^T); of lower rank when R is less than D."""

    mean: Numbers  # (D,)
    factor: Numbers  # (D, R)

    @property
    def size(self) -> int:
        """D."""
        return len(self.mean)

    @classmethod
    def fit(cls, points: ArrayLike, variance: ArrayLike | None = None) -> Gaussian:
        """The normal of points (N, D) by maximum likelihood; a dimension without spread stays so.

        Where the points are means of posteriors, `variance` (D,) is the mean of the posteriors' own variances: the
        covariance of the aggregate posterior is the sum of both (law of total covariance).
        Raises ValueError for no points, or values that are not finite.
        """
        rows = np.asarray(points, np.float64)
        own = np.zeros(rows.shape[-1]) if variance is None else np.asarray(variance, np.float64)
        if rows.ndim != 2 or not len(rows) or own.shape != rows.shape[1:]:
            raise ValueError(f"expected points (N, D) and a variance (D,), got {rows.shape} and {own.shape}")
        if not (np.isfinite(rows).all() and np.isfinite(own).all()):
            raise ValueError("a normal distribution is fitted to finite numbers")
        mean = rows.mean(0)
        spread = np.sqrt(rows.std(0) ** 2 + own)
        scale = np.where(spread > 0, spread, 1)
        units = (rows - mean) / scale
        # The last term: fewer points than D would leave a matrix without a root.
        correlation = units.T @ units / len(units) + np.diag(own / scale**2) + 1e-6 * np.eye(len(scale))
        return cls(mean, spread[:, np.newaxis] * np.linalg.cholesky(correlation))

    def draw(self, count: int, seed: int) -> Floats:
        """-> (count, D) float32."""
        (noise,) = _streams(seed, 1)
        rows = noise.standard_normal((count, self.factor.shape[1])) @ self.factor.T
        return (self.mean + rows).astype(np.float32)


@dataclass(frozen=True)
class Mixture:
    """A mixture of K multivariate normals (Bishop 2006, section 9.2)."""

    weights: Numbers  # (K,), sum 1
    means: Numbers  # (K, D)
    factors: Numbers  # (K, D, R): each component's covariance is factor factor^T

    @property
    def size(self) -> int:
        """D."""
        return int(self.means.shape[1])

    def draw(self, count: int, seed: int) -> Floats:
        """-> (count, D) float32."""
        noise, choice = _streams(seed, 2)
        component = np.searchsorted(np.cumsum(self.weights)[:-1], choice.random(count), side="right")
        rows = noise.standard_normal((count, self.factors.shape[2]))
        drawn = self.means[component]
        for k in np.unique(component):
            drawn[component == k] += rows[component == k] @ self.factors[k].T
        return drawn.astype(np.float32)


@dataclass(frozen=True)
class TwoStage:
    """A second decoder, from standard normal u to the first one's latents: f(u) + noise e (Dai and Wipf 2019).

    arXiv:1903.05789. f is a perceptron with ReLU between its layers.
    """

    layers: tuple[tuple[Numbers, Numbers], ...]  # (weight (out, in), bias (out,)), from U to D
    noise: Numbers  # (D,) standard deviation of the second decoder's Gaussian

    @property
    def size(self) -> int:
        """D."""
        return len(self.noise)

    def draw(self, count: int, seed: int) -> Floats:
        """-> (count, D) float32."""
        inner, outer = _streams(seed, 2)
        rows = inner.standard_normal((count, self.layers[0][0].shape[1]))
        for i, (weight, bias) in enumerate(self.layers):
            rows = (np.maximum(rows, 0) if i else rows) @ weight.T + bias
        return (rows + self.noise * outer.standard_normal((count, self.size))).astype(np.float32)


Fitted = Gaussian | Mixture | TwoStage


def _streams(seed: int, count: int) -> Sequence[np.random.Generator]:
    """Independent generators, one a purpose: drawing more rows of one leaves the first rows of the others alone."""
    return [np.random.Generator(np.random.PCG64(each)) for each in np.random.SeedSequence(seed).spawn(count)]
