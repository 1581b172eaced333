"""What a road through the latent space is like: how far the picture moves at each step, and how unusual the points are.

A jump and a hole are two things, and are measured apart: the picture may jump between points that both look usual, and
it may change evenly all the way across where no data lie.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.latent import interpolation

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]

OFF = 95.0  # percentile among held-out points above which a point counts as off the data
JUMP = 3.0  # so many times the mean step is a jump ...
UNEVEN = 1.8  # ... and so many are worth a word
_BATCH = 64

_SHARES = (
    (0.07, "a small part of it lies"),
    (0.15, "a tenth of it lies"),
    (0.22, "a fifth of it lies"),
    (0.29, "a quarter of it lies"),
    (0.42, "a third of it lies"),
    (0.58, "half of it lies"),
    (0.70, "two thirds of it lie"),
    (0.82, "three quarters of it lie"),
    (0.98, "most of it lies"),
)


@dataclass(frozen=True)
class PathMeasures:
    """A road of T points, evenly in t."""

    changes: Numbers  # (T - 1,) root mean squared difference of neighbouring pictures, pixels in [0, 1]
    unusual: Numbers | None  # (T,) percentile among held-out points of the data; None where no data are known

    @property
    def length(self) -> float:
        """The sum of all steps."""
        return float(self.changes.sum())

    @property
    def continuity(self) -> float:
        """The largest step over the mean step: 1 for a road along which the picture changes evenly."""
        mean = float(self.changes.mean())
        return float(self.changes.max()) / mean if mean > 1e-9 else 1.0

    @property
    def fastest(self) -> float:
        """The t, in [0, 1], in the middle of the largest step."""
        return (int(self.changes.argmax()) + 0.5) / len(self.changes)

    @property
    def off(self) -> float | None:
        """The share of the points that lie further off the data than 95% of its held-out points."""
        return None if self.unusual is None else float((self.unusual > OFF).mean())


def measure(
    decode: Callable[[Floats], Floats], points: ArrayLike, percentile: Callable[[Floats], Floats] | None = None
) -> PathMeasures:
    """Measure a road: points (T, D), T of at least 2; `decode` (N, D) -> (N, ...) in [0, 1].

    `percentile` (N, D) -> (N,) says how unusual points are. Raises ValueError for fewer points or another shape.
    """
    rows = np.asarray(points, np.float32)
    if rows.ndim != 2 or len(rows) < 2:
        raise ValueError(f"a road has at least 2 points (T, D), got {rows.shape}")
    found = [changes(decode(part)) for part in parts(rows)]
    unusual = None if percentile is None else np.asarray(percentile(rows), np.float64)
    return PathMeasures(np.concatenate(found), unusual)


def parts(points: Floats) -> list[Floats]:
    """A road of T points in parts that share a point with the next: a road may be long, and its pictures large."""
    return [points[first : first + _BATCH + 1] for first in range(0, len(points) - 1, _BATCH)]


def changes(pictures: ArrayLike) -> Numbers:
    """Root mean squared difference of neighbours: (T, ...) in [0, 1] -> (T - 1,)."""
    rows = np.asarray(pictures, np.float64)
    return np.asarray(np.sqrt(np.square(np.diff(rows.reshape(len(rows), -1), axis=0)).mean(axis=1)), np.float64)


def through(keyframes: ArrayLike, method: str, steps: int) -> Floats:
    """A road through two or more keyframes (K, D), `steps` a leg: -> ((K - 1) * steps + 1, D), each keyframe once.

    Raises ValueError for fewer keyframes, fewer than 1 step, or an unknown method (see `interpolation.METHODS`).
    """
    rows = np.asarray(keyframes, np.float32)
    if rows.ndim != 2 or len(rows) < 2 or steps < 1:
        raise ValueError(f"expected at least 2 keyframes (K, D) and 1 step, got {rows.shape} and {steps}")
    legs = [interpolation.path(a, b, steps + 1, method) for a, b in itertools.pairwise(rows)]
    return np.concatenate([*(leg[:-1] for leg in legs), rows[-1:]])


def sentence(measures: PathMeasures, data: str = "real pictures") -> str:
    """What a person should know of the road, in one sentence. `data` names what the held-out points are."""
    return f"{_pace(measures)}; {_place(measures, data)}."


def _pace(measures: PathMeasures) -> str:
    if measures.length < 1e-4:
        return "The picture does not change at all"
    if measures.continuity >= JUMP:
        return f"Jumps at {measures.fastest:.1f}"
    if measures.continuity >= UNEVEN:
        return f"Changes fastest at {measures.fastest:.1f}"
    return "Changes evenly"


def _place(measures: PathMeasures, data: str) -> str:
    off = measures.off
    if off is None:
        return "no data are known here, so nothing is known to be unusual"
    if off == 0:
        return f"no part of it lies further off the data than 95% of {data}"
    words = "all of it lies" if off >= 0.98 else _first(_SHARES, off)
    return f"{words} further off the data than 95% of {data}"


def _first(shares: Sequence[tuple[float, str]], value: float) -> str:
    return next(words for limit, words in shares if value <= limit)
