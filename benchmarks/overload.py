"""Four times more than the server can answer, for a minute: `python -m benchmarks.overload`.

First the peak: as many clients as keep the server busy, each asking again as soon as it is answered, before the
overload and after it; the larger counts. Then requests leave on a clock that waits for nobody, four times as many a
second, from 64 visitors. Nothing but 2xx and 429 may come back, the answers that are accepted may wait no longer than a
full queue takes at nine tenths of the peak, and nine tenths of the peak have to be answered. Each request draws 16
pictures of a StyleGAN, all of other latents than those before.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from benchmarks.verdict import Bound, asked, at_least, at_most, conclude
from benchmarks.wire import running
from server.settings import Settings
from server.visitors import COOKIE
from tests.browser.host import serving

MODEL, SIZE, ROWS = "faces-gan", 128, 16
PIXELS = 64 * 64 * 3
VISITORS, CLIENTS = 64, 12
TIMES = 4
TICK = 0.004


def bodies(count: int, rows: int = ROWS) -> list[bytes]:
    """Requests as the page would send them: more than the server's cache holds pictures of."""
    random = np.random.default_rng(5)
    found = []
    for index in range(count):
        latents = random.normal(size=(rows, SIZE)).round(4).tolist()
        content = json.dumps({"latents": latents, "output": "raw"}).encode()
        head = (
            f"POST /api/models/{MODEL}/decode HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Cookie: {COOKIE}={index % VISITORS:032x}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        found.append(head.encode() + content)
    return found


class Line(asyncio.Protocol):
    """One HTTP connection: a request at a time, of whose answer only the status and the size are of interest."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._head = bytearray()
        self._left = -1  # bytes of the body still to come; -1: the head is not whole yet
        self._status = 0
        self._size = 0
        self._waiting: asyncio.Future[tuple[int, int]] | None = None
        self.usable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready to ask."""
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, reason: Exception | None) -> None:
        """Whoever waits is told."""
        self.usable = False
        if self._waiting and not self._waiting.done():
            self._waiting.set_exception(ConnectionError(f"the connection is gone: {reason}"))

    def data_received(self, data: bytes) -> None:
        """A part of an answer."""
        if self._left < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            lines = bytes(self._head[:end]).lower().split(b"\r\n")
            self._status = int(lines[0].split()[1])
            fields = dict(line.split(b": ", 1) for line in lines[1:])
            self._size = self._left = int(fields.get(b"content-length", b"0"))
            self.usable = fields.get(b"connection") != b"close"
            data = bytes(self._head[end + 4 :])
            self._head.clear()
        self._left -= len(data)
        if self._left <= 0 and self._waiting and not self._waiting.done():
            self._left = -1
            self._waiting.set_result((self._status, self._size))

    async def ask(self, request: bytes) -> tuple[int, int]:
        """Status and size of the answer. Raises ConnectionError."""
        if self._transport is None:
            raise ConnectionError("there is no connection")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Let it go."""
        if self._transport:
            self._transport.close()


@dataclass
class Load:
    """Requests to one server, and what came of them."""

    port: int
    requests: list[bytes]
    answers: Counter[str] = field(default_factory=Counter)
    accepted: list[float] = field(default_factory=list)  # seconds
    ends: list[float] = field(default_factory=list)  # when each accepted answer was there
    _idle: list[Line] = field(default_factory=list)
    _next: int = 0

    async def one(self) -> None:
        """Ask once, over a connection that is free or a new one."""
        request = self.requests[self._next % len(self.requests)]
        self._next += 1
        begun = time.perf_counter()
        try:
            line = await self._line()
            status, size = await line.ask(request)
        except OSError as wrong:
            self.answers[type(wrong).__name__] += 1
            return
        self.answers[str(status)] += 1
        if status == 200 and size % PIXELS == 0 and size:
            now = time.perf_counter()
            self.accepted.append(now - begun)
            self.ends.append(now)
        elif status == 200:
            self.answers["a wrong answer"] += 1
        if line.usable:
            self._idle.append(line)
        else:
            line.close()

    async def _line(self) -> Line:
        while self._idle:  # the server closes those that have been idle for some seconds
            if (line := self._idle.pop()).usable:
                return line
        _, line = await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", self.port)
        return line

    async def peak(self, seconds: float, clients: int = CLIENTS) -> float:
        """Answers a second where each client waits for its answer."""
        before, begun = len(self.accepted), time.perf_counter()

        async def client() -> None:
            while time.perf_counter() - begun < seconds:
                await self.one()

        await asyncio.gather(*(client() for _ in range(clients)))
        return (len(self.accepted) - before) / (time.perf_counter() - begun)

    async def flood(self, seconds: float, rate: float) -> float:
        """Send `rate` requests a second, whatever becomes of them; -> answers accepted a second meanwhile."""
        tasks: set[asyncio.Task[None]] = set()
        begun, sent = time.perf_counter(), 0
        while (now := time.perf_counter() - begun) < seconds:
            while sent < now * rate:
                task = asyncio.ensure_future(self.one())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                sent += 1
            await asyncio.sleep(TICK)
        over = time.perf_counter()
        await asyncio.gather(*tasks)
        return sum(begun <= end <= over for end in self.ends) / (over - begun)

    def close(self) -> None:
        """Let all connections go."""
        for line in self._idle:
            line.close()


@dataclass(frozen=True)
class Found:
    """What a run gave. Rates a second, times in seconds."""

    peak: float
    goodput: float
    flood: Load


async def measured(
    port: int, seconds: float, peak_seconds: float, *, rows: int = ROWS, clients: int = CLIENTS
) -> Found:
    """Peak, overload, peak."""
    requests = bodies(2048 if rows == ROWS else 256, rows)
    calm, flood = Load(port, requests), Load(port, requests)
    try:
        await calm.peak(min(2.0, peak_seconds), clients)
        peak = await calm.peak(peak_seconds, clients)
        goodput = await flood.flood(seconds, TIMES * peak)
        peak = max(peak, await calm.peak(peak_seconds, clients))
    finally:
        calm.close()
        flood.close()
    if set(calm.answers) != {"200"}:
        raise RuntimeError(f"the peak was answered with {dict(calm.answers)}: nothing was measured")
    return Found(peak, goodput, flood)


def verdict(found: Found) -> list[Bound]:
    """The rows."""
    answers = found.flood.answers
    others = {name: count for name, count in answers.items() if name not in ("200", "429")}
    settings = Settings()
    waiting = min(settings.requests_at_a_time, settings.queue + settings.workers)
    longest = waiting / (0.9 * found.peak)
    p99 = float(np.percentile(found.flood.accepted, 99)) if found.flood.accepted else float("inf")
    told = f"{answers['200']:,} answered, {answers['429']:,} refused"
    return [
        at_most("4 times overload: answers that are neither 2xx nor 429", sum(others.values()), 0, "", told),
        at_least("4 times overload: requests that were refused with 429", answers["429"], 1),
        at_most(f"accepted answers, p99, within the time of a full queue of {waiting}", p99, longest, "s"),
        at_least(
            "throughput under overload, of the peak",
            100 * found.goodput / found.peak,
            90,
            "%",
            f"{found.goodput:.1f} of {found.peak:.1f} a second",
        ),
    ]


def main() -> int:
    """Measure, print and keep."""
    options = asked(
        "overload", __doc__, seconds=(float, 60.0, "of overload"), peak_seconds=(float, 10.0, "of each peak")
    )
    with serving() as host:
        port = host.port
        found = running(lambda: measured(port, options.seconds, options.peak_seconds))
    return conclude("overload", verdict(found), options, details=f"Answers: {dict(found.flood.answers)}.")


if __name__ == "__main__":
    sys.exit(main())
