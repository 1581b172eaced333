"""Out of memory is no error while less fits: the batch is halved, and the answer is the same."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.runtimes import Loaded, OutOfMemory, Running

log = logging.getLogger("latent_explorer")
PATIENCE = 200  # runs at the remembered size before twice as many rows are tried
Arrays = Mapping[str, NDArray[Any]]


class Halving:
    """A graph that runs what does not fit in parts.

    Inputs whose first axis is the batch (the graph's `rows`) are split along it; all others, scalars and noise that is
    the same for every row, go into each part as they are. The size that fitted is remembered, so that the next large
    run does not find out again; after many runs twice as many are tried, since what filled the device may have gone.
    Any thread may write that state: at worst a size is tried once more.
    """

    def __init__(self, graph: Loaded) -> None:
        self._graph = graph
        self._fits: int | None = None  # None: nothing has failed yet
        self._since = 0  # runs of that size since it was learned

    @property
    def rows(self) -> frozenset[str]:
        return self._graph.rows

    @property
    def running(self) -> Running:
        return self._graph.running

    @property
    def fits(self) -> int | None:
        """The most rows that are run together since the device was full; None while it never was."""
        return self._fits

    def run(self, outputs: Sequence[str], feeds: Arrays) -> list[NDArray[Any]]:
        """The named outputs for these inputs. Raises OutOfMemory where not even one row fits."""
        total = max((len(feeds[name]) for name in self._split(feeds)), default=1)
        parts: list[list[NDArray[Any]]] = []
        sizes: list[int] = []
        done = 0
        while not parts or done < total:  # no rows at all are one run too
            size = min(total - done, self._fits or total)
            try:
                parts.append(self._graph.run(outputs, self._part(feeds, total, done, size)))
            except OutOfMemory as full:
                self._halve(size, full)
                continue
            sizes.append(size)
            done += size
            self._dare(size)
        return _joined(parts, sizes)

    def _halve(self, size: int, full: OutOfMemory) -> None:
        """Remember half of what did not fit. Raises OutOfMemory where that was one row."""
        if size <= 1:
            raise OutOfMemory(
                f"{self.running.device} has no room left for a single picture of this model. Other programs may use "
                "its memory; LATENT_EXPLORER_DEVICE=cpu does without it."
            ) from full
        self._fits, self._since = min(self._fits or size, size // 2), 0
        log.warning("%s has no room for %d rows at once; going on with %d", self.running.device, size, self._fits)

    def _dare(self, size: int) -> None:
        """After many runs at the limit, let the next one be twice as large."""
        if size == self._fits:
            self._since += 1
            if self._since >= PATIENCE:
                self._fits, self._since = 2 * size, 0

    def _split(self, feeds: Arrays) -> list[str]:
        return [name for name in self.rows & feeds.keys() if feeds[name].ndim]

    def _part(self, feeds: Arrays, total: int, start: int, size: int) -> Arrays:
        if size == total:
            return feeds
        part = dict(feeds)
        for name in self._split(feeds):
            if (
                len(feeds[name]) == total
            ):  # one of another length is the same for every row, whatever the file leaves open
                part[name] = np.ascontiguousarray(feeds[name][start : start + size])
        return part


def _joined(parts: list[list[NDArray[Any]]], sizes: list[int]) -> list[NDArray[Any]]:
    """The outputs of all parts one after the other; one that is not as long as its part in each is the same in all.

    Nothing but its length tells the two apart. What a model is asked for (`models.adapter`) has a row for each row fed.
    """
    if len(parts) == 1:
        return parts[0]
    found = []
    for each in zip(*parts, strict=True):
        by_row = all(array.ndim and len(array) == size for array, size in zip(each, sizes, strict=True))
        found.append(np.concatenate(each) if by_row else each[0])
    return found
