"""The hand on the slider: a WebSocket on which the newest request wins.

A frame is a little-endian u32 with the header's length, the header as JSON, then bytes: row-major float32 latents going
up, uint8 NHWC pixels coming down.
"""

from __future__ import annotations

import asyncio
import json
import struct
import time
from typing import Any

import numpy as np
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from server import visitors
from server.engine import Engine, Point
from server.errors import BadRequest, ExplorerError
from server.ranking import Ranks
from server.routes import failures
from server.routes.access import TheEngine
from server.routes.asking import ask
from server.schemas import MAX_ROWS, LiveRequest
from server.standing import Standing
from server.watching import Watch

router = APIRouter(tags=["live"])
MAX_HEADER = 16_384


def pack(header: dict[str, Any], content: bytes = b"") -> bytes:
    """A frame."""
    head = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<I", len(head)) + head + content


def unpack(frame: bytes) -> tuple[Any, bytes]:
    """A frame's header and its bytes. Raises BadRequest."""
    if len(frame) < 4:
        raise BadRequest("A live frame starts with the length of its header as a 32-bit number.")
    (length,) = struct.unpack_from("<I", frame)
    if length > MAX_HEADER or 4 + length > len(frame):
        raise BadRequest("The frame is shorter than its header says, or the header is longer than 16 KB.")
    try:
        return json.loads(frame[4 : 4 + length]), frame[4 + length :]
    except (ValueError, RecursionError) as wrong:
        raise BadRequest("The frame's header is not valid JSON.") from wrong


class Mailbox:
    """Holds one frame, the newest: putting another replaces one that nobody has taken yet."""

    def __init__(self) -> None:
        self._frame: bytes | None = None
        self._arrived = asyncio.Event()
        self._answered = asyncio.Event()
        self._answered.set()

    def put(self, frame: bytes) -> bool:
        """Leave the newest frame; -> whether it took another's place."""
        replaced, self._frame = self._frame is not None, frame
        self._arrived.set()
        self._answered.clear()
        return replaced

    async def take(self) -> bytes:
        """Wait for a frame."""
        await self._arrived.wait()
        self._arrived.clear()
        frame, self._frame = self._frame, None
        return frame or b""

    def answered(self) -> None:
        """What was taken last has been answered."""
        if self._frame is None:
            self._answered.set()

    async def empty(self) -> None:
        """Wait until everything has been answered."""
        await self._answered.wait()


async def reply(engine: Engine, frame: bytes, watch: Watch, ranks: Ranks) -> bytes:
    """The answering frame, an error's included; it is counted. `ranks` tells afterwards how unusual a point is."""
    begun = time.perf_counter()
    header, content = await _answer(engine, frame, ranks)
    code = header.get("error", {}).get("code", "ok")
    watch.frame(code, time.perf_counter() - begun)
    if code != "ok":
        watch.refused(code)
    return pack(header, content)


async def _answer(engine: Engine, frame: bytes, ranks: Ranks) -> tuple[dict[str, Any], bytes]:
    stamp: int | None = None
    try:
        header, content = unpack(frame)
        if isinstance(header, dict) and isinstance(header.get("stamp"), int):
            stamp = header["stamp"]
        request = LiveRequest.model_validate(header)
        opened = await engine.open(request.model, request.hash)
        size = opened.model.latent_size(request.space if request.space in opened.model.spaces else None)
        if not content or len(content) % (4 * size) or len(content) // (4 * size) > MAX_ROWS:
            raise BadRequest(f"After the header come 1 to {MAX_ROWS} rows of {size} float32 numbers.", field="latents")
        latents = np.frombuffer(content, "<f4").reshape(-1, size)
        if not (np.abs(latents) <= 1e4).all():
            raise BadRequest("Latents must be finite numbers between -10000 and 10000.", field="latents")
        start = time.perf_counter()
        pixels = await engine.decode(ask(request.model, request, latents), hand=True)
        spent = round((time.perf_counter() - start) * 1e3, 3)
        if len(latents) == 1:
            ranks.follow(stamp, Point(opened, latents, request.space))
        return {"stamp": stamp, "shape": list(pixels.shape), "ms": spent}, pixels.tobytes()
    except ValidationError as wrong:
        return {"stamp": stamp, **failures.body(failures.validation(wrong.errors()))}, b""
    except ExplorerError as wrong:
        return {"stamp": stamp, **failures.body(wrong)}, b""
    except Exception as wrong:  # the connection outlives any one request
        return {"stamp": stamp, **failures.body(failures.explain(wrong))}, b""


@router.websocket("/api/live")
async def live(socket: WebSocket, engine: TheEngine) -> None:
    """Answer the newest frame; those that arrive while one is being drawn replace each other.

    When the server ends, what is in the mailbox is answered first; 1012 then tells the page to connect again.
    """
    await socket.accept()
    standing: Standing = socket.app.state.standing
    watch: Watch = socket.app.state.watch
    visitor, mailbox = visitors.visitor(socket).id, Mailbox()

    async def tell(stamp: int | None, unusual: float | None) -> None:
        await socket.send_bytes(pack({"stamp": stamp, "unusual": unusual}))

    ranks = Ranks(engine, tell)

    async def answer() -> None:
        while True:
            await socket.send_bytes(await reply(engine, await mailbox.take(), watch, ranks))
            mailbox.answered()

    async def leave() -> None:
        await standing.left.wait()
        await mailbox.empty()
        await socket.close(1012, "The server is being restarted.")

    standing.enter(visitor)
    tasks = [asyncio.create_task(answer()), asyncio.create_task(leave())]
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                break
            if mailbox.put(message.get("bytes") or (message.get("text") or "").encode()):
                watch.dropped("mailbox")
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        standing.leave(visitor)
        ranks.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
