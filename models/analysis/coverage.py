"""How a generator spreads over the classes of its data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def class_histogram(classes: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Share of each of `count` classes among (N,) class indices, (count,) summing to 1."""
    return np.bincount(classes, minlength=count) / len(classes)


def entropy(shares: NDArray[np.float64]) -> float:
    """Entropy of a histogram in nats; log(count) when all classes are equally frequent."""
    positive = shares[shares > 0]
    return float(-(positive * np.log(positive)).sum())
