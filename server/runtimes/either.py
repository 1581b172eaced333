"""Two runtimes as one: what the first refuses to load, the second runs."""

from __future__ import annotations

import logging
from pathlib import Path

from server.runtimes import Loaded, Runtime

log = logging.getLogger("latent_explorer")


class Either:
    """Each graph is run by the first that loads it; the name and the device are the first one's."""

    def __init__(self, first: Runtime, second: Runtime) -> None:
        self._first, self._second = first, second

    @property
    def name(self) -> str:
        return self._first.name

    @property
    def device(self) -> str:
        return self._first.device

    @property
    def batch(self) -> int:
        """The smaller of the two: nobody asks which of them has a graph."""
        return min(self._first.batch, self._second.batch)

    def load(self, path: Path) -> Loaded:
        try:
            return self._first.load(path)
        except ValueError as reason:
            log.info("%s; %s on %s runs it", reason, self._second.name, self._second.device)
            return self._second.load(path)
