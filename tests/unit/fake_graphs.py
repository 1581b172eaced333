"""Graphs that compute nothing much, for what is wrapped around graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.runtimes import OutOfMemory, Running

Array = NDArray[Any]


class Limited:
    """image = z times the class + the noise, for at most `limit` rows a run; `sizes` are the runs that were tried."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.sizes: list[int] = []
        self.rows = frozenset({"z", "class", "open"})
        self.running = Running("fake 1", "GPU 0")

    def run(self, outputs: Sequence[str], feeds: Mapping[str, Array]) -> list[Array]:
        self.sizes.append(len(feeds["z"]))
        if len(feeds["z"]) > self.limit:
            raise OutOfMemory("CUDA out of memory. Tried to allocate 2 GiB")
        assert feeds["noise"].shape == (3,)
        assert feeds["open"].shape == (1, 3)
        image = feeds["z"] * feeds["class"][:, None] + feeds["noise"] + feeds["open"]
        answers = {"image": image, "scale": np.float32(feeds["scale"]), "table": np.arange(99)}
        return [np.asarray(answers[name]) for name in outputs]


def feeds(rows: int) -> dict[str, Array]:
    """The inputs of `Limited`: two by row, noise and a scalar that are the same for every row."""
    random = np.random.default_rng(rows)
    return {
        "z": random.standard_normal((rows, 3)).astype(np.float32),
        "class": np.arange(rows),
        "noise": random.standard_normal(3).astype(np.float32),
        "open": random.standard_normal((1, 3)).astype(np.float32),  # the file leaves its first axis open, like a batch
        "scale": np.array(0.5, np.float32),
    }
