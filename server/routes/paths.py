"""Roads between points: what they are like, and the geodesic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from fastapi import APIRouter, Response

from models.latent import path_measures
from models.latent.path_measures import PathMeasures
from server.engine import Ask, Engine
from server.errors import BadRequest, TooLarge, Unsupported
from server.jobs import Work
from server.opened import OpenedModel
from server.routes.access import TheEngine
from server.routes.asking import as_array, ask
from server.routes.jobs import STARTED, TheDesk
from server.schemas.paths import MAX_KEYFRAMES, GeodesicRequest, RoadAnswer, RoadRequest

router = APIRouter(prefix="/api/models/{model_id}/paths", tags=["paths"])
MOST_POINTS = 1537  # of a measured road
MOST_DIMENSIONS = 128  # of a geodesic: its derivatives cost two pictures a dimension


@router.post("/measure", summary="Measure a road")
async def measure(model_id: str, request: RoadRequest, engine: TheEngine) -> RoadAnswer:
    """How far the picture moves at each step, and how unusual the points along the road are."""
    asked = ask(model_id, request, as_array(request.latents))
    opened = await engine.open(model_id, request.hash)
    engine.check(opened, asked)
    road = _road(asked, request)
    measured = await _measured(engine, opened, replace(asked, latents=road))
    return RoadAnswer(
        changes=np.round(measured.changes, 6).tolist(),
        unusual=None if measured.unusual is None else np.round(measured.unusual, 2).tolist(),
        length=measured.length,
        continuity=measured.continuity,
        fastest=measured.fastest,
        off=measured.off,
        sentence=path_measures.sentence(measured, _data(opened)),
    )


@router.post("/geodesic", summary="Find a geodesic", status_code=202, response_class=Response, responses=STARTED)
async def geodesic(model_id: str, request: GeodesicRequest, engine: TheEngine, desk: TheDesk) -> Response:
    """Starts a job of the kind `geodesic`; its result is a GeodesicAnswer as JSON.

    The road between two points along which the picture changes least and evenly, weighed against how unusual its points
    are. The result is kept: the same ends and lambda are answered at once the next time.
    """
    asked = ask(model_id, request, as_array(request.latents))
    opened = await engine.open(model_id, request.hash)
    engine.check(opened, asked)
    size = asked.latents.shape[1]
    if size > MOST_DIMENSIONS:
        raise Unsupported(f"A geodesic takes points of at most {MOST_DIMENSIONS} numbers, and these have {size}.")
    parameters = {
        "space": request.space or opened.model.default_space,
        "conditions": dict(asked.conditions),
        "psi": asked.psi,
        "noise_seed": asked.noise_seed,
        "weight": request.weight,
    }
    return await desk.begin(Work("geodesic", model_id, parameters, {"ends": asked.latents}))


def _road(asked: Ask, request: RoadRequest) -> path_measures.Floats:
    if request.method == "points":
        return asked.latents
    count = len(asked.latents)
    if count > MAX_KEYFRAMES:
        raise BadRequest(f"A road has at most {MAX_KEYFRAMES} keyframes, and these are {count}.", field="latents")
    if (count - 1) * request.steps + 1 > MOST_POINTS:
        raise TooLarge(f"A road is measured at up to {MOST_POINTS} points. Ask for fewer steps.", field="steps")
    return path_measures.through(asked.latents, request.method, request.steps)


async def _measured(engine: Engine, opened: OpenedModel, asked: Ask) -> PathMeasures:
    """Part by part, so that a frame of the live path comes in between."""
    found = []
    for rows in path_measures.parts(asked.latents):
        pictures = await engine.image(replace(asked, latents=rows))
        found.append(await engine.run(path_measures.changes, pictures))
    unusual = await engine.run(opened.percentiles, asked.latents, asked.space)
    return PathMeasures(np.concatenate(found), None if unusual is None else unusual.astype(float))


def _data(opened: OpenedModel) -> str:
    """What the points are that "unusual" compares with."""
    default = opened.default_set
    return "real pictures" if default is None or default.data else "generated pictures"
