"""Distributions that were fitted to encoded data, as numbers from which latents are drawn; see `docs/model-format.md`.

A plain autoencoder has no prior, and a VAE's data do not fill its own. A distribution fitted to the encoded data
(Ghosh et al. 2020, arXiv:1903.12436) draws where the decoder knows what to do. A draw is named by its seed (PCG64):
the first rows do not depend on how many are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
