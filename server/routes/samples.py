"""Sheets of samples: many draws at once, each with a seed of its own."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query

from server.errors import BadRequest
from server.opened import OpenedModel
from server.routes.access import TheEngine
from server.schemas import Name
from server.schemas.samples import SheetAnswer

router = APIRouter(prefix="/api/models/{model_id}", tags=["pictures and latents"])
LAST_SEED = 2**32 - 1


@router.get("/sample/sheet", summary="Draw many latents, each with a seed of its own")
async def draw_sheet(
    model_id: str,
    engine: TheEngine,
    seed: Annotated[int, Query(ge=0, le=LAST_SEED, description="Of the first row.")] = 1,
    count: Annotated[int, Query(ge=1, le=256)] = 24,
    sampler: Annotated[Name | None, Query(description="As for /sample.")] = None,
    space: Annotated[Literal["z"] | None, Query(description="As for /sample.")] = None,
) -> SheetAnswer:
    """Row i is what /sample draws with the seed `seed + i`, so that each picture can be found again alone."""
    if seed + count - 1 > LAST_SEED:
        raise BadRequest(f"The last seed of the sheet would be above {LAST_SEED}.", field="seed")
    opened = await engine.open(model_id)
    in_z = space == "z" and opened.model.default_space != "z"
    if in_z and sampler is not None:
        raise BadRequest("Only the prior is drawn in z; leave out the sampler.", field="sampler")
    return await engine.run(_sheet, opened, seed, count, sampler, in_z)


def _sheet(opened: OpenedModel, seed: int, count: int, sampler: str | None, in_z: bool) -> SheetAnswer:
    draw = opened.draw_z if in_z else opened.source(sampler)
    rows = np.concatenate([draw(1, each) for each in range(seed, seed + count)])
    unusual = opened.percentiles(rows, "z" if in_z else None)
    return SheetAnswer(
        latents=rows.astype(float).tolist(),
        seed=seed,
        sampler="prior" if in_z else sampler or opened.samplers[0].name,
        unusual=None if unusual is None else np.round(unusual.astype(float), 1).tolist(),
    )
