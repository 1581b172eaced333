"""Mutual information gap (Chen et al. 2018, arXiv:1802.04942) on posterior means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.analysis.disentanglement.factors import Floats, Integers, KnownFactors, equal_width

Grid = NDArray[np.float64]


def gaps(codes: Floats, known: KnownFactors) -> Grid:
    """The gap of every factor, (F,) in [0, 1]; MIG is their mean.

    codes (N, K): posterior means, each dimension in 20 bins of equal width (Locatello et al. 2019, arXiv:1811.12359).
    The gap is the mutual information with the dimension that tells most about the factor, less that with the second,
    over the factor's entropy.
    """
    information = mutual_information(codes, known)
    ordered = np.sort(information, axis=0)[::-1]
    second = ordered[1] if len(ordered) > 1 else 0.0
    return np.asarray((ordered[0] - second) / np.array([entropy(column) for column in known.bins.T]))


def perfect(known: KnownFactors) -> Grid:
    """The gaps of a perfect code, the factors themselves: below 1 for a factor of more values than a code has bins."""
    return gaps(known.values, known)


def mutual_information(codes: Floats, known: KnownFactors) -> Grid:
    """Between every dimension in bins and every factor in bins, in nats, (K, F); the plug-in estimate."""
    binned = [equal_width(code) for code in codes.T]
    return np.array([[_information(code, factor) for factor in known.bins.T] for code in binned])


def entropy(bins: Integers) -> float:
    """Entropy of bins (N,) in nats."""
    shares = np.bincount(bins) / len(bins)
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _information(a: Integers, b: Integers) -> float:
    return max(0.0, entropy(a) + entropy(b) - entropy(a * (b.max() + 1) + b))
