"""Latent traversals: one dimension moves, all others stay; over which range, and which dimensions matter."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.latent.samplers import sample

Floats = NDArray[np.float32]
Decode = Callable[[Floats], NDArray[np.float32]]  # (N, D) -> (N, H, W, C) in [0, 1]


def traverse(z: ArrayLike, dims: ArrayLike, values: ArrayLike) -> Floats:
    """Copies of `z` (D,) in which dimension dims[k] takes values[k]: dims (K,), values (K, S) -> (K, S, D) float32.

    Raises ValueError for shapes that do not fit and IndexError for a dimension that the latent does not have.
    """
    start, which, moved = np.asarray(z, np.float32), np.asarray(dims, np.int64), np.asarray(values, np.float32)
    if start.ndim != 1 or which.ndim != 1 or moved.ndim != 2 or len(moved) != len(which):
        raise ValueError(f"expected z (D,), dims (K,), values (K, S); got {start.shape}, {which.shape}, {moved.shape}")
    if which.size and (which.min() < 0 or which.max() >= len(start)):
        raise IndexError(f"the latent has dimensions 0 to {len(start) - 1}")
    rows = np.broadcast_to(start, (*moved.shape, len(start))).copy()
    rows[np.arange(len(which))[:, np.newaxis], np.arange(moved.shape[1]), which[:, np.newaxis]] = moved
    return rows


def in_all_styles(start: ArrayLike, walked: ArrayLike, size: int) -> Floats:
    """Points of w+ that left `start` (L * size,) in their first style, with all L styles moved by as much.

    So a slider changes what it stands for in the whole picture, and the mix of styles stays. `walked` (..., L * size)
    -> the same shape, float32; with L = 1 nothing changes. Raises ValueError for shapes that do not fit.
    """
    origin, points = np.asarray(start, np.float32), np.array(walked, np.float32)
    if origin.ndim != 1 or size < 1 or len(origin) % size or points.shape[-1:] != origin.shape:
        raise ValueError(f"expected styles of {size} numbers, got {origin.shape} and {points.shape}")
    change = points[..., :size] - origin[:size]
    for first in range(size, len(origin), size):
        points[..., first : first + size] += change
    return points


def ranges(latents: ArrayLike, low: float = 0.01, high: float = 0.99) -> Floats:
    """The span of each dimension over a set, between two quantiles: (N, D) -> (D, 2) float32 of low and high.

    Raises ValueError for an empty set or one that is not (N, D).
    """
    rows = np.asarray(latents, np.float32)
    if rows.ndim != 2 or not len(rows):
        raise ValueError(f"expected latents (N, D) with N of at least 1, got {rows.shape}")
    return np.quantile(rows, [low, high], axis=0).T.astype(np.float32)


def prior_ranges(
    prior: str, size: int, low: float = 0.01, high: float = 0.99, reference: ArrayLike | None = None
) -> Floats:
    """The same span for draws from a prior (see `samplers`): -> (D, 2) float32.

    Closed forms for "normal" and "uniform"; for "sphere" one value, from draws, serves every dimension, since none of
    them is special; "empirical" takes the quantiles of `reference` (N, D).
    """
    if prior == "empirical" and reference is not None:
        return ranges(reference, low, high)
    if prior == "normal":
        ends = [NormalDist().inv_cdf(low), NormalDist().inv_cdf(high)]
    elif prior == "uniform":
        ends = [2 * low - 1, 2 * high - 1]
    else:
        draws = sample(prior, size, max(1, 100_000 // size), seed=0, reference=reference)
        ends = [float(end) for end in np.quantile(draws, [low, high])]
    return np.tile(np.asarray(ends, np.float32), (size, 1))


def decoded_effects(decode: Decode, latents: ArrayLike, points: int = 64, seed: int = 0) -> Floats:
    """How much each dimension changes the picture: (N, D) -> (D,) float32 in [0, 1].

    The mean absolute difference between the pictures decoded with the dimension at its 5% and at its 95% quantile,
    over `points` rows of the set drawn with `seed` (all rows when there are fewer).
    """
    rows = np.asarray(latents, np.float32)
    spans = ranges(rows, 0.05, 0.95)
    chosen = np.random.Generator(np.random.PCG64(seed)).permutation(len(rows))[:points]
    effects = np.empty(rows.shape[1], np.float32)
    for dim, (low, high) in enumerate(spans):
        below, above = rows[chosen].copy(), rows[chosen].copy()
        below[:, dim], above[:, dim] = low, high
        effects[dim] = np.abs(decode(above) - decode(below)).mean()
    return effects


def order_by_effect(effects: ArrayLike) -> NDArray[np.int64]:
    """Dimensions from the largest effect to the smallest: (D,) -> (D,) int64; equal effects keep their order.

    An effect that is not a number goes last.
    """
    known = np.nan_to_num(np.asarray(effects, np.float64), nan=-np.inf)
    return np.argsort(-known, kind="stable").astype(np.int64)
