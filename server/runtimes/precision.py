"""Whether a faster way to run a graph is near enough to float32: measured on made-up rows, not taken on trust."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.adapter import Graph
from server.runtimes import Loaded
from server.runtimes.halving import Halving

Array = NDArray[Any]
BOUND = 1 / 255  # one level of a picture's 256, for the value that differs most; of latents, of their largest value
ROWS = 8
SEED = 20_240


@dataclass(frozen=True)
class Input:
    """An input of a graph: its sizes, None where the file leaves one open, and numpy's name of its type."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str

    @property
    def by_row(self) -> bool:
        """Whether its first axis is the batch: the file leaves its size open and fixes that of the next.

        Where it leaves both open, they may as well be the height and the width of a single picture.
        """
        return self.shape[:1] == (None,) and self.shape[1:2] != (None,)


def rows_of(inputs: Sequence[Input]) -> frozenset[str]:
    """The inputs whose first axis is the batch."""
    return frozenset(each.name for each in inputs if each.by_row)


def made_up(inputs: Sequence[Input], rows: int = ROWS) -> dict[str, Array]:
    """The same rows each time: standard normal floats, the first class, random bytes.

    Raises ValueError for an input whose further sizes are open.
    """
    random = np.random.default_rng(SEED)
    feeds: dict[str, Array] = {}
    for each in inputs:
        sizes = [rows if each.by_row and axis == 0 else size for axis, size in enumerate(each.shape)]
        if None in sizes:
            raise ValueError(f"the file does not say how large its input {each.name} is")
        shape = tuple(int(size) for size in sizes if size is not None)
        dtype = np.dtype(each.dtype)
        if dtype.kind == "f":
            feeds[each.name] = random.standard_normal(shape).astype(dtype)
        elif dtype == np.uint8:
            feeds[each.name] = random.integers(0, 256, shape, dtype=np.uint8)
        else:
            feeds[each.name] = np.zeros(shape, dtype)
    return feeds


def difference(reference: Graph, other: Graph, outputs: Sequence[str], feeds: dict[str, Array]) -> float:
    """The greatest difference of any value of any output, in shares of the output's largest value but at least of 1.

    Bytes count in shares of 255. What is not a number, or infinite, is infinitely far off.
    """
    greatest = 0.0
    for one, two in zip(reference.run(outputs, feeds), other.run(outputs, feeds), strict=True):
        scale = 255.0 if one.dtype == np.uint8 else max(1.0, float(np.abs(one).max(initial=0)))
        apart = np.abs(one.astype(np.float64) - two.astype(np.float64)) / scale
        greatest = max(greatest, float(apart.max(initial=0)) if np.isfinite(two).all() else float("inf"))
    return greatest


def too_far(reference: Loaded, other: Loaded, outputs: Sequence[str], inputs: Sequence[Input]) -> str | None:
    """Why `other` is not believed, in words; None where it is as near to the reference as the bound asks.

    Raises OutOfMemory where the device has no room for a single row.
    """
    try:
        feeds = made_up(inputs)
    except ValueError as reason:
        return str(reason)
    apart = difference(Halving(reference), Halving(other), outputs, feeds)
    # A picture's last bit may flip where two roundings meet, which is just the bound.
    return None if apart <= BOUND * (1 + 1e-9) else f"a value would be off by {apart:.4f}, more than {BOUND:.4f}"
