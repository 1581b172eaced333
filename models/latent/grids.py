"""Grids over two latent dimensions: where their lines lie, and the points where they cross."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]


def gaussian_steps(mean: ArrayLike, std: ArrayLike, steps: int) -> Floats:
    """Quantiles of Gaussians in the middle of `steps` parts of equal probability: mean and std (D,) -> (D, steps).

    A plane divided so shows the whole space at once (figure 4 of Kingma and Welling 2014, arXiv:1312.6114): each cell
    stands for as much probability as any other. Raises ValueError for steps below 1, shapes that differ, or a standard
    deviation that is not above 0.
    """
    centre, spread = np.atleast_1d(np.asarray(mean, np.float64)), np.atleast_1d(np.asarray(std, np.float64))
    if steps < 1 or centre.ndim != 1 or centre.shape != spread.shape or not (spread > 0).all():
        raise ValueError(
            f"expected steps of at least 1, mean and std (D,) with std above 0; got {steps}, {centre.shape}, {spread}"
        )
    standard = NormalDist()
    units = np.array([standard.inv_cdf((step + 0.5) / steps) for step in range(steps)])
    return np.asarray(centre[:, np.newaxis] + spread[:, np.newaxis] * units, np.float32)


def even_steps(spans: ArrayLike, steps: int) -> Floats:
    """Even steps from the low end to the high end of each span: (D, 2) -> (D, steps) float32, both ends included.

    Raises ValueError for steps below 2 or another shape.
    """
    ends = np.asarray(spans, np.float64)
    if steps < 2 or ends.ndim != 2 or ends.shape[1] != 2:
        raise ValueError(f"expected spans (D, 2) and steps of at least 2, got {ends.shape} and {steps}")
    return np.asarray(np.linspace(ends[:, 0], ends[:, 1], steps, axis=1), np.float32)


def grid(z: ArrayLike, dims: tuple[int, int], across: ArrayLike, up: ArrayLike) -> Floats:
    """Copies of `z` (D,) over a plane: dims[0] takes `across` (A,), dims[1] takes `up` (U,) -> (U, A, D) float32.

    Rows follow `up` in its order, columns `across`. Raises ValueError for equal dimensions or shapes that do not fit
    and IndexError for a dimension that the latent does not have.
    """
    start, columns, rows = (np.asarray(part, np.float32) for part in (z, across, up))
    first, second = dims
    if start.ndim != 1 or columns.ndim != 1 or rows.ndim != 1 or first == second:
        raise ValueError(
            f"expected z (D,), across (A,), up (U,) and two different dimensions; "
            f"got {start.shape}, {columns.shape}, {rows.shape} and {dims}"
        )
    if not 0 <= min(dims) <= max(dims) < len(start):
        raise IndexError(f"the latent has dimensions 0 to {len(start) - 1}")
    plane = np.broadcast_to(start, (len(rows), len(columns), len(start))).copy()
    plane[:, :, first] = columns
    plane[:, :, second] = rows[:, np.newaxis]
    return plane
