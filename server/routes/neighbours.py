"""The nearest rows of a set to any latents."""

from __future__ import annotations

import numpy as np
from fastapi import APIRouter

from server.errors import BadRequest, Unsupported
from server.opened import OpenedModel, Points
from server.routes.access import TheEngine
from server.routes.asking import Floats, as_array
from server.schemas.neighbours import NeighboursAnswer, NeighboursRequest

router = APIRouter(prefix="/api/models/{model_id}", tags=["sets and maps"])


@router.post("/sets/{set_name}/neighbours", summary="The nearest rows of a set to some latents")
async def neighbours(model_id: str, set_name: str, request: NeighboursRequest, engine: TheEngine) -> NeighboursAnswer:
    """Exact search over the active dimensions, each in units of its standard deviation over the default set.

    A row that equals the latent is not its own neighbour.
    """
    opened = await engine.open(model_id)
    points = await engine.run(opened.points, set_name)
    latents = as_array(request.latents)
    if latents.shape[1] != points.latents.shape[1]:
        raise BadRequest(
            f"Each row must have the {points.latents.shape[1]} numbers of the set's space.", field="latents"
        )
    return await engine.run(_search, opened, points, latents, request.count)


def _search(opened: OpenedModel, points: Points, latents: Floats, count: int) -> NeighboursAnswer:
    nearest = opened.nearest(points)
    if nearest is None or len(points.latents) < 2:
        raise Unsupported("The points of this set do not differ, so none is nearer than another.", field="set")
    rows, distances = nearest(latents, count)
    names = [*(points.pictures.info.classes if points.pictures else ()), None]
    labels = points.pictures.labels[rows] if points.pictures else np.full(rows.shape, -1)
    return NeighboursAnswer(
        rows=rows.tolist(),
        distances=np.round(distances.astype(float), 5).tolist(),
        labels=[[names[label] for label in row] for row in labels.tolist()],  # -1, for none, is the last one
    )
