"""The same pictures in several representations, side by side."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from numpy.typing import NDArray

from server import kept, representing
from server.errors import NotFound
from server.jobs import Result, Work
from server.representing import Shared
from server.routes import sheets
from server.routes.access import TheEngine
from server.routes.jobs import FOUND, TheDesk
from server.schemas import Name
from server.schemas.representations import Representation, RepresentationsAnswer

router = APIRouter(prefix="/api/representations", tags=["sets and maps"])
Data = Annotated[Name, Query(description="The data set, as a model's set names it.")]


@router.get(
    "",
    summary="How near pictures of one kind are in pixels, components and each model's latents",
    response_class=Response,
    responses={200: {"model": RepresentationsAnswer}, **FOUND},
)
async def representations(data: Data, engine: TheEngine, desk: TheDesk) -> Response:
    """For a random 2,000 pictures, whether the 10 nearest others agree on the label, in each representation.

    200 where it is known, else 202 with the job that computes it.
    """
    known = await engine.run(representing.shared, engine.catalog, data)
    work = await engine.run(_work, known)
    found = await desk.known(work)
    if found is None:
        return await desk.begin(work)
    answer = await engine.run(_answer, known, found)
    return Response(answer.model_dump_json(), media_type="application/json")


@router.get("/positions", summary="The flat map of one representation", response_class=Response)
async def positions(
    data: Data,
    engine: TheEngine,
    desk: TheDesk,
    name: Annotated[Name, Query(description="`pixels`, `pixels-pca`, or the id of a model.")],
) -> Response:
    """The first two principal components as float32, (rows, 2), in the order of the rows that were compared."""
    known = await engine.run(representing.shared, engine.catalog, data)
    work = await engine.run(_work, known)
    found = await desk.known(work)
    if found is None:
        raise NotFound("These representations have not been compared yet: ask for /api/representations first.")
    _, maps = await engine.run(kept.unpack, found.content)
    if name not in maps:
        raise NotFound(f"There is no representation {name!r} of {data}. There are: {', '.join(maps)}.", field="name")
    return sheets.floats(maps[name], {"Cache-Control": "private, max-age=600"})


def _work(known: Shared) -> Work:
    rows = known.rows
    first = next(iter(known.latents))
    parameters = {"data": known.pictures.info.name, "files": dict(known.pictures.info.files), "latents": known.hashes}
    arrays: dict[str, NDArray[Any]] = {"rows": rows, **{name: latents[rows] for name, latents in known.latents.items()}}
    return Work("representations", first, {**parameters, "set": known.set_of[first]}, arrays)


def _answer(known: Shared, found: Result) -> RepresentationsAnswer:
    document, _ = kept.unpack(found.content)
    titles = {
        representing.PIXELS: "Pixels",
        representing.COMPONENTS_NAME: "Principal components of the pixels",
        **known.titles,
    }
    rows = document["rows"]
    return RepresentationsAnswer(
        data=known.pictures.info.name,
        rows=rows,
        labels=known.pictures.labels[rows].tolist(),
        classes=list(known.pictures.info.classes),
        total=min(len(latents) for latents in known.latents.values()),
        chance=document["chance"],
        representations=[Representation(title=titles[fact["name"]], **fact) for fact in document["representations"]],
    )
