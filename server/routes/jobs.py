"""Long work: where it stands, its events, its result, and its end. Other routes start it with `TheDesk`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse
from sse_starlette import EventSourceResponse
from starlette.requests import Request

from server import visitors
from server.jobs import Result, Work
from server.jobs.job import Job
from server.jobs.manager import Jobs
from server.schemas.jobs import JobAnswer
from server.visitors import Visitor

router = APIRouter(prefix="/api/jobs", tags=["jobs"])
# What a route answers that reads the result of a job: itself where it is known, else the job that finds it.
FOUND: dict[int | str, dict[str, Any]] = {
    202: {"model": JobAnswer, "description": "It is being computed; ask again once the job under Location is done."},
}
# What a route that starts a job answers: `@router.post(..., status_code=202, responses=STARTED)`.
STARTED: dict[int | str, dict[str, Any]] = {
    200: {"model": JobAnswer, "description": "The result is known already."},
    202: {"model": JobAnswer, "description": "The work has begun; Location says where to follow it."},
}


class Desk:
    """The jobs of the visitor who asks."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.jobs: Jobs = request.app.state.jobs
        self.visitor: Visitor = visitors.visitor(request)

    async def begin(self, work: Work) -> Response:
        """Start a job, and the answer that says so: 202, or 200 where it is done already. Raises Busy."""
        job = await self.jobs.start(work, visitor=self.visitor.id)
        root = self.request.scope.get("root_path", "")
        headers = {"Location": f"{root}/api/jobs/{job.id}"}
        response = JSONResponse(job.answer().model_dump(), 200 if job.state == "done" else 202, headers)
        self.visitor.remember(response, self.request, root)
        return response

    async def known(self, work: Work) -> Result | None:
        """The result of a work that has been done, None where it has not: `begin` it then."""
        return await self.jobs.known(work, visitor=self.visitor.id)

    def find(self, job_id: str) -> Job:
        """A job of this visitor. Raises NotFound."""
        return self.jobs.find(job_id, visitor=self.visitor.id)


TheDesk = Annotated[Desk, Depends(Desk)]


@router.get("/{job_id}", summary="Where a job stands")
def show(job_id: str, desk: TheDesk) -> JobAnswer:
    """Its state, how far it is, and where its result is. A job can be asked for until an hour after its end."""
    return desk.find(job_id).answer()


@router.get("/{job_id}/events", summary="Follow a job", response_class=EventSourceResponse)
async def events(job_id: str, desk: TheDesk) -> EventSourceResponse:
    """Server-sent events: each one's data is the job as JSON. They end with the state that ends the job."""
    job = desk.find(job_id)
    closing = asyncio.Event()  # set when the server ends: the stream then ends properly, too

    async def stream() -> AsyncIterator[dict[str, str]]:
        async for answer in desk.jobs.watch(job, closing):
            yield {"data": answer.model_dump_json()}

    # The library declares an event of anyio, which starlette brings, and does no more than set it.
    bell: Any = closing
    return EventSourceResponse(stream(), sep="\n", shutdown_event=bell, shutdown_grace_period=1)


@router.get("/{job_id}/result", summary="What came of a job", response_class=Response)
async def result(job_id: str, desk: TheDesk) -> Response:
    """The file, under its own media type and name."""
    found = await desk.jobs.result(desk.find(job_id))
    headers = {"Content-Disposition": f'attachment; filename="{found.filename}"', "Cache-Control": "private, no-store"}
    return Response(found.content, media_type=found.media_type, headers=headers)


@router.delete("/{job_id}", summary="Stop a job")
async def cancel(job_id: str, desk: TheDesk) -> JobAnswer:
    """Ends its process within a second. A job that is over is forgotten, with what is held of it in memory."""
    job = desk.find(job_id)
    await desk.jobs.cancel(job)
    return job.answer()
