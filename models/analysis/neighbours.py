"""Measures that rest on nearest neighbours: agreement of labels, and precision and recall of samples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
CHUNK = 1000


def _squared_distances(rows: Floats, others: Floats) -> Iterator[tuple[slice, Floats]]:
    """Squared distances of `rows` (N, D) to `others` (M, D), 1,000 rows at a time as (n, M)."""
    # Far from the origin the squares are large and float32 would round their small differences away.
    centre = others.mean(0, dtype=np.float64).astype(np.float32)
    rows, others = rows - centre, others - centre
    squares = np.einsum("md,md->m", others, others)
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        distances = np.einsum("nd,nd->n", part, part)[:, None] + squares - 2 * (part @ others.T)
        yield slice(start, start + len(part)), np.maximum(distances, 0)


def label_agreement(latents: Floats, labels: NDArray[np.int64], k: int = 10) -> float:
    """Share of points whose label is the majority's among their k nearest others, in [0, 1]: see `agreeing`."""
    return float(agreeing(latents, labels, k).mean())


def agreeing(latents: Floats, labels: NDArray[np.int64], k: int = 10) -> NDArray[np.bool_]:
    """Whether each point's label is the most frequent one among its k nearest others, (N,) bool.

    latents (N, D), labels (N,) from 0. A point is not its own neighbour; on a tie the smaller label wins.
    """
    found = np.empty(len(latents), bool)
    for rows, distances in _squared_distances(latents, latents):
        distances[np.arange(len(distances)), np.arange(rows.start, rows.stop)] = np.inf
        nearest = np.argpartition(distances, k, axis=1)[:, :k]
        found[rows] = majority(labels[nearest]) == labels[rows]
    return found


def nearest_majority(rows: Floats, others: Floats, labels: NDArray[np.int64], k: int = 10) -> NDArray[np.int64]:
    """The most frequent label (M,) among the k nearest `others` (M, D) of each of `rows` (N, D): (N,)."""
    found = np.empty(len(rows), np.int64)
    for some, distances in _squared_distances(rows, others):
        found[some] = majority(labels[np.argpartition(distances, k - 1, axis=1)[:, :k]])
    return found


def majority(votes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The most frequent of each row's labels, (N, k) from 0 -> (N,); on a tie the smaller one."""
    counts = np.zeros((len(votes), int(votes.max(initial=0)) + 1), np.int64)
    np.add.at(counts, (np.arange(len(votes))[:, None], votes), 1)
    found: NDArray[np.int64] = counts.argmax(axis=1)
    return found


def kth_distances(features: Floats, k: int) -> Floats:
    """Squared distance of each row (N, D) to its k-th nearest other row, (N,)."""
    found = np.empty(len(features), np.float32)
    for rows, distances in _squared_distances(features, features):
        distances[np.arange(len(distances)), np.arange(rows.start, rows.stop)] = np.inf
        found[rows] = np.partition(distances, k - 1, axis=1)[:, k - 1]
    return found


def covered(features: Floats, manifold: Floats, radii: Floats) -> float:
    """Share of `features` (N, D) that lie in a ball of squared radius `radii` (M,) around some row of `manifold`."""
    inside = 0
    for _, distances in _squared_distances(features, manifold):
        inside += int((distances <= radii).any(1).sum())
    return inside / len(features)


def precision_recall(real: Floats, fake: Floats, k: int = 3) -> tuple[float, float]:
    """Improved precision and recall (Kynkaanniemi et al. 2019, arXiv:1904.06991) of features (N, D) and (M, D).

    Precision: the share of generated pictures among the real ones; recall: the share of real ones among the generated.
    """
    return covered(fake, real, kth_distances(real, k)), covered(real, fake, kth_distances(fake, k))


def reached(real: Floats, fake: Floats, radii: Floats) -> NDArray[np.bool_]:
    """Which real rows (N, D) have a generated one (M, D) within their own squared radius (N,): (N,) bool."""
    found = np.empty(len(real), bool)
    for rows, distances in _squared_distances(real, fake):
        found[rows] = distances.min(axis=1) <= radii[rows]
    return found
