"""The search for the latent that draws an upload best."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Form, Response
from numpy.typing import NDArray

from server.engine import Ask, Engine, check_conditions
from server.errors import BadRequest
from server.jobs import Work
from server.opened import OpenedModel
from server.placing import place
from server.routes import uploads
from server.routes.access import TheEngine
from server.routes.jobs import STARTED, TheDesk
from server.routes.uploads import Classes, Crop, Force, Picture, Skip
from server.schemas import Name

router = APIRouter(prefix="/api/models/{model_id}", tags=["pictures and latents"])
Floats = NDArray[np.float32]


@router.post(
    "/inversion", summary="Refine an upload's place", status_code=202, response_class=Response, responses=STARTED
)
async def inversion(
    model_id: str,
    file: Picture,
    engine: TheEngine,
    desk: TheDesk,
    skip: Skip = "",
    force: Force = "",
    crop: Crop = "",
    conditions: Classes = "",
    space: Annotated[Name | None, Form(description="Where to look: z, w or w+; the model's default if absent.")] = None,
    steps: Annotated[int, Form(ge=1, le=200, description="Steps of the search, those of all starts together.")] = 40,
    psi: Annotated[float, Form(ge=0.0, le=2.0, description="Truncation psi with which pictures are drawn.")] = 1.0,
    noise_seed: Annotated[int, Form(ge=0, le=2**32 - 1, description="Seed of the noise, which stays as it is.")] = 0,
    noise: Annotated[bool, Form(description="False: the noise inputs are zero.")] = True,
) -> Response:
    """Starts a job of the kind `inversion`, which needs no encoder. Nothing of the upload is written anywhere.

    While it runs, `partial` holds `latent` (a row), `error` (mean squared) and `curve` (the error after each step). The
    result is JSON with the same and `space`, `psnr`, `starts`, `unusual`, `conditions` and `hash`.
    """
    opened = await engine.open(model_id)
    where = space or opened.model.default_space
    given = uploads.conditions(conditions)
    ask = Ask(model_id, np.zeros((1, _size(opened, where)), np.float32), where, given, psi, noise_seed)
    engine.check(opened, ask)
    if psi != 1.0 and not (opened.manifest.spaces and opened.manifest.spaces.truncation):
        raise BadRequest(f"{model_id} has no truncation, so psi must be 1.", field="psi")
    prepared = await uploads.prepared(engine, opened, file, skip, force, crop, to_encode=False)
    encoded, classes = await _start(engine, opened, prepared.pixels, given, where)
    parameters: dict[str, Any] = {
        "space": where,
        "steps": steps,
        "psi": psi,
        "noise_seed": noise_seed if noise else None,
        "conditions": classes,
    }
    arrays = {"target": prepared.pixels, **({} if encoded is None else {"encoded": encoded})}
    return await desk.begin(Work("inversion", model_id, parameters, arrays, keep=False))


def _size(opened: OpenedModel, space: str) -> int:
    return opened.model.latent_size(space) if space in opened.model.spaces else 1  # refused by the engine's check


async def _start(
    engine: Engine, opened: OpenedModel, pixels: Floats, given: dict[str, int], space: str
) -> tuple[Floats | None, dict[str, int]]:
    """The encoder's answer (D,) in the space, None where it has none there, and the classes to draw with."""
    if opened.manifest.encoder is None:
        check_conditions(opened, given)
        if missing := [name for name in opened.model.needs("decoder") if name not in given]:
            raise BadRequest(f"Say which class the picture has: {', '.join(missing)}.", field="conditions")
        return None, given
    placed = await place(engine, opened, pixels[np.newaxis], given)
    mean, classes = placed.posterior.mean[0], dict(placed.conditions)
    if space == opened.model.default_space:
        return mean, classes
    size = opened.model.latent_size(space)
    if space == "w+" and opened.model.default_space == "w":
        return np.tile(mean, size // len(mean)), classes
    return None, classes  # there is no way from w back to z
