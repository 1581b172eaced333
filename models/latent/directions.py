"""A latent direction from two groups of points: the difference of their means, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
REPEATS = 200


@dataclass(frozen=True)
class Direction:
    """From the mean of one group to that of another."""

    vector: Floats  # (D,) the difference of the means
    length: float  # its Euclidean length
    length_interval: tuple[float, float]  # 95% bootstrap interval
    effect: float  # Cohen's d along the direction, on points that it was not drawn from
    effect_interval: tuple[float, float]  # 95% of the bootstrap's repetitions
    cosine: float  # mean cosine between the direction and those of the bootstrap's repetitions
    cosine_interval: tuple[float, float]  # 95% of them


def difference(start: ArrayLike, end: ArrayLike, *, repeats: int = REPEATS, seed: int = 0) -> Direction:
    """The direction from the mean of `start` (N, D) to that of `end` (M, D).

    Cohen's d (1988) is the distance of the two means along the direction over their pooled standard deviation there. On
    the very points that a direction was drawn from it is never 0, and the larger the more dimensions there are: so
    each repetition of the bootstrap draws a direction from as many points, with replacement, and measures d on the
    points that were left out. Two groups that differ in nothing get a d around 0, and a cosine far from 1.
    Raises ValueError for groups of fewer than 5 points, different sizes of a row, or means that are equal.
    """
    groups = [np.asarray(rows, np.float64) for rows in (start, end)]
    if any(rows.ndim != 2 or len(rows) < 5 for rows in groups) or groups[0].shape[1] != groups[1].shape[1]:
        raise ValueError(f"expected two groups of at least 5 latents, got {[rows.shape for rows in groups]}")
    vector = groups[1].mean(axis=0) - groups[0].mean(axis=0)
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0:
        raise ValueError("the means of the two groups are equal, so nothing leads from one to the other")
    random = np.random.Generator(np.random.PCG64(seed))
    drawn = [_draws(len(rows), repeats, random) for rows in groups]  # (R, N) how often each point was drawn
    means = [times @ rows / len(rows) for times, rows in zip(drawn, groups, strict=True)]
    ways = means[1] - means[0]  # (R, D)
    lengths = np.linalg.norm(ways, axis=1)
    units = ways / np.maximum(lengths, 1e-12)[:, None]
    cosines = units @ vector / length
    along = [units @ rows.T for rows in groups]  # (R, N)
    effects = np.array(
        [
            cohens_d(*(places[repeat][times[repeat] == 0] for places, times in zip(along, drawn, strict=True)))
            for repeat in range(repeats)
        ]
    )
    known = effects[np.isfinite(effects)]
    return Direction(
        vector=vector.astype(np.float32),
        length=length,
        length_interval=_interval(lengths),
        effect=float(known.mean()) if len(known) else 0.0,
        effect_interval=_interval(known) if len(known) else (0.0, 0.0),
        cosine=float(cosines.mean()),
        cosine_interval=_interval(cosines),
    )


def _draws(count: int, repeats: int, random: np.random.Generator) -> NDArray[np.float64]:
    """How often each of `count` points is drawn, with replacement, in each repetition: (R, N)."""
    rows = random.integers(0, count, (repeats, count)) + count * np.arange(repeats)[:, None]
    return np.bincount(rows.ravel(), minlength=repeats * count).reshape(repeats, count).astype(np.float64)


def cohens_d(first: ArrayLike, second: ArrayLike) -> float:
    """The difference of two means over the pooled standard deviation: (N,), (M,); NaN for fewer than two values."""
    one, other = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if len(one) < 2 or len(other) < 2:
        return float("nan")
    freedom = len(one) + len(other) - 2
    pooled = np.sqrt(((len(one) - 1) * one.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)) / freedom)
    apart = float(other.mean() - one.mean())
    return apart / float(pooled) if pooled > 0 else float("nan")


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)
