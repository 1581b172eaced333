"""What can be said about an upload beside its place: which known pictures are near it, and in what sense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Form

from models.data.reading import Reading, trusted
from server import nearness
from server.nearness import Neighbour
from server.opened import OpenedModel
from server.placing import place
from server.routes import uploads
from server.routes.access import TheEngine
from server.routes.uploads import Classes, Crop, Force, Picture, Skip
from server.schemas.explaining import ExplainAnswer, NeighbourEntry, ReadingEntry

router = APIRouter(prefix="/api/models/{model_id}", tags=["pictures and latents"])


@router.post("/explain", summary="Find the known pictures nearest to an upload, in three senses")
async def explain(
    model_id: str,
    file: Picture,
    engine: TheEngine,
    skip: Skip = "",
    force: Force = "",
    crop: Crop = "",
    conditions: Classes = "",
    nearest: Annotated[int, Form(ge=1, le=50, description="How many in each sense.")] = 5,
) -> ExplainAnswer:
    """Nearest by pixels, by latent and by factor (pose, shape, class: what the set knows of its pictures).

    The factors of an upload are read off its pixels by ridge regression, and how far each reading can be trusted stands
    beside it; of a picture that is in the set the true ones are taken. Nothing of the upload is kept.
    """
    opened = await engine.open(model_id)
    prepared = await uploads.prepared(engine, opened, file, skip, force, crop)
    placed = await place(engine, opened, prepared.pixels[np.newaxis], uploads.conditions(conditions))
    found = await engine.run(nearness.nearest, opened, prepared.pixels, placed.posterior.mean[0], nearest)
    return _answer(opened, found)


def _answer(opened: OpenedModel, found: nearness.Nearness | None) -> ExplainAnswer:
    default = opened.default_set
    return ExplainAnswer(
        set=default.name if default is not None else None,
        known=found.known if found else None,
        by_pixels=_entries(found.pixels) if found else None,
        by_latent=_entries(found.latent) if found else None,
        by_factors=_entries(found.factors) if found else None,
        readings=[_reading(each) for each in found.readings] if found else [],
        strange=found.strange if found else None,
        hash=opened.hash,
    )


def _entries(found: Sequence[Neighbour] | None) -> list[NeighbourEntry] | None:
    return None if found is None else [NeighbourEntry(**asdict(each)) for each in found]


def _reading(reading: Reading) -> ReadingEntry:
    categories = reading.categories
    return ReadingEntry(
        name=reading.name,
        kind=reading.kind,
        value=None if categories else reading.value,
        category=categories[int(reading.value)] if categories else None,
        trust=reading.trust,
        used=trusted(reading),
    )
