"""The nearest latents of a set: exact search, by numpy for small sets and by faiss for large ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.latent.units import Units

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

LARGE = 20_000  # rows from which loading faiss (a third of a second, once) is worth it
_SPARE = 8  # candidates more than asked for: the fast distances are wrong by rounding, the few are measured exactly
_CHUNK = 256  # questions whose distances to the whole set are held at once


class Nearest:
    """Exact neighbours among the latents of a set, in its units (see `models.latent.units`)."""

    def __init__(self, latents: ArrayLike, units: Units, *, large: int = LARGE) -> None:
        """Keep a set (N, D). From `large` rows on faiss searches, on one thread: the others belong to the decoder."""
        self._units = units
        self._rows = np.ascontiguousarray(units.of(latents))  # (N, A)
        self._squares = np.einsum("na,na->n", self._rows, self._rows)
        self._index: Any = None
        if len(self._rows) >= large:
            import faiss

            faiss.omp_set_num_threads(1)
            self._index = faiss.IndexFlatL2(self._rows.shape[1])
            self._index.add(self._rows)

    def __call__(self, latents: ArrayLike, count: int) -> tuple[Rows, Floats]:
        """The nearest rows of each latent (Q, D): rows (Q, k) int64 and distances (Q, k), nearest first.

        A row that equals the latent is not its own neighbour (one such row is left out, as in `density.Unusual`), so k
        is `count` or one less than the set has rows. Raises ValueError for another shape or a count below 1.
        """
        if count < 1:
            raise ValueError(f"expected a count of at least 1, got {count}")
        asked = self._units.of(latents)
        parts = [self._some(asked[first : first + _CHUNK], count) for first in range(0, len(asked), _CHUNK)]
        if not parts:
            return np.empty((0, 0), np.int64), np.empty((0, 0), np.float32)
        return np.concatenate([rows for rows, _ in parts]), np.concatenate([lengths for _, lengths in parts])

    def _some(self, asked: Floats, count: int) -> tuple[Rows, Floats]:
        wanted = min(count + 1 + _SPARE, len(self._rows))
        candidates = self._candidates(asked, wanted)  # (q, wanted)
        lengths = np.sqrt(np.square(self._rows[candidates] - asked[:, np.newaxis, :]).sum(axis=2))
        order = np.lexsort((candidates, lengths), axis=1)  # equal ones in the order of their rows
        kept = min(count, len(self._rows) - 1)
        itself = np.take_along_axis(lengths, order[:, :1], axis=1) == 0
        order = np.where(itself, order[:, 1 : kept + 1], order[:, :kept])
        return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(lengths, order, axis=1)

    def _candidates(self, asked: Floats, wanted: int) -> Rows:
        if self._index is not None:
            return np.asarray(self._index.search(np.ascontiguousarray(asked), wanted)[1], np.int64)
        scores = self._squares - 2 * (asked @ self._rows.T)  # |x|^2 is the same for all rows
        return np.asarray(np.argpartition(scores, wanted - 1, axis=1)[:, :wanted], np.int64)
