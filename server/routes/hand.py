"""What a person does by hand with a posterior: draw epsilon, and see what the picture costs then."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, File, Form, Query, UploadFile
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter, ValidationError

from models.latent import fidelity
from models.latent.objective import Objective
from models.latent.samplers import sample
from server.engine import Ask, Engine
from server.errors import BadRequest, Broken, PictureError, Unsupported
from server.opened import OpenedModel
from server.routes import uploads
from server.routes.access import TheEngine
from server.routes.asking import as_array
from server.schemas import Latents
from server.schemas.hand import EpsilonAnswer, LatentError, LossAnswer, ObjectiveAnswer

router = APIRouter(prefix="/api/models/{model_id}", tags=["by hand"])
Floats = NDArray[np.float32]
OBJECTIVE = "objective.json"
MOST_ROWS = 128
Rows = TypeAdapter(Annotated[Latents, Field(min_length=1, max_length=MOST_ROWS)])


@router.get("/epsilon", summary="Draw the noise of the reparametrisation")
async def epsilon(
    model_id: str,
    engine: TheEngine,
    seed: Annotated[int, Query(ge=0, le=2**32 - 1, description="The same seed gives the same numbers.")] = 0,
    count: Annotated[int, Query(ge=1, le=64)] = 8,
) -> EpsilonAnswer:
    """Independent standard normal numbers (PCG64), a row for each draw: z = mean + std * epsilon.

    The first rows do not depend on `count`. Needs a model whose encoder answers a mean and a log-variance.
    """
    opened = await engine.open(model_id)
    _require_posterior(opened)
    drawn = sample("normal", opened.model.latent_size(), count, seed)
    return EpsilonAnswer(epsilon=drawn.astype(float).tolist(), seed=seed)


@router.post("/loss", summary="See what a picture costs at given latents")
async def loss(
    model_id: str,
    file: Annotated[UploadFile, File(description="The picture as /prepare answers it: PNG in the model's own size.")],
    latents: Annotated[str, Form(description="Rows of numbers as JSON, like [[0.1, -2.3]].")],
    engine: TheEngine,
    conditions: uploads.Classes = "",
) -> LossAnswer:
    """The error between the picture and what each latent draws, in nats where the model's folder says what its
    training minimised. The other part of the loss, KL, needs no picture: it is known from mean and variance.

    Nothing of the picture is kept.
    """
    opened = await engine.open(model_id)
    _require_posterior(opened)
    rows = _latents(latents)
    ask = Ask(model_id, rows, conditions=uploads.conditions(conditions))
    engine.check(opened, ask)
    picture = await _seen(engine, opened, file)
    stated = await engine.run(objective_of, opened)
    drawn = await engine.image(ask)
    return await engine.run(_answer, stated, drawn, picture[np.newaxis])


def objective_of(opened: OpenedModel) -> Objective | None:
    """What the training minimised, None where the folder does not say. Raises Broken when what it says is no loss."""
    if OBJECTIVE not in opened.manifest.files:
        return None
    try:
        return Objective.parse(opened.document(OBJECTIVE))
    except ValueError as wrong:
        raise Broken(f"The file {OBJECTIVE} of {opened.id} is wrong: {wrong}", field="model") from wrong


def _answer(stated: Objective | None, drawn: Floats, picture: Floats) -> LossAnswer:
    errors = fidelity.mse(drawn, np.broadcast_to(picture, drawn.shape))
    nats = stated.error(drawn, picture) if stated else [None] * len(errors)
    return LossAnswer(
        objective=ObjectiveAnswer(**stated.document()) if stated else None,
        floor=float(stated.floor(picture)[0]) if stated else None,
        pixels=picture[0].size,
        errors=[LatentError(mse=float(mse), nats=value) for mse, value in zip(errors, nats, strict=True)],
    )


async def _seen(engine: Engine, opened: OpenedModel, file: UploadFile) -> Floats:
    """The picture (H, W, C) as the model saw it. Raises PictureError for one that would have to be changed first."""
    prepared = await uploads.prepared(engine, opened, file, skip="invert")
    if any(step.applied for step in prepared.steps):
        image = opened.manifest.image
        raise PictureError(
            f"This picture is not as the model sees it ({image.width} x {image.height}, {image.colour}). Send what "
            "/prepare answers.",
            field="file",
            code="picture_unprepared",
        )
    return prepared.pixels


def _require_posterior(opened: OpenedModel) -> None:
    if opened.manifest.encoder is None or opened.manifest.encoder.logvar is None:
        raise Unsupported(f"{opened.id} encodes no mean and variance, so there is nothing to draw and no KL term.")


def _latents(text: str) -> Floats:
    try:
        return as_array(Rows.validate_json(text))
    except ValidationError as wrong:
        raise BadRequest(
            f"latents must be JSON with 1 to {MOST_ROWS} rows of numbers, like [[0.1, -2.3]].", field="latents"
        ) from wrong
