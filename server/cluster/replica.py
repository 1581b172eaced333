"""What a replica does: it holds the graphs of models and runs them. It knows no Ray and is tested without."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from server.runtimes import Loaded, OutOfMemory, Running, Runtime

Feeds = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class About:
    """What runs the graphs of a replica, as `Runtime` says it."""

    name: str
    device: str
    batch: int


@dataclass(frozen=True)
class Refusal:
    """An answer in place of arrays: why this replica cannot run the graph. No exception, for those arrive wrapped."""

    reason: str
    full: bool = False  # whether the reason is memory


@dataclass(frozen=True)
class Prepared:
    """What a replica tells of a graph that it has loaded, as `Loaded` says it."""

    rows: frozenset[str]
    running: Running


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex: what says that two machines mean the same graph."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class ModelGraphs:
    """The graphs of one model, each loaded when first asked for. Called from several threads."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._loaded: dict[tuple[str, str], Loaded] = {}
        self._lock = threading.Lock()

    def prepare(self, path: str, digest: str) -> Prepared | Refusal:
        """Load a graph; a Refusal where this machine has another one under its name, or none that can be loaded."""
        try:
            graph = self._graph(Path(path), digest)
        except (ValueError, OSError) as wrong:
            return Refusal(str(wrong), isinstance(wrong, OutOfMemory))
        return Prepared(graph.rows, graph.running)

    def run(self, path: str, digest: str, outputs: Sequence[str], feeds: Feeds) -> list[NDArray[Any]] | Refusal:
        """Run a graph and return the named outputs; a Refusal as for `prepare`."""
        try:
            graph = self._graph(Path(path), digest)
        except (ValueError, OSError) as wrong:
            return Refusal(str(wrong), isinstance(wrong, OutOfMemory))
        try:
            return graph.run(outputs, feeds)
        except OutOfMemory as full:
            return Refusal(str(full), full=True)

    def _graph(self, path: Path, digest: str) -> Loaded:
        with self._lock:
            if (path.name, digest) not in self._loaded:
                if digest_of(path) != digest:
                    raise ValueError(
                        f"A replica has another version of {path.parent.name}/{path.name} than the server that asks "
                        "it. All machines need the same checkpoints."
                    )
                graph = self._runtime.load(path)
                # One that the file no longer holds is not asked for again.
                self._loaded = {key: each for key, each in self._loaded.items() if key[0] != path.name}
                self._loaded[path.name, digest] = graph
            return self._loaded[path.name, digest]
