"""64 people at once: `python -m benchmarks.clients`.

64 clients ask without pause, each as soon as it has its picture, over WebSockets to a server in a process of its own.
Beside it, turn by turn, the same loop of 64 clients drives the Engine in this process, which is what the decoder gives
with nothing in between; and the same loop asks a WebSocket echo whose frames are as large. The convolutional decoder is
held against the Engine; the tiny one, whose picture takes a twentieth of a millisecond, against the echo. No latent
comes twice, so no cache answers.
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
from benchmarks.verdict import asked, at_least, conclude
from benchmarks.wire import connected, pictures, question, running
from server.catalog import Catalog
from server.engine import Ask, Engine
from server.runtimes import choose
from server.settings import ROOT
from tests.browser.host import serving

CONVOLUTIONAL, TINY = "faces-vae", "fashion-vae-16"
ROUNDS = 3
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

    async def over_wire(self, port: int, model: str, seed: int) -> tuple[float, list[float]]:
        """The clients at our server."""
        async with AsyncExitStack() as stack:
            wires = [await stack.enter_async_context(connected(port)) for _ in range(self.clients)]

            def asking(index: int) -> Question:
                async def ask(latent: Latent, stamp: int) -> object:
                    return pictures(await wires[index].ask(question(model, latent, stamp)))

                return ask

            return await self.drive([asking(index) for index in range(self.clients)], seed)

    async def at_echo(self, port: int, model: str, answer: int, seed: int) -> tuple[float, list[float]]:
        """The clients at the echo, with frames of the same sizes."""
        async with AsyncExitStack() as stack:
            path = f"/echo?size={answer}"
            wires = [await stack.enter_async_context(connected(port, path)) for _ in range(self.clients)]

            def asking(index: int) -> Question:
                return lambda latent, stamp: wires[index].ask(question(model, latent, stamp))

            return await self.drive([asking(index) for index in range(self.clients)], seed)

    async def in_process(self, engine: Engine, model: str, seed: int) -> tuple[float, list[float]]:
        """The clients at an Engine of this process."""

        async def ask(latent: Latent, _stamp: int) -> object:
            return await engine.decode(Ask(model, latent), hand=True)

        return await self.drive([ask] * self.clients, seed)


async def answer_size(port: int, model: str, size: int) -> int:
    """Bytes of an answering frame. The first question also opens the model."""
    async with connected(port) as wire:
        answer = await wire.ask(question(model, np.zeros((1, size), np.float32), 100_000))
        pictures(answer)
        return len(answer)


@dataclass
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


async def measured(port: int, echo: int, clients: int, seconds: float, rounds: int = ROUNDS) -> list[Rates]:
    """Each of the four, turn by turn."""
    workers = os.cpu_count() or 1
    engine = Engine(Catalog(ROOT / "checkpoints"), lambda: choose("onnx", "cpu"), workers=workers)
    found = {name: Rates(name, [], []) for name in ("conv, server", "conv, Engine", "tiny, server", "tiny, echo")}
    crowds = {m: Crowd(clients, seconds, (await engine.open(m)).model.latent_size()) for m in (CONVOLUTIONAL, TINY)}
    sizes = {model: await answer_size(port, model, crowd.size) for model, crowd in crowds.items()}
    try:
        for seed in range(rounds):
            conv, tiny = crowds[CONVOLUTIONAL], crowds[TINY]
            turns = {
                "conv, server": partial(conv.over_wire, port, CONVOLUTIONAL, 2 * seed),
                "conv, Engine": partial(conv.in_process, engine, CONVOLUTIONAL, 2 * seed),
                "tiny, server": partial(tiny.over_wire, port, TINY, 2 * seed + 1),
                "tiny, echo": partial(tiny.at_echo, echo, TINY, sizes[TINY], 2 * seed + 1),
            }
            for name, turn in turns.items():
                rate, times = await turn()
                found[name].rates.append(rate)
                found[name].times += times
    finally:
        engine.close()
    return list(found.values())


def main() -> int:
    """Measure, print and keep."""
    options = asked("clients", __doc__, clients=(int, 64, "clients"), seconds=(float, 5.0, "of each turn"))
    with serving() as host, echoing() as echo:
        port, count, seconds = host.port, options.clients, options.seconds
        found = running(lambda: measured(port, echo, count, seconds))
    conv, engine, tiny, echoed = (one.rate for one in found)
    rows = [
        at_least(
            f"{count} clients, convolutional 64x64 decoder, of the same clients driving the Engine in process",
            100 * conv / engine,
            85,
            "%",
            f"{conv:,.0f} of {engine:,.0f} pictures a second",
        ),
        at_least(
            f"{count} clients, tiny decoder, of a WebSocket echo of the same payload",
            100 * tiny / echoed,
            60,
            "%",
            f"{tiny:,.0f} of {echoed:,.0f} answers a second",
        ),
    ]
    lines = ["| clients at | answers a second, by round | p50 ms | p99 ms |", "| --- | --- | --- | --- |"]
    return conclude("clients", rows, options, details="\n".join([*lines, *(one.row for one in found)]))


if __name__ == "__main__":
    sys.exit(main())
