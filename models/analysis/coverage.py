"""How a generator spreads over the classes of its data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def class_histogram(classes: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Share of each of `count` classes among (N,) class indices, (count,) summing to 1.

    Raises ValueError for no index at all and for one outside 0 to count - 1.
    """
    if not len(classes) or classes.min() < 0 or classes.max() >= count:
        raise ValueError(f"expected at least one class index, each from 0 to {count - 1}")
    return np.bincount(classes, minlength=count) / len(classes)


def entropy(shares: NDArray[np.float64]) -> float:
    """Entropy of a histogram in nats; log(count) when all classes are equally frequent."""
    positive = shares[shares > 0]
    return float((positive * np.log(1 / positive)).sum())
