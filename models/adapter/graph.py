"""Running a graph in the batch sizes that it accepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.manifest import Batch

Array = NDArray[Any]


class Graph(Protocol):
    """One loaded graph. The only thing the adapter asks of a runtime."""

    def run(self, outputs: Sequence[str], feeds: Mapping[str, Array]) -> list[Array]:
        """The named outputs, in that order, for these inputs."""
        ...


@dataclass(frozen=True)
class Feeds:
    """The inputs of one call: `rows` have N rows each, `whole` go into every run as they are.

    The inputs in `bare` lose their batch axis on the way into the graph: for runs of one row only.
    """

    rows: Mapping[str, Array]
    whole: Mapping[str, Array] = field(default_factory=dict)
    bare: frozenset[str] = frozenset()


def run_rows(
    graph: Graph, outputs: Sequence[str], feeds: Feeds, batch: Batch
) -> Iterator[tuple[int, int, list[Array]]]:
    """Runs all rows and yields (rows run, rows wanted of them, outputs) for each run, in order.

    A fixed batch is filled by repeating the last row: unlike zeros, a row that was asked for cannot upset the graph.
    """
    total = len(next(iter(feeds.rows.values())))
    # One row where there is no batch axis; range() takes no step of 0, so not less than one for no rows at all.
    size = 1 if batch == "none" else max(total, 1) if batch == "dynamic" else batch
    for start in range(0, total, size):
        wanted = min(size, total - start)
        chunk = dict(feeds.whole)
        for name, rows in feeds.rows.items():
            part = rows[start : start + wanted]
            if wanted < size:
                part = np.concatenate([part, np.repeat(part[-1:], size - wanted, axis=0)])
            part = np.ascontiguousarray(part)
            # Not part[0], which would make a bare class index a scalar that no runtime takes.
            chunk[name] = part.reshape(part.shape[1:]) if name in feeds.bare else part
        yield size, wanted, graph.run(outputs, chunk)


def cast(values: Array, dtype: str) -> Array:
    """Floats for a graph that takes another type. Beyond float16's range they become its limits, not infinite."""
    if dtype == "float16":
        limit = float(np.finfo(np.float16).max)
        values = np.clip(values, -limit, limit)
    return values.astype(dtype, copy=False)
