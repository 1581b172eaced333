"""What is measured of every row of a set, as one answer: the result of the job `measures`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from server import measuring
from server.engine import Engine
from server.jobs import Work
from server.measuring import Measures
from server.opened import OpenedModel
from server.routes.access import TheEngine
from server.routes.jobs import FOUND, Desk, TheDesk

router = APIRouter(prefix="/api/models/{model_id}", tags=["sets and maps"])


class Facts:
    """The measures of a set where they are known, and the job that finds them where they are not."""

    def __init__(self, engine: TheEngine, desk: TheDesk) -> None:
        self._engine: Engine = engine
        self._desk: Desk = desk

    async def work(self, opened: OpenedModel, set_name: str) -> Work:
        """The job of a set. Raises NotFound for an unknown set."""
        return Work("measures", opened.id, await self._engine.run(measuring.versions, opened, set_name))

    async def known(self, opened: OpenedModel, set_name: str) -> Measures | None:
        """The measures, None where nobody has asked for them yet."""
        found = await self._desk.known(await self.work(opened, set_name))
        return None if found is None else await self._engine.run(measuring.read, found.content)


TheFacts = Annotated[Facts, Depends(Facts)]


@router.get(
    "/sets/{set_name}/facts",
    summary="How well each row is drawn again, how unusual it is, and whether its neighbours agree",
    response_class=Response,
    responses=FOUND,
)
async def facts(model_id: str, set_name: str, engine: TheEngine, desk: TheDesk, found: TheFacts) -> Response:
    """An Arrow IPC stream in row order: 200 where it is known, else 202 with the job that computes it.

    `error`, float32: mean squared error of the reconstruction, pictures in [0, 1]. `unusual`, float32: percentile
    among held-out points of the default set. `distance`, float32: what `unusual` ranks. `agrees`, bool: whether the
    row's label is the most frequent one of its 10 nearest others (Euclidean). Each is null where it cannot be measured.
    """
    work = await found.work(await engine.open(model_id), set_name)
    known = await desk.known(work)
    if known is None:
        return await desk.begin(work)
    return Response(known.content, media_type=known.media_type, headers={"Cache-Control": "private, no-store"})
