"""A client of the live connection that costs little itself: the WebSocket protocol over a bare asyncio transport.

Whatever a client costs is counted as if the server cost it, since both run on the same cores. Frames go with a mask of
zeros, which is a mask as good as any (RFC 6455, 5.3) and leaves the bytes as they are.
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import numpy as np
import uvicorn
from numpy.typing import NDArray

from server.routes.frames import LENGTH, unpack
from server.visitors import COOKIE

Result = TypeVar("Result")
BINARY = 0x82
# How unusual a point is comes between the pictures, in a frame of its own, which is not what was asked for.
ASIDE, ASIDE_AT_MOST = b'"unusual":', 80


def aside(frame: bytes | str) -> bool:
    """Whether a frame only says how unusual a point is."""
    return isinstance(frame, bytes) and len(frame) < ASIDE_AT_MOST and ASIDE in frame


class Wire(asyncio.Protocol):
    """One open connection; one question at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._buffer = bytearray()
        self._waiting: asyncio.Future[bytes] | None = None
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there; what is written is bytes of HTTP first."""
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, reason: Exception | None) -> None:
        """Whoever waits is told."""
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(ConnectionError(f"the connection is gone: {reason}"))

    def data_received(self, data: bytes) -> None:
        """A part of an answer, or the whole of it."""
        if self._waiting is None or self._waiting.done():
            self._buffer += data
            return
        if self._open and not self._buffer:  # mostly it is one frame and no more: it need not be copied about
            first, start, length = _begins(data)
            if first == BINARY and len(data) == start + length:
                if not aside(whole := data[start:]):
                    self._waiting.set_result(whole)
                return
        self._buffer += data
        found = self._frame() if self._open else self._head()
        while found is not None and aside(found):
            found = self._frame()
        if found is not None:
            self._waiting.set_result(found)

    def _head(self) -> bytes | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self._buffer[: end + 4])
        del self._buffer[: end + 4]
        return head

    def _frame(self) -> bytes | None:
        """The payload of the next frame, when all of it is there. The server sends none in parts."""
        first, start, length = _begins(self._buffer)
        if not start or len(self._buffer) < start + length:
            return None
        payload = bytes(self._buffer[start : start + length])
        del self._buffer[: start + length]
        if first == 0x89 and self._transport:  # a ping, which wants its pong
            self._transport.write(_masked(0x8A, payload))
            return self._frame()
        if first & 15 == 8:
            raise ConnectionError(f"the server closed the connection: {payload[2:].decode(errors='replace')}")
        return payload

    async def say(self, data: bytes) -> bytes:
        """Write bytes and wait for what comes back."""
        if self._transport is None:
            raise ConnectionError("there is no connection")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return await self._waiting

    async def greet(self, path: str, host: str) -> None:
        """Ask for a WebSocket, as a visitor of its own. Raises ConnectionError when it is refused."""
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nCookie: {COOKIE}={os.urandom(16).hex()}\r\n\r\n"
        )
        answer = await self.say(head.encode())
        if not answer.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(answer.decode(errors="replace").splitlines()[0])
        self._open = True

    async def ask(self, payload: bytes) -> bytes:
        """A frame there, a frame back."""
        return await self.say(_masked(BINARY, payload))

    def close(self) -> None:
        """End the connection."""
        if self._transport:
            self._transport.close()


def _begins(data: bytes | bytearray) -> tuple[int, int, int]:
    """A frame's first byte, where its payload starts, and the payload's length; zeros where that cannot be told yet."""
    size = data[1] & 127 if len(data) >= 2 else 0
    start = {126: 4, 127: 10}.get(size, 2)
    if len(data) < start:
        return 0, 0, 0
    return data[0], start, int.from_bytes(data[2:start], "big") if start > 2 else size


def _masked(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((first, 0x80 | size)) + bytes(4) + payload
    if size < 2**16:
        return bytes((first, 0x80 | 126)) + struct.pack(">H", size) + bytes(4) + payload
    return bytes((first, 0x80 | 127)) + struct.pack(">Q", size) + bytes(4) + payload


@asynccontextmanager
async def connected(port: int, path: str = "/api/live") -> AsyncIterator[Wire]:
    """A WebSocket to a server of this machine."""
    _, wire = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", port)
    try:
        await wire.greet(path, f"127.0.0.1:{port}")
        yield wire
    finally:
        wire.close()


def question(model: str, latent: NDArray[np.float32], stamp: int) -> bytes:
    """The frame that the page would send for a latent (1, D)."""
    head = b'{"model":"%b","stamp":%d,"output":"raw"}' % (model.encode(), stamp)
    return LENGTH.pack(len(head)) + head + np.ascontiguousarray(latent, "<f4").tobytes()


def drawn(answer: bytes) -> bytes:
    """An answering frame that brings pictures, its header read no closer than need be. Raises Refusal for an error."""
    end = LENGTH.size + LENGTH.unpack_from(answer)[0]
    if answer.find(b'"shape":', LENGTH.size, end) < 0:
        pictures(answer)
    return answer


def pictures(answer: bytes) -> NDArray[np.uint8]:
    """The pictures of an answering frame, (N, H, W, C). Raises Refusal for an error."""
    header, content = unpack(answer)
    if "error" in header:
        raise Refusal(header["error"]["code"], header["error"]["message"])
    return np.frombuffer(content, np.uint8).reshape(header["shape"])


class Refusal(Exception):
    """The server's own words for why there is no picture."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def latents(count: int, size: int, seed: int) -> NDArray[np.float32]:
    """(N, 1, D) that never repeat, so that no cache answers."""
    return np.random.default_rng(seed).normal(size=(count, 1, size)).astype(np.float32)


def running(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine on the loop that the server runs on too."""

    async def whole() -> Result:
        try:
            return await work()
        finally:
            await asyncio.sleep(0.05)  # connections that have been told to close do so now

    # Nothing is served: it knows which loop is the fastest one here. It would set logging up for the whole process.
    config = uvicorn.Config("", loop="auto", log_config=None)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        return runner.run(whole())
