"""How the groups of a set fare, and how its latents are distributed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from server import grouping, measuring
from server.routes.access import TheEngine
from server.routes.facts import TheFacts
from server.routes.jobs import FOUND, TheDesk
from server.schemas.groups import GroupsAnswer, HistogramsAnswer

router = APIRouter(prefix="/api/models/{model_id}", tags=["sets and maps"])


@router.get(
    "/sets/{set_name}/groups",
    summary="Error and agreement in each group of a set",
    responses={200: {"model": GroupsAnswer}, **FOUND},
    response_class=Response,
)
async def groups(
    model_id: str,
    set_name: str,
    engine: TheEngine,
    desk: TheDesk,
    facts: TheFacts,
    by: Annotated[str, Query(description="`label`, or the name of a factor.", max_length=64)] = grouping.LABEL,
) -> Response:
    """The mean reconstruction error and the neighbours' agreement in each class, category, or third of a factor.

    200 where /facts is known, else 202 with the job that computes it.
    """
    opened = await engine.open(model_id)
    points = await engine.run(opened.points, set_name)
    await engine.run(grouping.known, points, by)  # before anything is computed for a group that is not there
    work = await facts.work(opened, set_name)
    found = await desk.known(work)
    if found is None:
        return await desk.begin(work)
    measures = await engine.run(measuring.read, found.content)
    answer = await engine.run(grouping.groups, points, by, measures)
    return Response(answer.model_dump_json(), media_type="application/json")


@router.get("/sets/{set_name}/histograms", summary="How the latents of a set are distributed, and the rarest of them")
async def histograms(
    model_id: str,
    set_name: str,
    engine: TheEngine,
    bins: Annotated[int, Query(ge=2, le=200, description="Equally wide ones, from the least to the largest.")] = 30,
) -> HistogramsAnswer:
    """Each active dimension's histogram, and the rows that lie where few others do.

    A row is as rare in a dimension as 1 over the share of its bin, and in all as in the dimension where it is the
    rarest (Amini et al. 2019 with the maximum in place of the product; smoothing 0.001).
    """
    opened = await engine.open(model_id)
    points = await engine.run(opened.points, set_name)
    return await engine.run(grouping.histograms, opened, points, bins)
