"""Latents become pictures, and pictures become latents."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray

from models.latent import fidelity, interpolation, traversal
from server.engine import Point, translated
from server.errors import BadRequest
from server.placing import place
from server.routes import sheets, uploads
from server.routes.access import TheEngine
from server.routes.asking import as_array, ask
from server.routes.uploads import Classes, Crop, Force, Picture, Skip
from server.schemas import (
    DecodeRequest,
    EncodeAnswer,
    InterpolateRequest,
    LatentsAnswer,
    Name,
    PlaceRequest,
    ReconstructionError,
    SampleAnswer,
    StepAnswer,
    TraverseRequest,
    UnusualAnswer,
)

router = APIRouter(prefix="/api/models/{model_id}", tags=["pictures and latents"])
Floats = NDArray[np.float32]


@router.post("/decode", summary="Draw latents", response_class=Response)
async def decode(model_id: str, request: DecodeRequest, engine: TheEngine) -> Response:
    """One picture a row of latents, as one sheet (X-Sheet: columns, rows, width, height) or raw bytes (X-Shape).

    For a single row, X-Unusual says how unusual it is among the model's data, as a percentile.
    """
    asked = ask(model_id, request, as_array(request.latents))
    one = len(asked.latents) == 1
    pixels = await engine.decode(asked, hand=one)
    response = await engine.run(sheets.respond, pixels, request.output, request.columns)
    if one:
        opened = await engine.open(model_id)
        if (unusual := await engine.unusual(Point(opened, asked.latents, request.space))) is not None:
            response.headers["X-Unusual"] = f"{unusual[0]:.1f}"
    return response


@router.post("/traverse", summary="Walk along single latent dimensions", response_class=Response)
async def traverse(model_id: str, request: TraverseRequest, engine: TheEngine) -> Response:
    """One row of pictures a dimension: that one moves through its range while all others stay where they are.

    In w+ it moves by as much in the styles of all layers.
    """
    opened = await engine.open(model_id, request.hash)
    asked = ask(model_id, request, as_array(request.latents))
    engine.check(opened, asked)
    start = asked.latents[0]
    size = opened.style_size(request.space)
    for dim in request.dims:
        if dim >= size:
            raise BadRequest(f"There is no dimension {dim}; they are numbered 0 to {size - 1}.", field="dims")
    sliders = opened.z_sliders if request.space == "z" and opened.z_sliders is not None else opened.sliders
    ranges = {slider["dim"]: (slider["low"], slider["high"]) for slider in sliders}
    ends = [request.range or ranges.get(dim, (-3.0, 3.0)) for dim in request.dims]
    values = np.stack([np.linspace(low, high, request.steps, dtype=np.float32) for low, high in ends])
    walked = traversal.traverse(start, request.dims, values).reshape(-1, len(start))
    walked = traversal.in_all_styles(start, walked, size)
    pixels = await engine.decode(replace(asked, latents=walked))
    return await engine.run(sheets.respond, pixels, request.output, request.steps)


@router.post(
    "/interpolate",
    summary="Walk between two latents",
    response_class=Response,
    responses={200: {"model": LatentsAnswer}},
)
async def interpolate(model_id: str, request: InterpolateRequest, engine: TheEngine) -> Response:
    """Pictures at even steps from one latent to the other; `output: "latents"` answers the points themselves."""
    asked = ask(model_id, request, as_array(request.latents))
    engine.check(await engine.open(model_id, request.hash), asked)
    walked = interpolation.path(asked.latents[0], asked.latents[1], request.steps, request.method)
    if request.output == "latents":
        answer = LatentsAnswer(latents=walked.astype(float).tolist())
        return Response(answer.model_dump_json(), media_type="application/json")
    pixels = await engine.decode(replace(asked, latents=walked))
    return await engine.run(sheets.respond, pixels, request.output, request.steps)


@router.get("/sample", summary="Draw latents from the model's prior or another of its samplers")
async def draw(
    model_id: str,
    engine: TheEngine,
    seed: Annotated[int | None, Query(ge=0, le=2**32 - 1, description="The same seed gives the same latents.")] = None,
    count: Annotated[int, Query(ge=1, le=1024)] = 1,
    sampler: Annotated[
        Name | None,
        Query(
            description="By its name in the model's `samplers`, the first when absent; `class.2` draws from a normal "
            "distribution of the encoded pictures of class 2."
        ),
    ] = None,
    space: Annotated[
        Literal["z"] | None, Query(description="z: what the prior gave, before a StyleGAN maps it to w.")
    ] = None,
) -> SampleAnswer:
    """Latents of the default space, from the prior where no sampler is named.

    A plain autoencoder has no prior: points of its encoded data take its place.
    """
    opened = await engine.open(model_id)
    used = seed if seed is not None else int(np.random.SeedSequence().generate_state(1)[0])
    if space == "z" and opened.model.default_space != "z":
        if sampler is not None:
            raise BadRequest("Only the prior is drawn in z; leave out the sampler.", field="sampler")
        latents = await engine.run(opened.draw_z, count, used)
        return SampleAnswer(latents=latents.astype(float).tolist(), seed=used, sampler="prior")
    latents = await engine.run(opened.draw, count, used, sampler)
    name = sampler or opened.samplers[0].name
    return SampleAnswer(latents=latents.astype(float).tolist(), seed=used, sampler=name)


@router.post("/map", summary="Map latents of z to w")
async def to_w(model_id: str, request: PlaceRequest, engine: TheEngine) -> LatentsAnswer:
    """Where rows of z lie in w, for a style-based generator; there is no way back. Other models have no w."""
    opened = await engine.open(model_id)
    with translated():
        w = await engine.run(opened.model.map_to_w, as_array(request.latents))
    return LatentsAnswer(latents=w.astype(float).tolist())


@router.post("/prepare", summary="See an upload as the model sees it", response_class=Response)
async def prepare(
    model_id: str, file: Picture, engine: TheEngine, skip: Skip = "", force: Force = "", crop: Crop = ""
) -> Response:
    """The picture after every preparation step, in the model's own size, as PNG."""
    opened = await engine.open(model_id)
    prepared = await uploads.prepared(engine, opened, file, skip, force, crop)
    pixels = np.rint(prepared.pixels * 255).astype(np.uint8)[np.newaxis]
    return await engine.run(sheets.respond, pixels, "png")


@router.post("/encode", summary="Find an upload's place in the latent space")
async def encode(
    model_id: str,
    file: Picture,
    engine: TheEngine,
    skip: Skip = "",
    force: Force = "",
    crop: Crop = "",
    conditions: Classes = "",
) -> EncodeAnswer:
    """The latent mean (and log-variance, for a VAE), what was done to the picture, and how well it is drawn again.

    A conditional model that is given no class tries them all and names the best. Nothing of the upload is kept.
    """
    opened = await engine.open(model_id)
    prepared = await uploads.prepared(engine, opened, file, skip, force, crop)
    placed = await place(engine, opened, prepared.pixels[np.newaxis], uploads.conditions(conditions))
    posterior = placed.posterior
    rank = await engine.run(opened.rank, posterior.mean)
    return EncodeAnswer(
        latents=posterior.mean.astype(float).tolist(),
        logvar=None if posterior.logvar is None else posterior.logvar.astype(float).tolist(),
        conditions=dict(placed.conditions),
        steps=[StepAnswer(**asdict(s)) for s in prepared.steps],
        error=_error(placed.mse),
        unusual=None if rank is None else UnusualAnswer(**asdict(rank)),
        hash=opened.hash,
    )


def _error(mse: float | None) -> ReconstructionError | None:
    if mse is None:
        return None
    return ReconstructionError(mse=mse, psnr=None if mse == 0 else float(fidelity.psnr(mse)))
