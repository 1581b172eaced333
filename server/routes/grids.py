"""Traversals: how far they go, many single dimensions at once, and two dimensions together."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Response

from models.latent import grids, traversal
from server import reaches
from server.engine import Ask
from server.errors import BadRequest, TooLarge
from server.opened import OpenedModel
from server.routes import sheets
from server.routes.access import TheEngine
from server.routes.asking import as_array, ask
from server.schemas import MAX_ROWS
from server.schemas.grids import AxesAnswer, AxesQuery, AxisEntry, GridRequest, Line, StripsRequest

router = APIRouter(prefix="/api/models/{model_id}", tags=["traversals"])


@router.get("/axes", summary="See which values a traversal takes")
async def axes(model_id: str, query: Annotated[AxesQuery, Query()], engine: TheEngine) -> AxesAnswer:
    """The values of every dimension over the data, the prior or a free range, in the order of the sliders."""
    opened = await engine.open(model_id)
    return await engine.run(_axes, opened, query)


def _axes(opened: OpenedModel, query: AxesQuery) -> AxesAnswer:
    order = [int(slider["dim"]) for slider in reaches.sliders_of(opened, query.space)]
    spread = reaches.gaussians(opened, query.space, query.reach) if query.spacing == "quantiles" else None
    if spread is None:
        values = grids.even_steps(reaches.spans(opened, query.space, query.reach), query.steps)
        return AxesAnswer(axes=[AxisEntry(dim=d, values=values[d].tolist(), mean=None, std=None) for d in order])
    means, stds = spread
    values = grids.gaussian_steps(means, stds, query.steps)
    return AxesAnswer(
        axes=[AxisEntry(dim=d, values=values[d].tolist(), mean=float(means[d]), std=float(stds[d])) for d in order]
    )


@router.post("/strips", summary="Walk along many single dimensions", response_class=Response)
async def strips(model_id: str, request: StripsRequest, engine: TheEngine) -> Response:
    """One row of pictures a line: its dimension takes its values, in their order, while all others stay."""
    asked, size = await _checked(model_id, request, engine, request.lines)
    lengths = {len(line.values) for line in request.lines}
    if len(lengths) != 1:
        raise BadRequest("All lines must have the same number of values.", field="lines")
    steps = lengths.pop()
    _bounded(len(request.lines) * steps)
    walked = np.repeat(asked.latents[np.newaxis], len(request.lines), axis=0).repeat(steps, axis=1)  # (L, S, D)
    for row, line in zip(walked, request.lines, strict=True):
        row[:, line.dim] = line.values
    walked = traversal.in_all_styles(asked.latents[0], walked.reshape(-1, walked.shape[2]), size)
    pixels = await engine.decode(replace(asked, latents=walked))
    return await engine.run(sheets.respond, pixels, request.output, steps)


@router.post("/grid", summary="Spread two dimensions over a plane", response_class=Response)
async def grid(model_id: str, request: GridRequest, engine: TheEngine) -> Response:
    """All pairs of values of two dimensions: `across` from left to right, `up` from the top row to the last."""
    asked, size = await _checked(model_id, request, engine, [request.across, request.up])
    if request.across.dim == request.up.dim:
        raise BadRequest("A grid needs two different dimensions.", field="up")
    _bounded(len(request.across.values) * len(request.up.values))
    dims = (request.across.dim, request.up.dim)
    plane = grids.grid(asked.latents[0], dims, request.across.values, request.up.values)
    plane = traversal.in_all_styles(asked.latents[0], plane.reshape(-1, plane.shape[2]), size)
    pixels = await engine.decode(replace(asked, latents=plane))
    return await engine.run(sheets.respond, pixels, request.output, len(request.across.values))


async def _checked(
    model_id: str, request: StripsRequest | GridRequest, engine: TheEngine, lines: list[Line]
) -> tuple[Ask, int]:
    """The start of a traversal, whose lines are dimensions that the model has, and how many those are."""
    opened = await engine.open(model_id, request.hash)
    asked = ask(model_id, request, as_array(request.latents))
    engine.check(opened, asked)
    size = opened.style_size(request.space)
    if wrong := [line.dim for line in lines if line.dim >= size]:
        raise BadRequest(f"There is no dimension {wrong[0]}; they are numbered 0 to {size - 1}.", field="dims")
    return asked, size


def _bounded(pictures: int) -> None:
    if pictures > MAX_ROWS:
        raise TooLarge(f"That would be {pictures} pictures; one answer holds at most {MAX_ROWS}.", field="values")
