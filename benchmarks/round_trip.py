"""What the connection and the server add to the model: `python -m benchmarks.round_trip`.

The time from a frame that is sent to the frame with its picture, over a WebSocket to a real server in a process of
its own; beside it, turn by turn, the bare decoder call in this process on latents of the same kind. One client, one
question at a time. The difference of the medians is the result.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np

from benchmarks.verdict import asked, at_most, conclude
from benchmarks.wire import Wire, connected, latents, pictures, question, running
from server.catalog import Catalog
from server.opened import OpenedModel
from server.runtimes import choose
from server.settings import ROOT
from tests.browser.host import serving

MODELS = {"faces-vae": "64x64 in colours", "fashion-vae-16": "28x28 in gray"}
ROUNDS = 10
LIMIT_MS = 0.3


def bare(opened: OpenedModel, count: int, seed: int) -> list[float]:
    """Milliseconds of the decoder alone, one latent a call."""
    times = []
    for row in latents(count, opened.model.latent_size(), seed):
        start = time.perf_counter()
        opened.model.pixels(row)
        times.append((time.perf_counter() - start) * 1e3)
    return times


async def over_wire(wire: Wire, opened: OpenedModel, count: int, seed: int) -> list[float]:
    """Milliseconds from a question to its picture."""
    times = []
    for stamp, row in enumerate(latents(count, opened.model.latent_size(), seed)):
        frame = question(opened.id, row, stamp)
        start = time.perf_counter()
        answer = await wire.ask(frame)
        times.append((time.perf_counter() - start) * 1e3)
        if stamp == 0 and not np.array_equal(pictures(answer), opened.model.pixels(row)):
            raise RuntimeError("the server's picture is not the decoder's: nothing was measured")
    return times


async def measured(port: int, opened: OpenedModel, count: int, rounds: int = ROUNDS) -> tuple[list[float], list[float]]:
    """Both, turn by turn: (bare, over the wire)."""
    calls: list[float] = []
    trips: list[float] = []
    async with connected(port) as wire:
        await over_wire(wire, opened, 30, 999)
        bare(opened, 30, 998)
        for turn in range(rounds):
            calls += bare(opened, count, 2 * turn)
            trips += await over_wire(wire, opened, count, 2 * turn + 1)
    return calls, trips


def main() -> int:
    """Measure, print and keep."""
    options = asked("round_trip", __doc__, count=(int, 200, "questions a round"))
    rows, lines = [], ["| model | what | n | p50 ms | p95 ms | p99 ms |", "| --- | --- | --- | --- | --- | --- |"]
    catalog, runtime = Catalog(ROOT / "checkpoints"), choose("onnx", "cpu")
    with serving() as host:
        for model, form in MODELS.items():
            opened, port = OpenedModel(catalog, runtime, model), host.port
            calls, trips = running(lambda opened=opened, port=port: measured(port, opened, options.count))  # type: ignore[misc]
            added = statistics.median(trips) - statistics.median(calls)
            rows.append(at_most(f"WebSocket round trip over the bare decoder call, {form}", added, LIMIT_MS, "ms"))
            for what, times in (("bare decoder call", calls), ("WebSocket round trip", trips)):
                cells = " | ".join(f"{np.percentile(times, q):.3f}" for q in (50, 95, 99))
                lines.append(f"| {model} | {what} | {len(times)} | {cells} |")
    return conclude("round_trip", rows, options, details="\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
