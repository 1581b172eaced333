"""Where on a map most points lie: a grid of densities, and the levels of its contours."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query, Response

from models.latent.contours import contours
from server.errors import BadRequest
from server.routes import sheets
from server.routes.access import TheEngine
from server.routes.mapped import TheMaps
from server.schemas.maps import ProjectionQuery

router = APIRouter(prefix="/api/models/{model_id}", tags=["sets and maps"])


@router.get("/projection/density", summary="The density of a set on a flat map", response_class=Response)
async def density(
    model_id: str, query: Annotated[ProjectionQuery, Query()], engine: TheEngine, maps: TheMaps
) -> Response:
    """A grid as float32, (96, 96): row i is y from low to high, a value stands for the middle of its cell.

    X-Density is JSON: `extent` (x from, x to, y from, y to: the outer edges of the grid), and `levels`, above which
    lie the `shares` of the points. The query is that of the map, which must be flat.
    """
    if query.dims != 2:
        raise BadRequest("Contours are drawn on flat maps: ask for 2 dimensions.", field="dims")
    opened = await engine.open(model_id)
    positions = (await maps.get(opened, query)).positions
    if len(positions) < 2:
        raise BadRequest("A single point has no density.", field="set")
    found = await engine.run(contours, positions)
    about = json.dumps({"extent": found.extent, "shares": found.shares, "levels": found.levels})
    return sheets.floats(found.values, {"X-Density": about, "Cache-Control": "private, max-age=600"})
