"""A set as a file for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from server import exporting
from server.routes.access import TheEngine
from server.routes.facts import TheFacts
from server.routes.mapped import TheMaps
from server.schemas.export import ExportQuery

router = APIRouter(prefix="/api/models/{model_id}", tags=["sets and maps"])


@router.get(
    "/sets/{set_name}/export",
    summary="A set's positions, latents, labels and factors as CSV, Parquet or .npy",
    response_class=StreamingResponse,
)
async def export(
    model_id: str,
    set_name: str,
    query: Annotated[ExportQuery, Query()],
    engine: TheEngine,
    maps: TheMaps,
    facts: TheFacts,
) -> StreamingResponse:
    """Streamed, one line a row. `map_x`, `map_y` are positions on the map that the query names, if it names a method.

    Then the latents, `label`, each factor, and `error`, `unusual` and `agrees` once /facts has been computed. In .npy
    the file is one structured array, in which `latents` and `map` are fields of several numbers.
    """
    opened = await engine.open(model_id)
    points = await engine.run(opened.points, set_name)
    here = query.model_copy(update={"set": set_name})
    positions = (await maps.get(opened, here)).positions if query.positioned else None
    measures = await facts.known(opened, set_name)
    table = await engine.run(exporting.Table, points, positions, measures)
    parts: Iterator[bytes] = {"csv": table.csv, "parquet": table.parquet, "npy": table.npy}[query.format]()
    name = f"{model_id}-{points.spec.name}.{query.format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return StreamingResponse(parts, media_type=exporting.MEDIA_TYPES[query.format], headers=headers)
