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

from server.engine import Engine
from server.errors import BadRequest, ExplorerError
from server.routes import failures
from server.routes.access import TheEngine
from server.routes.asking import ask
from server.schemas import MAX_ROWS, LiveRequest

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

    def put(self, frame: bytes) -> None:
        """Leave the newest frame."""
        self._frame = frame
        self._arrived.set()

    async def take(self) -> bytes:
        """Wait for a frame."""
        await self._arrived.wait()
        self._arrived.clear()
        frame, self._frame = self._frame, None
        return frame or b""


async def reply(engine: Engine, frame: bytes) -> bytes:
    """The answering frame, an error's included."""
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
        pixels, unusual = await engine.show(ask(request.model, request, latents))
        spent = round((time.perf_counter() - start) * 1e3, 3)
        rounded = None if unusual is None else round(unusual, 1)
        answer = {"stamp": stamp, "shape": list(pixels.shape), "ms": spent, "unusual": rounded}
        return pack(answer, pixels.tobytes())
    except ValidationError as wrong:
        return pack({"stamp": stamp, **failures.body(failures.validation(wrong.errors()))})
    except ExplorerError as wrong:
        return pack({"stamp": stamp, **failures.body(wrong)})
    except Exception as wrong:  # the connection outlives any one request
        return pack({"stamp": stamp, **failures.body(failures.explain(wrong))})


@router.websocket("/api/live")
async def live(socket: WebSocket, engine: TheEngine) -> None:
    """Answer the newest frame; those that arrive while one is being drawn replace each other."""
    await socket.accept()
    mailbox = Mailbox()

    async def answer() -> None:
        while True:
            await socket.send_bytes(await reply(engine, await mailbox.take()))

    answering = asyncio.create_task(answer())
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                break
            mailbox.put(message.get("bytes") or (message.get("text") or "").encode())
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
