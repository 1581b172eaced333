"""Selections of rows: what is known of them, what they look like together, and what leads from one to another."""

from __future__ import annotations

import numpy as np
from fastapi import APIRouter, Response

from server import selecting
from server.classes import row_classes
from server.engine import Ask, Engine
from server.opened import OpenedModel, Points
from server.routes import sheets
from server.routes.access import TheEngine
from server.routes.facts import TheFacts
from server.schemas.selections import DirectionAnswer, DirectionRequest, PicturesRequest, Selected, SelectionAnswer
from server.selecting import Rows

router = APIRouter(prefix="/api/models/{model_id}", tags=["sets and maps"])
DRAWN = 256  # rows of a set without originals that are drawn for their average picture


@router.post("/sets/{set_name}/selection", summary="What is known of some rows of a set")
async def selection(
    model_id: str, set_name: str, request: Selected, engine: TheEngine, facts: TheFacts
) -> SelectionAnswer:
    """Count, mix of classes, factors and measures, each beside the whole set; the mean latent; typical and rare rows.

    `error` and `agreement` are known once /facts has been computed; until then `unusual` is measured on the spot, on
    a random 2,000 rows where there are more.
    """
    opened = await engine.open(model_id)
    points = await engine.run(opened.points, set_name)
    rows = await engine.run(selecting.chosen, points, request)
    measures = await facts.known(opened, set_name)
    return await engine.run(selecting.describe, opened, points, rows, measures)


@router.post(
    "/sets/{set_name}/selection/pictures", summary="What some rows look like together", response_class=Response
)
async def pictures(model_id: str, set_name: str, request: PicturesRequest, engine: TheEngine) -> Response:
    """Two pictures: the average of the rows' pictures, pixel by pixel, and what the decoder draws of their mean latent.

    Where a set has no originals, the first 256 rows are drawn for the average. A class that the decoder takes is the
    most frequent one among the rows.
    """
    opened = await engine.open(model_id)
    points = await engine.run(opened.points, set_name)
    rows = await engine.run(selecting.chosen, points, request)
    conditions = await engine.run(_conditions, opened, points, rows)
    mean = points.latents[rows].mean(axis=0, dtype=np.float64).astype(np.float32)[np.newaxis]
    drawn = await engine.decode(Ask(model_id, mean, points.spec.space, conditions))
    if points.pictures is not None and points.pictures.images.shape[1:] == drawn.shape[1:]:
        average = await engine.run(selecting.average, points.pictures, rows)
    else:
        average = await _drawn_average(
            engine, Ask(model_id, points.latents[rows[:DRAWN]], points.spec.space, conditions)
        )
    return await engine.run(sheets.respond, np.concatenate([average, drawn]), request.output, 2)


@router.post("/sets/{set_name}/directions", summary="What leads from one selection to another")
async def directions(model_id: str, set_name: str, request: DirectionRequest, engine: TheEngine) -> DirectionAnswer:
    """The difference of the two mean latents, its effect size, and how much of it chance could have made.

    `changes` says what else differs between the two: a direction that is meant to change one thing often changes more.
    """
    opened = await engine.open(model_id)
    points = await engine.run(opened.points, set_name)
    start = await engine.run(selecting.chosen, points, request.start, "start")
    end = await engine.run(selecting.chosen, points, request.end, "end")
    return await engine.run(selecting.direction, points, start, end, request.seed)


def _conditions(opened: OpenedModel, points: Points, rows: Rows) -> dict[str, int]:
    """The most frequent class among the rows, for each condition."""
    return {name: int(np.bincount(values[rows]).argmax()) for name, values in row_classes(opened, points).items()}


async def _drawn_average(engine: Engine, ask: Ask) -> np.ndarray:
    pixels = await engine.decode(ask)
    return np.asarray(np.rint(pixels.mean(axis=0, dtype=np.float64))[np.newaxis], np.uint8)
