"""The outermost layer: each request gets a number and a line in the log, is counted, and none begins while we end."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import Ending
from server.logs import FACTS, OURS, request_id
from server.routes import failures
from server.standing import ENDING, Standing
from server.tracing import Tracing
from server.watching import Watch

log = logging.getLogger(OURS)
HEADER = "X-Request-ID"
GIVEN = re.compile(r"[0-9A-Fa-f][0-9A-Fa-f-]{14,62}[0-9A-Fa-f]")  # a proxy's number: hexadecimal, or a UUID
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = ("/health/", "/metrics", "/static/", "/favicon.ico")  # at the level debug: a page has a hundred files
WHILE_ENDING = frozenset({"/health/live", "/health/ready", "/metrics"})
WIRE = "latent_explorer.wire"
ROUTED = "latent_explorer.routed"  # where `Routed` leaves the scope into which the router writes


class Routed:
    """The innermost layer: notes the scope in which the router names the route, whoever copied it on the way."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope.setdefault("state", {})[ROUTED] = scope
        await self.app(scope, receive, send)


@dataclass
class _Seen:
    """What is known of a request once it is over."""

    status: int = 0
    size: int = 0


@dataclass(frozen=True)
class Wire:
    """A WebSocket past everything that is wrapped around it, once it has been accepted: for frames that are many.

    What frameworks and middleware do for each message takes as long as to find out what a frame says.
    """

    receive: Receive
    send: Send
    seen: _Seen

    def send_bytes(self, content: bytes) -> Awaitable[None]:
        """Send one frame. Raises OSError once the other side has left."""
        self.seen.size += len(content)
        return self.send({"type": "websocket.send", "bytes": content})


def wire_of(scope: Scope) -> Wire:
    """The WebSocket of a request that came through `Edge`."""
    wire: Wire = scope["state"][WIRE]
    return wire


class Edge:
    """ASGI middleware around everything, the guard included: its refusals are counted and logged, too."""

    def __init__(self, app: ASGIApp, watch: Watch, standing: Standing, tracing: Tracing | None, root_path: str) -> None:
        self.app = app
        self._watch, self._standing, self._tracing, self._root = watch, standing, tracing, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.getlist(HEADER)
        number = given[0] if len(given) == 1 and GIVEN.fullmatch(given[0]) else secrets.token_hex(8)
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = number
        token = request_id.set(number)
        try:
            if self._tracing is None:
                await self._serve(scope, receive, send, state)
            else:
                with self._tracing.request(number, headers.get("traceparent")) as span:
                    seen = await self._serve(scope, receive, send, state)
                    span.over(route_of(state), method_of(scope), seen.status)
        finally:
            request_id.reset(token)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, state: dict[str, Any]) -> _Seen:
        number: str = state["request_id"]
        begun, seen = time.perf_counter(), _Seen()

        async def dressed(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                seen.status = message.get("status", 101)
                message["headers"] = [*message.get("headers", ()), (HEADER.lower().encode(), number.encode())]
            elif message["type"] == "websocket.close":
                seen.status = seen.status or 403
            seen.size += len(message.get("body") or message.get("bytes") or message.get("text") or b"")
            await send(message)

        if scope["type"] == "websocket":
            state[WIRE] = Wire(receive, send, seen)
        self._standing.in_flight += 1
        try:
            if self._standing.ending and scope["path"].removeprefix(self._root) not in WHILE_ENDING:
                await _refuse(scope, receive, dressed)
            else:
                await self.app(scope, receive, dressed)
        finally:
            self._standing.in_flight -= 1
            self._note(scope, state, seen, time.perf_counter() - begun)
        return seen

    def _note(self, scope: Scope, state: dict[str, Any], seen: _Seen, seconds: float) -> None:
        route, method, status = route_of(state), method_of(scope), seen.status or 499  # 499: whoever asked has gone
        code = state.get(failures.CODE)
        self._watch.answered(route, method, status, seconds)
        self._watch.sent(route, seen.size)
        if code is not None:
            self._watch.refused(code)
        facts = {"route": route, "method": method, "status": status, "ms": round(seconds * 1e3, 1), "bytes": seen.size}
        level = logging.DEBUG if route.startswith(QUIET) and status < 400 else logging.INFO
        words = f"{method} {route} {status}{f' {code}' if code else ''}, {seconds * 1e3:.1f} ms, {seen.size} bytes"
        log.log(level, "%s", words, extra={FACTS: facts | ({"code": code} if code else {})})


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":  # before it is accepted, so that the page counts it as a failure and waits longer
        await receive()
        await send({"type": "websocket.close", "code": 1012, "reason": "The server is being restarted."})
        return
    response = failures.answer(Ending(ENDING), scope)
    response.headers["Connection"] = "close"
    await response(scope, receive, send)


def method_of(scope: Scope) -> str:
    """The method, one of a bounded number of words."""
    method = scope.get("method", "WEBSOCKET")
    return method if method in METHODS or method == "WEBSOCKET" else "other"


def route_of(state: dict[str, Any]) -> str:
    """The template of the route that answered, never the path that was asked for; "none" where there was none."""
    routed: Scope = state.get(ROUTED, {})
    if isinstance(routed.get("endpoint"), StaticFiles):
        return "/static/"
    template: str | None = getattr(routed.get("route"), "path", None)
    return "/static/" if (template or "").startswith("/static/") else template or "none"
