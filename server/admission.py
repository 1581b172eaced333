"""How much is answered at a time: of all together, and of one visitor. What is beyond is refused before it is read.

A refusal costs next to nothing here, before routing and before the body is parsed, so that a server with four times the
requests that it can answer still answers as many as it can.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from server.errors import Busy
from server.routes import failures
from server.routes.waited import VANISHED
from server.settings import Settings
from server.visitors import CURRENT, identity, known

TRY_AGAIN_LATER = 1013  # the close code of a WebSocket; the page goes on over HTTP and comes back
KEPT = 8  # an eighth of the places is for those who have nothing in flight yet, however much the others want
SHARED = 2  # whoever brings no number of their own shares an address with others: half of everything, at most


class Admission:
    """ASGI middleware inside the guard. Counts what is in flight and says whose turn in the engine a request has."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self._requests: Counter[str] = Counter()
        self._sockets: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        api = f"{self.settings.root_path}/api/"
        if scope["type"] not in ("http", "websocket") or not scope["path"].startswith(api):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        visitor = identity(connection)
        socket = scope["type"] == "websocket"
        going = self._sockets if socket else self._requests
        if (reason := self._reason(going, visitor, mine=known(connection), socket=socket)) is not None:
            await _refuse(scope, receive, send, reason)
            return
        going[visitor] += 1
        token = CURRENT.set(visitor)
        try:
            await self.app(scope, receive, send)
        except asyncio.CancelledError:
            if not scope.get("state", {}).get(VANISHED):
                raise
            task = asyncio.current_task()  # nobody waits for an answer: the work has been dropped, and that is all
            if task is not None:
                task.uncancel()
        finally:
            CURRENT.reset(token)
            going[visitor] -= 1
            if not going[visitor]:
                del going[visitor]

    def _reason(self, going: Counter[str], visitor: str, *, mine: bool, socket: bool) -> Busy | None:
        most = self.settings.live_connections if socket else self.settings.requests_at_a_time
        a_visitor = self.settings.visitor_requests_at_a_time if mine else max(1, most // SHARED)
        if not socket:  # turns go round: what is beyond a visitor's share of a full queue would wait longer than that
            a_visitor = min(a_visitor, max(1, (most - most // KEPT) // len({*going, visitor})))
        if going[visitor] >= a_visitor:
            return Busy(
                f"{going[visitor]} of your requests are being answered already. Please wait for one of them.",
                retry_after=1,
            )
        if going.total() >= most:
            return Busy("The server has more to do than it can. Please try again in a moment.", retry_after=1)
        return None


async def _refuse(scope: Scope, receive: Receive, send: Send, reason: Busy) -> None:
    if scope["type"] == "websocket":
        scope.setdefault("state", {})[failures.CODE] = reason.code
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": reason.message[:120]})
        return
    await failures.answer(reason, scope)(scope, receive, send)
