"""Text travels packed: answers in JSON and the page as they are made, the files of the page once for all who ask.

Pixels, points and pictures go as they are: they are bytes already, and packing them would cost a hand its time.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Sequence
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KINDS = ("application/json", "text/html")
LEAST = 1024  # bytes: what fits into one packet gains nothing
AT_ONCE = 32 * 1024  # bytes: more is packed in a thread, so that the event loop is not held up
LEVEL = 6
# A comment that has its lines for itself. A cast like `/** @type {X} */ (value)` is followed by code, and stays.
COMMENT = re.compile(r"^[ \t]*/\*(?:(?!\*/).)*\*/[ \t]*$", re.M | re.S)


def takes_packed(headers: Headers) -> bool:
    """Whether a request's sender reads gzip."""
    asked = headers.get("accept-encoding", "").replace(" ", "").lower().split(",")
    return any(entry == "gzip" or (entry.startswith("gzip;q=") and entry.strip("0.") != "gzip;q=") for entry in asked)


def without_comments(text: str) -> str:
    """A script or a style sheet without the comments between its lines, every line in its place.

    Nearly half of a module is what it says to readers; whoever looks into an error of the page still finds its line.
    """
    return COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)


def joined(files: Sequence[Path]) -> str:
    """Scripts or style sheets after each other."""
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def packed(files: Sequence[Path]) -> bytes:
    """The same as it is sent. It is packed once, so the best level is worth its time."""
    return gzip.compress(without_comments(joined(files)).encode(), 9, mtime=0)


class Packing:
    """ASGI middleware: packs answers of `KINDS` that come whole, for those who read gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not takes_packed(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        start: Message | None = None

        async def pack(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _wanted(message):
                start = message  # until its body is there
                return
            if start is None or message["type"] != "http.response.body":
                await send(message)
                return
            begun, start = start, None
            body = message.get("body", b"")
            if not message.get("more_body", False) and len(body) >= LEAST:
                body = await asyncio.to_thread(_pack, body) if len(body) > AT_ONCE else _pack(body)
                headers = MutableHeaders(scope=begun)
                headers["content-encoding"] = "gzip"
                headers["content-length"] = str(len(body))
                headers.add_vary_header("Accept-Encoding")
                message = {**message, "body": body}
            await send(begun)
            await send(message)

        await self.app(scope, receive, pack)


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)


def _wanted(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    kind = headers.get("content-type", "").split(";")[0]
    return kind in KINDS and "content-encoding" not in headers and start["status"] == 200
