"""Maps of a set: fitted by a job where they are not there, points placed on them, and the way back."""

from __future__ import annotations

import json
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response

from models.analysis.maps import METHODS
from server.errors import BadRequest, NotReady
from server.maps import KIND, Chosen, Maps, choose
from server.projection import Projection
from server.routes import sheets
from server.routes.access import TheEngine
from server.routes.asking import as_array
from server.routes.jobs import TheDesk
from server.routes.mapped import chosen_by
from server.routes.sets import CACHE, unchanged
from server.schemas import Name, PlaceRequest
from server.schemas.jobs import JobAnswer
from server.schemas.maps import (
    MethodEntry,
    MethodList,
    ParameterEntry,
    ProjectionFacts,
    ProjectionQuery,
    UnplaceRequest,
)

router = APIRouter(prefix="/api/models/{model_id}/projection", tags=["sets and maps"])
FITTED: dict[int | str, dict[str, Any]] = {
    200: {"description": "The positions as bytes. X-Projection holds ProjectionFacts as JSON."},
    202: {"model": JobAnswer, "description": "It has to be fitted first; Location says where to follow the job."},
}


class Asked:
    """The map that a request's address names."""

    def __init__(
        self, model_id: str, query: Annotated[ProjectionQuery, Query()], engine: TheEngine, desk: TheDesk
    ) -> None:
        self.model_id, self.query, self.engine, self.desk = model_id, query, engine, desk
        self.maps: Maps = desk.request.app.state.maps

    async def chosen(self) -> Chosen:
        """Which map that is. Raises NotFound for a set that is none, BadRequest, TooLarge."""
        return await chosen_by(self.engine, await self.engine.open(self.model_id), self.query)

    async def find(self, chosen: Chosen) -> Projection | None:
        """The map, None where it has to be fitted."""
        return await self.maps.find(chosen, visitor=self.desk.visitor.id)

    async def get(self, chosen: Chosen | None = None) -> Projection:
        """The map. Raises NotReady where it has to be fitted."""
        chosen = chosen or await self.chosen()
        found = await self.find(chosen)
        if found is None:
            raise NotReady(
                f"This {chosen.method.title} map has not been computed yet: GET the same address without /place, "
                "/unplace or /trust first, and follow the job that it starts.",
                field="method",
            )
        return found


TheMap = Annotated[Asked, Depends(Asked)]


@router.get("", summary="A map of a set: one position a point", response_class=Response, responses=FITTED)
async def projection(asked: TheMap, request: Request) -> Response:
    """Positions as little-endian float32, (points, dims) in row order, not rescaled, y up; X-Shape says their shape.

    PCA and the maps that come with a model are there at once. Any other is fitted by a job: the answer is 202 with the
    job, and when that is done the same address answers with the positions, also after a restart.
    """
    chosen = await asked.chosen()
    headers = {"ETag": f'"{chosen.tag}"', "Cache-Control": CACHE}
    if unchanged(request, headers):
        return Response(status_code=304, headers=headers)
    found = await asked.find(chosen)
    if found is None:
        begun = await asked.desk.begin(chosen.work)
        found = await asked.find(chosen) if begun.status_code == 200 else None  # done in this very moment
        if found is None:
            begun.headers["Cache-Control"] = "no-store"
            return begun
    about = ProjectionFacts(**found.about).model_dump(exclude_none=False)
    return sheets.floats(found.positions, {"X-Projection": json.dumps(about), **headers})


@router.get("/trust", summary="How far to trust a map")
async def trusted(asked: TheMap) -> ProjectionFacts:
    """What X-Projection says of the map, trust included: of a PCA that did not ship it takes longer than the map."""
    chosen = await asked.chosen()
    return ProjectionFacts(**(await asked.maps.judged(chosen, await asked.get(chosen))).about)


@router.get("/methods", summary="The methods of the map")
async def methods(model_id: str, engine: TheEngine, desk: TheDesk, set: Name = "reference") -> MethodList:  # noqa: A002
    """What each one does, what can be set of it, and whether its standard map of the set is there at once."""
    opened = await engine.open(model_id)
    points = await engine.run(opened.points, set)
    known: Maps = desk.request.app.state.maps
    dims = [each for each in (2, 3) if each <= points.latents.shape[1]]
    found = []
    for method in METHODS:
        ready = {}
        for each in dims:
            try:
                chosen = choose(opened, points, method=method.name, dims=each)
            except BadRequest:  # too few points
                continue
            ready[each] = await known.ready(chosen, visitor=desk.visitor.id)
        found.append(
            MethodEntry(
                name=method.name,
                title=method.title,
                description=method.description,
                parameters=[ParameterEntry(**vars(parameter)) for parameter in method.parameters],
                dims=list(ready),
                ready=ready.get(2, False),
                ready_3d=ready.get(3, False),
            )
        )
    return MethodList(methods=found)


@router.post("/warm", summary="Let the fits get ready", status_code=204)
async def warm(model_id: str, engine: TheEngine, desk: TheDesk) -> Response:
    """Starts the process that fits maps, so that the first fit need not wait until its libraries are compiled."""
    engine.catalog.ready(model_id)
    await desk.jobs.warm(KIND)
    return Response(status_code=204)


@router.post("/place", summary="Where points would lie on a map", response_class=Response)
async def place(asked: TheMap, body: PlaceRequest) -> Response:
    """Positions of any latents on the map that the query names, as float32 like the map itself.

    Exact for PCA; else the mean of the positions of the ten nearest points, the nearer the more.
    """
    found = await asked.get()
    latents = as_array(body.latents)
    size = found.latents.shape[1]
    if latents.shape[1] != size:
        raise BadRequest(f"Each row must have the {size} numbers of the set's space.", field="latents")
    return sheets.floats(await asked.engine.run(found.place, latents))


@router.post("/unplace", summary="What lies at places of a map", response_class=Response)
async def unplace(asked: TheMap, body: UnplaceRequest) -> Response:
    """Latents as little-endian float32, (places, dimensions): the way back from the map that the query names.

    For PCA the latent in the map's plane; else the mean of the latents of the ten points nearest on the map.
    """
    found = await asked.get()
    dims = found.positions.shape[1]
    if {len(row) for row in body.positions} != {dims}:
        raise BadRequest(f"Each position must have the {dims} numbers of the map's axes.", field="positions")
    return sheets.floats(await asked.engine.run(found.unplace, np.array(body.positions, np.float32)))
