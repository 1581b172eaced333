"""64 people at once: `python -m benchmarks.clients`.

64 clients ask without pause, each as soon as it has its picture, over WebSockets to a server in a process of its own.
Beside it, turn by turn, the same loop of 64 clients drives the Engine in this process, which is what the decoder gives
with nothing in between; and the same loop asks a WebSocket echo whose frames are as large. Convolutional decoders of
64x64 pixels are held against the Engine, a small and a large one; tiny ones against the echo, a linear and a
convolutional one. No latent comes twice, so no cache answers.

Where the time goes stands beside it: what the decoder alone takes of a core for a picture, and what the echo says that
a client and a connection take; the rest is the server's own work, and cores that wait. Where the first two alone are
more than a bound leaves, nothing in between could be quick enough.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.echo import echoing
from benchmarks.verdict import Bound, asked, at_least, conclude
from benchmarks.wire import Wire, connected, drawn, latents, pictures, question, running
from server.catalog import Catalog
from server.engine import Ask, Engine
from server.opened import OpenedModel
from server.runtimes import choose
from server.settings import ROOT
from tests.browser.host import serving

CONVOLUTIONAL, TINY = ("faces-gan", "faces-vae"), ("fashion-pca-16", "fashion-vae-16")
ROUNDS = 5
TOGETHER = 16  # pictures of a pass of the decoder alone
Latent = NDArray[np.float32]
Question = Callable[[Latent, int], Awaitable[object]]


@dataclass
class Crowd:
    """How many clients, for how long, and what they have seen: answers, and the seconds that each took."""

    clients: int
    seconds: float
    size: int

    async def drive(self, ask: list[Question], seed: int) -> tuple[float, list[float]]:
        """Answers a second of all clients together, and each answer's milliseconds."""
        times: list[float] = []
        over = time.perf_counter() + self.seconds

        async def one(question: Question, index: int) -> None:
            random = np.random.default_rng((seed, index))
            stamp = 0
            while (begun := time.perf_counter()) < over:
                latent = random.standard_normal((1, self.size), np.float32)
                await question(latent, stamp)
                stamp += 1
                times.append((time.perf_counter() - begun) * 1e3)

        begun = time.perf_counter()
        await asyncio.gather(*(one(question, index) for index, question in enumerate(ask)))
        return len(times) / (time.perf_counter() - begun), times

    async def over_wire(self, port: int, model: str, seed: int, path: str = "/api/live") -> tuple[float, list[float]]:
        """The clients at a server: ours, or the echo, as `path` says."""
        async with AsyncExitStack() as stack:
            wires = [await stack.enter_async_context(connected(port, path)) for _ in range(self.clients)]

            def asking(wire: Wire) -> Question:
                async def ask(latent: Latent, stamp: int) -> object:
                    return drawn(await wire.ask(question(model, latent, stamp)))

                return ask

            return await self.drive([asking(wire) for wire in wires], seed)

    async def in_process(self, engine: Engine, model: str, seed: int) -> tuple[float, list[float]]:
        """The clients at an Engine of this process."""

        async def ask(latent: Latent, _stamp: int) -> object:
            return await engine.decode(Ask(model, latent), hand=True)

        return await self.drive([ask] * self.clients, seed)


async def opened_at(port: int, model: str, size: int) -> None:
    """Let the server open the model, and measure what pays with it."""
    async with connected(port) as wire:
        pictures(await wire.ask(question(model, np.zeros((1, size), np.float32), 100_000)))
    await asyncio.sleep(1)


def alone(opened: OpenedModel) -> float:
    """Microseconds that a picture takes the decoder, in one thread and in batches."""
    rows, times = latents(40, opened.model.latent_size() * TOGETHER, 0).reshape(40, TOGETHER, -1), []
    for some in rows:
        begun = time.perf_counter()
        opened.model.pixels(some)
        times.append((time.perf_counter() - begun) / TOGETHER)
    return float(np.median(times)) * 1e6


@dataclass(eq=False)
class Rates:
    """Answers a second of each round, and the milliseconds of all answers."""

    name: str
    rates: list[float]
    times: list[float]

    @property
    def rate(self) -> float:
        """The round in the middle."""
        return float(np.median(self.rates))

    @property
    def row(self) -> str:
        """A line of the table."""
        rounds = ", ".join(f"{rate:,.0f}" for rate in self.rates)
        p50, p99 = np.percentile(self.times, 50), np.percentile(self.times, 99)
        return f"| {self.name} | {rounds} | {p50:.1f} | {p99:.1f} |"


@dataclass
class Pair:
    """A model's server, and what it is held against."""

    model: str
    decoder: float  # microseconds a picture
    server: Rates
    beside: Rates
    echo: Rates

    @property
    def row(self) -> str:
        """Where the cores' time goes, in microseconds of one core for a picture."""
        core = 1e6 * (os.cpu_count() or 1)
        whole, connection = core / self.server.rate, core / self.echo.rate
        rest = whole - connection - self.decoder
        return f"| {self.model} | {whole:.0f} | {self.decoder:.0f} | {connection:.0f} | {rest:.0f} |"


async def measured(port: int, echo: int, clients: int, seconds: float, rounds: int = ROUNDS) -> list[Pair]:
    """Each model, its server and what it is held against turn by turn."""
    workers = os.cpu_count() or 1
    engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=workers)
    pairs = []
    try:
        for model in (*CONVOLUTIONAL, *TINY):
            opened = await engine.open(model)
            crowd, image = Crowd(clients, seconds, opened.model.latent_size()), opened.manifest.image
            await opened_at(port, model, crowd.size)
            path = f"/echo?height={image.height}&width={image.width}&channels={image.channels}"
            turns = {
                "server": partial(crowd.over_wire, port, model),
                "Engine": partial(crowd.in_process, engine, model),
                "echo": partial(crowd.over_wire, echo, model, path=path),
            }
            if model in TINY:
                del turns["Engine"]
            found = {name: Rates(f"{model}, {name}", [], []) for name in turns}
            for seed in range(rounds):
                for name, turn in turns.items():
                    rate, times = await turn(seed)
                    found[name].rates.append(rate)
                    found[name].times += times
            pair = Pair(model, alone(opened), found["server"], found.get("Engine", found["echo"]), found["echo"])
            pairs.append(pair)
    finally:
        engine.close()
    return pairs


def verdict(pairs: list[Pair], clients: int) -> list[Bound]:
    """The rows."""
    rows = []
    for pair in pairs:
        share = 100 * pair.server.rate / pair.beside.rate
        note = f"{pair.server.rate:,.0f} of {pair.beside.rate:,.0f} a second"
        if pair.model in CONVOLUTIONAL:
            what = f"{clients} clients, convolutional 64x64 decoder ({pair.model}), of the same in the Engine's process"
            rows.append(at_least(what, share, 85, "%", note))
        else:
            what = f"{clients} clients, tiny decoder ({pair.model}), of a WebSocket echo of the same payload"
            rows.append(at_least(what, share, 60, "%", note))
    return rows


def main() -> int:
    """Measure, print and keep."""
    options = asked("clients", __doc__, clients=(int, 64, "clients"), seconds=(float, 5.0, "of each turn"))
    with serving() as host, echoing() as echo:
        port, count, seconds = host.port, options.clients, options.seconds
        pairs = running(lambda: measured(port, echo, count, seconds))
    lines = ["| clients at | answers a second, by round | p50 ms | p99 ms |", "| --- | --- | --- | --- |"]
    lines += [rates.row for pair in pairs for rates in dict.fromkeys((pair.server, pair.beside, pair.echo))]
    heads = ("model", "a picture over the server, \u00b5s of a core", "decoder", "client and connection", "rest")
    lines += ["", f"| {' | '.join(heads)} |", "| --- | --- | --- | --- | --- |", *(pair.row for pair in pairs)]
    return conclude("clients", verdict(pairs, options.clients), options, details="\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
