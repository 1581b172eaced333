"""The factors of a set of pictures, made ready for measures: as numbers and as bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.imageset import Factor

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
BINS = 20  # of a code and of a continuous factor


@dataclass(frozen=True)
class KnownFactors:
    """What is known about N pictures: F factors as numbers and as bins.

    A categorical or ordered factor has a bin for every value that occurs, a continuous one 20 bins of equal width.
    """

    names: tuple[str, ...]
    values: Floats  # (N, F)
    bins: Integers  # (N, F), from 0
    categorical: NDArray[np.bool_]  # (F,)

    @classmethod
    def of(cls, factors: Sequence[Factor]) -> KnownFactors:
        """Take the factors of an image set. Raises ValueError for none, and for one that never varies."""
        if not factors:
            raise ValueError("no factor is known of these pictures: measures of disentanglement need some")
        constant = [factor.name for factor in factors if np.ptp(factor.values) == 0]
        if constant:
            raise ValueError(f"{', '.join(constant)} has one value only: leave it out")
        columns = [
            equal_width(factor.values)
            if factor.kind == "continuous"
            else np.unique(factor.values, return_inverse=True)[1]
            for factor in factors
        ]
        return cls(
            names=tuple(factor.name for factor in factors),
            values=np.stack([factor.values for factor in factors], axis=1).astype(np.float32),
            bins=np.stack(columns, axis=1).astype(np.int64),
            categorical=np.array([factor.kind == "categorical" for factor in factors]),
        )

    def rows(self, chosen: slice | Integers) -> KnownFactors:
        """The same factors of some of the pictures."""
        return KnownFactors(self.names, self.values[chosen], self.bins[chosen], self.categorical)

    def without(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Which factors are none of `names`, (F,)."""
        return np.array([name not in names for name in self.names])


def equal_width(values: NDArray[np.floating], count: int = BINS) -> Integers:
    """Bins of equal width between the least and the greatest value, (N,) -> (N,) in [0, count)."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.zeros(len(values), np.int64)
    scaled = (values.astype(np.float64) - low) / (high - low) * count
    return np.minimum(scaled.astype(np.int64), count - 1)


class FixedFactor:
    """Batches of pictures that share the value of one factor while all others vary freely, taken from a pool.

    A continuous factor is fixed to within one of its bins. Drawing fresh pictures instead costs an encoding each and
    measures the same.
    """

    def __init__(self, bins: Integers) -> None:
        """bins (N,): the factor's bin of every picture of the pool."""
        self._order = np.argsort(bins, kind="stable")
        counts = np.bincount(bins)
        self._counts, self._starts = counts, np.cumsum(counts) - counts
        self._bins = bins

    def batches(self, count: int, size: int, random: np.random.Generator) -> Integers:
        """Rows of the pool, (count, size): each batch shares one value, values as frequent as in the pool."""
        value = random.choice(self._bins, count)
        place = (random.random((count, size)) * self._counts[value][:, None]).astype(np.int64)
        return np.asarray(self._order[self._starts[value][:, None] + place])
