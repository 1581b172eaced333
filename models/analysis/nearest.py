"""Nearest neighbours among the points of a set, by faiss: all of them compared, or a graph where there are too many."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
EXACT = 50_000  # points up to which all are compared: about 10 s on one thread at 32 dimensions
LINKS, EFFORT = 32, 200  # of the graph: 99% of the neighbours it finds are the right ones


def nearest(rows: Floats, count: int) -> tuple[Indices, Floats]:
    """The `count` nearest others of each row (N, D): -> row numbers (N, count) and Euclidean distances, nearest first.

    A point is not its own neighbour, and of two equal points each is the other's. Raises ValueError for a count that
    is not below N.
    """
    import faiss

    if not 0 < count < len(rows):
        raise ValueError(f"{len(rows)} points have at most {len(rows) - 1} neighbours each, and {count} were asked for")
    faiss.omp_set_num_threads(1)
    # Far from the origin the squares are large and float32 would round their small differences away.
    index: Any
    centred = np.ascontiguousarray(rows - rows.mean(axis=0, dtype=np.float64), np.float32)
    if len(centred) <= EXACT:
        index = faiss.IndexFlatL2(centred.shape[1])
    else:
        index = faiss.IndexHNSWFlat(centred.shape[1], LINKS)
        index.hnsw.efConstruction = index.hnsw.efSearch = max(EFFORT, 2 * count)
    index.add(centred)
    squares, found = index.search(centred, count + 1)
    own = found == np.arange(len(found))[:, np.newaxis]
    own[~own.any(axis=1), -1] = True  # equal points have come first: the last one is left out in its place
    others = ~own
    shape = (len(found), count)
    distances = np.sqrt(np.maximum(squares[others].reshape(shape), 0))
    return found[others].reshape(shape), distances
