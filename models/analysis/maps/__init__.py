"""Maps of a latent space: each method's library behind one call. Imports no library before a map is fitted.

fit(method, latents, dims, parameters, seed, report) -> Fitted
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.analysis.maps.listening import Report
from models.analysis.maps.methods import BY_NAME, METHODS, Method, Parameter
from models.latent.projection import Pca

__all__ = ["BY_NAME", "FEWEST", "METHODS", "MOST", "Fitted", "Method", "Parameter", "fit", "settled", "shuffled"]

Floats = NDArray[np.float32]
FEWEST, MOST = 16, 1_000_000  # points
REDUCED = 50  # dimensions; beyond them neighbours are sought among so many principal components
_SPARE = 1_000_000_000  # PaCMAP adds to its seed for every pair, in 32 bits


class Fit(Protocol):
    """What each method's module has under the name `fit`."""

    def __call__(
        self, latents: Floats, dims: int, parameters: Mapping[str, float], seed: int, report: Report
    ) -> Floats:
        """(N, D) -> (N, dims) float32, the same on one thread for the same seed."""


@dataclass(frozen=True)
class Fitted:
    """A map and what it started from."""

    positions: Floats  # (N, dims)
    reduced: int | None = None  # principal components that it started from; None for the latents themselves
    share: float = 1.0  # of the variance that is in them


def settled(method: Method, asked: Mapping[str, float], count: int) -> dict[str, float]:
    """The parameters of a map of `count` points: those asked for, defaults else, no more neighbours than there are.

    Raises KeyError with the name of one that the method does not have, ValueError with the name of one out of bounds.
    """
    known = {parameter.name: parameter for parameter in method.parameters}
    for name, value in asked.items():
        if not known[name].low <= value <= known[name].high:
            raise ValueError(name)
    found = {name: float(asked.get(name, parameter.default)) for name, parameter in known.items()}
    if "neighbours" in found:
        found["neighbours"] = min(found["neighbours"], float(count - 1))
    if "perplexity" in found:
        found["perplexity"] = min(found["perplexity"], (count - 1) / 3)
    return found


def shuffled(latents: Floats, seed: int) -> Floats:
    """Latents (N, D) with each column shuffled by itself: the same spread in every dimension, and no structure."""
    return np.random.Generator(np.random.PCG64(seed)).permuted(latents, axis=0)


def fit(method: str, latents: Floats, dims: int, parameters: Mapping[str, float], seed: int, report: Report) -> Fitted:
    """A map of latents (N, D), `parameters` as `settled` gives them.

    Raises ValueError for too few or too many points, for points that are all equal, or no numbers.
    """
    if not FEWEST <= len(latents) <= MOST:
        raise ValueError(f"a map takes {FEWEST} to {MOST:,} points, and these are {len(latents):,}")
    if not np.isfinite(latents).all():
        raise ValueError("the latents of a set must be finite numbers")
    if not latents.std(axis=0, dtype=np.float64).any():
        raise ValueError("all points of the set are equal: there is nothing to lay out")
    rows, reduced, share = np.ascontiguousarray(latents, np.float32), None, 1.0
    if latents.shape[1] > REDUCED:
        report(None, f"Finding the first {REDUCED} principal components.")
        pca = Pca.fit(latents, REDUCED)
        rows, reduced, share = pca.project(latents), REDUCED, float(pca.explained.sum())
    module = importlib.import_module(f"models.analysis.maps.{method}")
    made: Fit = module.fit
    positions = np.ascontiguousarray(made(rows, dims, parameters, seed % _SPARE, report), np.float32)
    if positions.shape != (len(latents), dims) or not np.isfinite(positions).all():
        raise ValueError(
            f"{BY_NAME[method].title} found no place for some points: try another seed, or more neighbours"
        )
    return Fitted(positions, reduced, share)
