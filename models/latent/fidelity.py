"""How far a picture is from another one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def mse(pictures: ArrayLike, others: ArrayLike) -> NDArray[np.float64]:
    """Mean squared difference of each picture from its partner: two (N, ...) in [0, 1] -> (N,) float64.

    Raises ValueError when the shapes differ.
    """
    first, second = np.asarray(pictures, np.float64), np.asarray(others, np.float64)
    if first.shape != second.shape or first.ndim < 2:
        raise ValueError(f"expected two stacks of pictures of one shape, got {first.shape} and {second.shape}")
    return np.asarray(np.square(first - second).reshape(len(first), -1).mean(axis=1), np.float64)


def psnr(errors: ArrayLike) -> NDArray[np.float64]:
    """Peak signal-to-noise ratio in decibels of mean squared errors of pictures in [0, 1]; infinite for no error."""
    with np.errstate(divide="ignore"):
        return np.asarray(-10 * np.log10(np.asarray(errors, np.float64)), np.float64)
