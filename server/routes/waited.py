"""Work for a client that has gone is dropped: nobody waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import Depends
from starlette.requests import Request

VANISHED = "vanished"  # in the state of a request whose client went before the answer


async def while_waited_for(request: Request) -> AsyncIterator[None]:
    """Cancel the request's task when its connection closes; what waits in the engine's lanes is taken back with it."""
    task = asyncio.current_task()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        if task is not None and not task.done():
            request.scope.setdefault("state", {})[VANISHED] = True
            task.cancel()

    watching = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        watching.cancel()


WAITED_FOR = [Depends(while_waited_for)]
