"""Measures of every row of a set: a job, for a set may have ten thousand pictures to draw again."""

from __future__ import annotations

from fastapi import APIRouter, Response

from server.jobs import Work
from server.measuring import versions
from server.routes.access import TheEngine
from server.routes.jobs import STARTED, TheDesk

router = APIRouter(prefix="/api/models/{model_id}", tags=["sets and maps"])


@router.get(
    "/sets/{set_name}/measures",
    summary="How well each picture of a set is drawn again, and how unusual it is",
    status_code=202,
    response_class=Response,
    responses=STARTED,
)
async def measures(model_id: str, set_name: str, engine: TheEngine, desk: TheDesk) -> Response:
    """Starts a job of the kind `measures`, or finds it done. Its result is an Arrow IPC stream in row order.

    `error`, float32: mean squared error of the reconstruction, pictures in [0, 1]; null in sets without original
    pictures. `unusual`, float32: percentile among held-out points of the default set, 0 to 100. `distance`, float32:
    what `unusual` ranks, the mean distance to the 10 nearest points in standard deviations. Both are null in sets of
    another space.
    """
    opened = await engine.open(model_id)
    return await desk.begin(Work("measures", model_id, await engine.run(versions, opened, set_name)))
