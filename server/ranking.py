"""How unusual the point under a hand is, told beside its pictures: a moment later, and not for each of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.engine import Engine
from server.errors import ExplorerError
from server.opened import OpenedModel

GAP = 0.1  # seconds: nobody reads a number that changes more often, and each costs as much as a small picture


@dataclass(frozen=True)
class Place:
    """A point that a picture was drawn of."""

    stamp: int | None
    opened: OpenedModel
    latents: NDArray[np.float32]  # (1, D)
    space: str | None


class Ranks:
    """Of one connection. The newest point counts: those between two readings are not measured."""

    def __init__(self, engine: Engine, tell: Callable[[int | None, float | None], Awaitable[None]]) -> None:
        """`tell` is called with a point's stamp and its percentile, None where the model has none to give."""
        self._engine = engine
        self._tell = tell
        self._newest: Place | None = None
        self._telling: asyncio.Task[None] | None = None
        self._last = 0.0

    def follow(self, place: Place) -> None:
        """A picture of this point is about to be sent."""
        self._newest = place
        if self._telling is None:
            self._telling = asyncio.create_task(self._run())

    def close(self) -> None:
        """Tell nothing more."""
        if self._telling is not None:
            self._telling.cancel()

    async def _run(self) -> None:
        try:
            while self._newest is not None:
                await asyncio.sleep(max(0.0, self._last + GAP - time.monotonic()))
                place, self._newest = self._newest, None
                rank = await self._engine.run_for_hand(place.opened.rank, place.latents, place.space)
                self._last = time.monotonic()
                await self._tell(place.stamp, None if rank is None else round(rank.percentile, 1))
        except (RuntimeError, ExplorerError):  # the connection has gone in between, or there is too much to do
            return
        finally:
            self._telling = None
