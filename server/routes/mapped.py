"""A map that other answers are drawn on: its positions, and where other latents would lie on it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from server.engine import Engine
from server.errors import BadRequest
from server.opened import OpenedModel
from server.routes.access import TheEngine
from server.routes.asking import Floats
from server.routes.sets import _map
from server.schemas import ProjectionQuery


class Mapped:
    """The maps that are computed already."""

    def __init__(self, engine: TheEngine) -> None:
        self._engine: Engine = engine

    async def positions(self, opened: OpenedModel, query: ProjectionQuery) -> Floats:
        """Where each row of the query's set lies, (N, dims). Raises NotFound for a map that is not computed."""
        points = await self._engine.run(opened.points, query.set)
        found = await self._engine.run(_map, opened, query)
        return await self._engine.run(found.project, points.latents)

    async def place(self, opened: OpenedModel, query: ProjectionQuery, latents: Floats) -> Floats:
        """Where latents (N, D) would lie. Raises as `positions`, BadRequest for latents of another size."""
        found = await self._engine.run(_map, opened, query)
        if latents.shape[1] != len(found.mean):
            raise BadRequest(f"Each row must have the {len(found.mean)} numbers of the set's space.", field="latents")
        return await self._engine.run(found.project, latents)


TheMaps = Annotated[Mapped, Depends(Mapped)]
