"""The hand on the slider: a WebSocket on which the newest request wins (`frames` says what goes over it)."""

from __future__ import annotations

import asyncio
import contextlib
import time
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from server import visitors
from server.edge import wire_of
from server.engine import Ask, Drawn, Engine, Rows
from server.errors import BadRequest, ExplorerError
from server.opened import OpenedModel
from server.ranking import Ranks
from server.routes import failures
from server.routes.access import TheEngine
from server.routes.asking import ask
from server.routes.frames import Pattern, pack, pack_pictures, split, unpack
from server.schemas import MAX_ROWS, LiveRequest
from server.standing import Standing
from server.watching import Watch

router = APIRouter(tags=["live"])
FLOAT = np.dtype("<f4")
FARTHEST = 1e4
GONE = (OSError, WebSocketDisconnect, RuntimeError)  # what sending raises once the other side has left


@dataclass(frozen=True)
class Drag:
    """What a frame that was answered has in common with those that follow it while somebody drags."""

    pattern: Pattern
    one: Ask  # its latents are those of the first
    opened: OpenedModel
    size: int  # bytes of one row

    def read(self, frame: bytes) -> tuple[int, Rows] | None:
        """Stamp and latents (1, D) of a frame of the same drag; None where it wants a closer look."""
        head, content = split(frame)
        stamp = self.pattern.stamp(head)
        if stamp is None or len(content) != self.size:
            return None
        latents = np.frombuffer(content, FLOAT)
        # One number for all of them: if it is small enough, each of them is, and none is NaN.
        return (stamp, latents.reshape(1, -1)) if latents.dot(latents) <= FARTHEST**2 else None


class Hand:
    """One connection: answers the newest frame; those that arrive while one is being drawn replace each other.

    While somebody drags, nothing here waits and no task is woken: a frame goes into the engine's queue when it arrives,
    and its answer leaves from where the engine tells that it is drawn. A task of its own has only what needs one: a
    model to be opened, the first frame of a drag, a client that reads more slowly than it asks.
    """

    def __init__(self, engine: Engine, ranks: Ranks, watch: Watch, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._engine, self._watch, self._send = engine, watch, send
        self._ranks = ranks
        self._newest: bytes | None = None  # arrived while another was being drawn
        self._busy = False
        self._quiet: asyncio.Event | None = None  # whoever waits until everything has been answered
        self._drag: Drag | None = None
        self._stamp, self._begun, self._latents = 0, 0.0, np.zeros((0, 0), np.float32)  # of what is being drawn
        self._placed: Drawn | None = None
        self._task: asyncio.Task[None] | None = None
        self._telling: asyncio.Future[None] | None = None  # how unusual a point is, to a client that reads slowly

    def put(self, frame: bytes) -> None:
        """A frame has arrived."""
        if not self._busy:
            self._begin(frame)
            return
        if self._newest is not None:
            self._watch.dropped("mailbox")
        self._newest = frame

    async def quiet(self) -> None:
        """Wait until everything has been answered."""
        if self._busy:
            self._quiet = asyncio.Event()
            await self._quiet.wait()

    async def close(self) -> None:
        """Nobody waits for anything any more."""
        self._ranks.forget(self.tell_rank)
        self._newest = None
        if self._placed is not None:
            self._engine.drop(self._placed)
        going = [work for work in (self._task, self._telling) if work is not None]
        for work in going:
            work.cancel()
        await asyncio.gather(*going, return_exceptions=True)

    def _begin(self, frame: bytes) -> None:
        self._busy = True
        self._begun = time.perf_counter()
        found = self._drag.read(frame) if self._drag is not None else None
        if self._drag is not None and found is not None:
            self._stamp, self._latents = found
            try:
                self._placed = self._engine.place(self._drag.opened, self._drag.one, self._latents, self._drawn)
            except ExplorerError as wrong:
                self._say(self._refusal(self._stamp, wrong))
                return
        if self._placed is None:
            self._do(self._answer_at_length(frame))

    def _drawn(self, placed: Drawn) -> None:
        """What was placed has been run."""
        self._placed = None
        drag, pixels = self._drag, placed.result
        if isinstance(placed.error, Exception):
            self._say(self._refusal(self._stamp, failures.explain(placed.error)))
            return
        if drag is None or pixels is None:  # the engine was closed
            return
        spent = time.perf_counter() - self._begun
        self._watch.frame("ok", spent)
        self._ranks.follow(self.tell_rank, self._stamp, drag.opened, self._latents, drag.one.space)
        self._say(pack_pictures(self._stamp, pixels, spent))

    def _say(self, answer: bytes) -> None:
        """Send it, and turn to what has arrived meanwhile."""
        try:
            rest = eagerly(self._send(answer))
        except GONE:  # whoever receives hears of it, too
            return
        if rest is None:
            self._answered()
        else:
            self._do(self._sent(rest))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.ensure_future(work)

    async def _sent(self, rest: Awaitable[None]) -> None:
        try:
            await rest
        except GONE:  # as above
            return
        self._answered()

    def _answered(self) -> None:
        self._busy = False
        if (frame := self._newest) is not None:
            self._newest = None
            self._begin(frame)
        elif self._quiet is not None:
            self._quiet.set()

    async def _answer_at_length(self, frame: bytes) -> None:
        """Answer a frame of which nothing is known."""
        await self._sent(self._send(await self._reply(frame)))

    async def _reply(self, frame: bytes) -> bytes:
        """The answering frame, an error's included."""
        stamp: int | None = None
        try:
            header, content = unpack(frame)
            if isinstance(header, dict) and isinstance(header.get("stamp"), int):
                stamp = header["stamp"]
            request = LiveRequest.model_validate(header)
            opened = await self._engine.open(request.model, request.hash)
            size = opened.model.latent_size(request.space if request.space in opened.model.spaces else None)
            if not content or len(content) % (4 * size) or len(content) // (4 * size) > MAX_ROWS:
                raise BadRequest(
                    f"After the header come 1 to {MAX_ROWS} rows of {size} float32 numbers.", field="latents"
                )
            latents = np.frombuffer(content, FLOAT).reshape(-1, size)
            if not (np.abs(latents) <= FARTHEST).all():
                raise BadRequest("Latents must be finite numbers between -10000 and 10000.", field="latents")
            one = ask(request.model, request, latents)
            pixels = await self._engine.decode(one, hand=True)
            if len(latents) == 1:
                self._ranks.follow(self.tell_rank, request.stamp, opened, latents, request.space)
            pattern = Pattern.of(split(frame)[0], header)
            self._drag = None if pattern is None else Drag(pattern, one, opened, FLOAT.itemsize * size)
            spent = time.perf_counter() - self._begun
            self._watch.frame("ok", spent)
            return pack_pictures(request.stamp, pixels, spent)
        except ValidationError as wrong:
            return self._refusal(stamp, failures.validation(wrong.errors()))
        except ExplorerError as wrong:
            return self._refusal(stamp, wrong)
        except Exception as wrong:  # the connection outlives any one request
            return self._refusal(stamp, failures.explain(wrong))

    def _refusal(self, stamp: int | None, wrong: ExplorerError) -> bytes:
        """The frame that answers with an error; it is counted."""
        self._watch.frame(wrong.code, time.perf_counter() - self._begun)
        self._watch.refused(wrong.code)
        return pack({"stamp": stamp, **failures.body(wrong)})

    def tell_rank(self, stamp: int, unusual: float | None) -> None:
        """How unusual the point of a picture is that has been sent."""
        if self._telling is not None and not self._telling.done():
            return
        with contextlib.suppress(*GONE):
            rest = eagerly(self._send(pack({"stamp": stamp, "unusual": unusual})))
            if rest is not None:
                self._telling = asyncio.ensure_future(rest)


def eagerly(work: Awaitable[None]) -> Awaitable[None] | None:
    """Run until `work` has to wait; -> the rest of it, None where nothing is left. Raises what it raises.

    asyncio's eager tasks, which come with Python 3.12, for one coroutine and without the task. What is no coroutine is
    the rest itself.
    """
    if not isinstance(work, types.CoroutineType):
        return work
    try:
        first = work.send(None)
    except StopIteration:
        return None
    return _rest(work, first)


@types.coroutine
def _rest(work: Coroutine[Any, Any, None], first: object) -> Generator[object, Any, None]:
    """Wait for what `work` waits for already, then go on with it."""
    try:
        yield first
    except BaseException:
        work.close()
        raise
    yield from work


@router.websocket("/api/live")
async def live(socket: WebSocket, engine: TheEngine) -> None:
    """Answer the newest frame.

    When the server ends, what has arrived is answered first; 1012 then tells the page to connect again.
    """
    await socket.accept()
    standing: Standing = socket.app.state.standing
    wire = wire_of(socket.scope)
    hand = Hand(engine, socket.app.state.ranks, socket.app.state.watch, wire.send_bytes)

    async def leave() -> None:
        await standing.left.wait()
        await hand.quiet()
        await socket.close(1012, "The server is being restarted.")

    visitor = visitors.visitor(socket).id
    standing.enter(visitor)
    leaving = asyncio.create_task(leave())
    try:
        while True:
            message = await wire.receive()
            if message["type"] == "websocket.disconnect":
                break
            hand.put(message.get("bytes") or (message.get("text") or "").encode())
    except GONE:
        pass
    finally:
        standing.leave(visitor)
        leaving.cancel()
        await hand.close()
        await asyncio.gather(leaving, return_exceptions=True)
