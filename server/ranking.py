"""How unusual the point under a hand is, told beside its pictures: a moment later, and not for each of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from server.engine import Engine, Point, Rows
from server.errors import ExplorerError
from server.opened import OpenedModel

# Seconds: nobody reads a number that changes more often, and each costs as much as a small picture. All connections
# read at the same beats, so that the points of many are looked up in one pass.
GAP = 0.2


class Ranks:
    """Of one connection. The newest point counts: those between two readings are not measured."""

    def __init__(self, engine: Engine, tell: Callable[[int | None, float | None], Awaitable[None]]) -> None:
        """`tell` is called with a point's stamp and its percentile, None where the model has none to give."""
        self._engine = engine
        self._tell = tell
        self._newest: tuple[int | None, OpenedModel, Rows, str | None] | None = None
        self._telling: asyncio.Task[None] | None = None

    def follow(self, stamp: int | None, opened: OpenedModel, latent: Rows, space: str | None) -> None:
        """A picture of a point (1, D) is about to be sent."""
        self._newest = (stamp, opened, latent, space)
        if self._telling is None:
            self._telling = asyncio.create_task(self._run())

    def close(self) -> None:
        """Tell nothing more."""
        if self._telling is not None:
            self._telling.cancel()

    async def _run(self) -> None:
        try:
            while self._newest is not None:
                await asyncio.sleep(GAP - time.monotonic() % GAP)
                (stamp, opened, latent, space), self._newest = self._newest, None
                unusual = await self._engine.unusual(Point(opened, latent, space))
                await self._tell(stamp, None if unusual is None else round(unusual, 1))
        except (RuntimeError, ExplorerError):  # the connection has gone in between, or there is too much to do
            return
        finally:
            self._telling = None
