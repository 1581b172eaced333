"""How unusual the point under a hand is, told beside its pictures: a moment later, and not for each of them."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable

import numpy as np

from server.engine import Engine, Point, Rows
from server.errors import ExplorerError
from server.opened import OpenedModel

# Seconds: nobody reads a number that changes more often, and each costs as much as a small picture. All connections
# read at the same beats, so that the points of many are looked up in one pass.
GAP = 0.2

Tell = Callable[
    [int, float | None], object
]  # a point's stamp and its percentile, None where the model has none to give

_Newest = dict[Tell, tuple[int, OpenedModel, Rows, str | None]]  # stamp, model, latent and space, by whom it is told to


class Ranks:
    """Of all connections. The newest point of each counts: those between two beats are not measured."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._newest: _Newest = {}
        self._beating: asyncio.Task[None] | None = None

    def follow(self, tell: Tell, stamp: int, opened: OpenedModel, latent: Rows, space: str | None) -> None:
        """A picture of a point (1, D) is about to be sent; `tell` is called at the next beat."""
        self._newest[tell] = (stamp, opened, latent, space)
        if self._beating is None:
            # In a context of its own: what is looked up for all is nobody's request.
            self._beating = asyncio.get_running_loop().create_task(self._beat(), context=contextvars.Context())

    def forget(self, tell: Tell) -> None:
        """Tell it nothing more."""
        self._newest.pop(tell, None)

    async def _beat(self) -> None:
        try:
            while self._newest:
                await asyncio.sleep(GAP - time.monotonic() % GAP)
                newest, self._newest = self._newest, {}
                alike: dict[tuple[OpenedModel, str | None], list[Tell]] = {}
                for tell, (_, opened, _, space) in newest.items():
                    alike.setdefault((opened, space), []).append(tell)
                await asyncio.gather(
                    *(self._look(opened, space, who, newest) for (opened, space), who in alike.items())
                )
        finally:
            self._beating = None

    async def _look(self, opened: OpenedModel, space: str | None, who: list[Tell], newest: _Newest) -> None:
        """Look up the points of one model and space, and tell each of them."""
        rows = np.concatenate([newest[tell][2] for tell in who])
        try:
            found = await self._engine.unusual(Point(opened, rows, space))
        except (RuntimeError, ExplorerError):  # the server ends, or has too much to do
            return
        for index, tell in enumerate(who):
            tell(newest[tell][0], None if found is None else round(float(found[index]), 1))
