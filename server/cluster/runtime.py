"""A runtime whose graphs lie in replicas: `run` sends arrays to one of them and waits for its answer.

It knows no Ray either: what sends is handed in, with the errors that mean that a replica has died.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from models.adapter import GraphMismatch
from server.cluster.replica import About, Prepared, Refusal, digest_of
from server.errors import NoReplica
from server.runtimes import OutOfMemory, Running

log = logging.getLogger("latent_explorer")

# A request that meets a dying replica may meet it twice before Serve's router knows; it is answered all the same.
TRIES = 3
BEHIND = "on Ray Serve"
# (model, method of the replica, its arguments) -> what it answers; blocks until then.
Send = Callable[..., Any]


class ClusterGraph:
    """One ONNX file that replicas hold. Called from several threads, each of which waits for its own answer."""

    def __init__(self, runtime: ClusterRuntime, path: Path, digest: str, prepared: Prepared) -> None:
        self._runtime, self._path, self._digest, self._prepared = runtime, path, digest, prepared

    @property
    def rows(self) -> frozenset[str]:
        return self._prepared.rows

    @property
    def running(self) -> Running:
        """How the replica that was asked first runs it."""
        return replace(self._prepared.running, runtime=f"{self._prepared.running.runtime} {BEHIND}")

    def run(self, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run the graph and return the named outputs.

        Raises GraphMismatch where a replica has another version, OutOfMemory where it has no room for a single row.
        """
        asked = (str(self._path), self._digest, list(outputs), dict(feeds))
        answer = self._runtime.ask(self._path.parent.name, "run", *asked)
        if isinstance(answer, Refusal):
            raise OutOfMemory(answer.reason) if answer.full else GraphMismatch(answer.reason)
        return list(answer)


class ClusterRuntime:
    """Replicas as a `Runtime`. A graph has no state, so what a dying replica has not answered is asked again."""

    def __init__(self, send: Send, died: tuple[type[Exception], ...]) -> None:
        """Ask a replica what it runs on; waits until there is one. `died`: what `send` raises for one that died.

        Raises NoReplica, as everything here does, where none answers.
        """
        self._send, self._died = send, died
        self._about: About = self.ask("", "about")

    @property
    def name(self) -> str:
        return f"{self._about.name} {BEHIND}"

    @property
    def device(self) -> str:
        return self._about.device

    @property
    def batch(self) -> int:
        return self._about.batch

    def load(self, path: Path) -> ClusterGraph:
        digest = digest_of(path)
        answer: Prepared | Refusal = self.ask(path.parent.name, "prepare", str(path), digest)
        if isinstance(answer, Refusal):
            raise (OutOfMemory if answer.full else ValueError)(answer.reason)
        return ClusterGraph(self, path, digest, answer)

    def ask(self, model: str, method: str, *arguments: Any) -> Any:
        """Ask a replica, and another one if it dies before it answers."""
        for _ in range(TRIES):
            try:
                return self._send(model, method, *arguments)
            except self._died as wrong:
                log.warning("A replica died while it was asked (%s).", type(wrong).__name__)
        raise NoReplica("The replicas that were asked died before they answered. Try again in a moment.")
