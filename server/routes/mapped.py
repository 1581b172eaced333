"""A map that other answers are drawn on: its positions, and where other latents would lie on it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from server.engine import Engine
from server.errors import NotReady
from server.maps import Chosen, Maps, choose
from server.opened import OpenedModel
from server.projection import Projection
from server.routes.access import TheEngine
from server.routes.jobs import TheDesk
from server.schemas.maps import ProjectionQuery


async def chosen_by(engine: Engine, opened: OpenedModel, query: ProjectionQuery) -> Chosen:
    """Which map a query names. Raises NotFound for a set that is none, BadRequest, TooLarge."""
    points = await engine.run(opened.points, query.set)
    return choose(
        opened,
        points,
        method=query.method,
        dims=query.dims,
        seed=query.seed,
        parameters=query.parameters,
        control=query.control,
        space=query.space,
    )


class Mapped:
    """The maps that are computed already."""

    def __init__(self, engine: TheEngine, desk: TheDesk) -> None:
        self._engine: Engine = engine
        self._visitor = desk.visitor.id
        self._maps: Maps = desk.request.app.state.maps

    async def get(self, opened: OpenedModel, query: ProjectionQuery) -> Projection:
        """The map of the query's set. Raises NotFound, BadRequest, TooLarge, and NotReady where it has to be fitted."""
        chosen = await chosen_by(self._engine, opened, query)
        found = await self._maps.find(chosen, visitor=self._visitor)
        if found is None:
            raise NotReady(
                f"This {chosen.method.title} map has not been computed yet: GET /projection with the same query first, "
                "and follow the job that it starts.",
                field="method",
            )
        return found


TheMaps = Annotated[Mapped, Depends(Mapped)]
