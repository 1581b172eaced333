"""What a generator covers of its data, and where on a map it does not."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray

from models.analysis.regions import regions
from server import covering, kept
from server.errors import BadRequest
from server.jobs import Work
from server.opened import Points
from server.routes.access import TheEngine
from server.routes.asking import Floats
from server.routes.jobs import FOUND, TheDesk
from server.routes.mapped import TheMaps
from server.schemas.coverage import CoverageAnswer, CoverageMap, CoverageQuery, RegionEntry

router = APIRouter(prefix="/api/models/{model_id}", tags=["sets and maps"])
EXAMPLES = 12
MOST_REGIONS = 12


@router.get(
    "/coverage",
    summary="Which real pictures a generator's samples reach",
    response_class=Response,
    responses={200: {"model": CoverageAnswer}, **FOUND},
)
async def coverage(model_id: str, engine: TheEngine, desk: TheDesk) -> Response:
    """Coverage after Naeem et al. 2020, in all and by class; over the training, for a model that keeps its steps.

    A real picture is reached where some sample is at most as far from it as its 5th nearest other real picture. 200
    where it is known, else 202 with the job that computes it.
    """
    opened = await engine.open(model_id)
    work = Work("coverage", model_id, await engine.run(covering.versions, opened))
    found = await desk.known(work)
    if found is None:
        return await desk.begin(work)
    document, _ = await engine.run(kept.unpack, found.content)
    return Response(CoverageAnswer(**document).model_dump_json(), media_type="application/json")


@router.get(
    "/coverage/map",
    summary="Where on a map no sample comes",
    response_class=Response,
    responses={200: {"model": CoverageMap}, **FOUND},
)
async def coverage_map(
    model_id: str, query: Annotated[CoverageQuery, Query()], engine: TheEngine, desk: TheDesk, maps: TheMaps
) -> Response:
    """Encoded samples on the map of the real pictures' set, the rows that none reaches, and regions of such rows."""
    if query.dims != 2:
        raise BadRequest("Regions are found on flat maps: ask for 2 dimensions.", field="dims")
    opened = await engine.open(model_id)
    work = Work("coverage", model_id, await engine.run(covering.versions, opened))
    points = await engine.run(covering.real_set, opened)
    if (await engine.run(opened.points, query.set)).spec.name != points.spec.name:
        raise BadRequest(f"Coverage is shown on maps of the set {points.spec.name}.", field="set")
    projection = await maps.get(opened, query)
    found = await desk.known(work)
    if found is None:
        return await desk.begin(work)
    _, arrays = await engine.run(kept.unpack, found.content)
    step = len(arrays["reached"]) - 1 if query.step is None else query.step
    if step >= len(arrays["reached"]):
        raise BadRequest(f"The steps are numbered from 0 to {len(arrays['reached']) - 1}.", field="step")
    samples = await engine.run(projection.place, arrays["samples"][step])
    answer = await engine.run(_map, points, projection.positions, samples, arrays["reached"][step], step)
    return Response(answer.model_dump_json(), media_type="application/json")


def _map(points: Points, positions: Floats, samples: Floats, reached: NDArray[np.bool_], step: int) -> CoverageMap:
    count = len(reached)
    found = regions(positions[:count], ~reached)
    return CoverageMap(
        step=step,
        samples=[(float(x), float(y)) for x, y in np.round(samples.astype(float), 4)],
        unreached=np.flatnonzero(~reached).tolist(),
        judged=count,
        regions=[
            RegionEntry(
                count=len(region.rows),
                share=len(region.rows) / count,
                centre=region.centre,
                classes=_mix(points, region.rows),
                rows=region.rows[:EXAMPLES].tolist(),
            )
            for region in found[:MOST_REGIONS]
        ],
    )


def _mix(points: Points, rows: NDArray[np.int64]) -> list[tuple[str, float]]:
    if points.pictures is None:
        return []
    names: Any = points.pictures.info.classes
    counts = np.bincount(points.pictures.labels[rows], minlength=len(names))
    return [(names[i], float(counts[i] / len(rows))) for i in np.argsort(-counts, kind="stable") if counts[i]]
