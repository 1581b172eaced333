"""Processes killed under load, twenty times each: `python -m benchmarks.killed`.

While one visitor drags and another asks for grids, the process that fits a map is killed with SIGKILL in the middle of
a fit, again and again. Whoever waits for the map may not notice: the job goes on in another process, and nobody else
sees an error either. Recovered is the fit when it has come as far again as to lay points out.

`--of replica` kills decoders' replicas of Ray Serve instead, under the same load; it needs the cluster extra.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil

from benchmarks.verdict import Bound, asked, at_least, at_most, conclude
from benchmarks.visiting import Visitor
from benchmarks.wire import connected, latents, pictures, question, running
from tests.browser.host import serving

MODEL, SIZE = "faces-vae", 32
KILLS, RECOVERY_S = 20, 10.0
PATIENCE_S = 120.0


@dataclass
class Load:
    """A visitor who drags and one who asks for grids, until told to stop; what went wrong for them, and how much went
    well."""

    port: int
    well: int = 0
    wrong: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def grids(self) -> None:
        """One grid after the other."""
        visitor, random = Visitor(self.port), np.random.default_rng(2)
        steps = np.linspace(-2, 2, 5).tolist()
        while not self.over.wait(0.05):
            lines = [{"dim": dim, "values": steps} for dim in random.choice(SIZE, 2, replace=False).tolist()]
            body = {"latents": random.normal(size=(1, SIZE)).tolist(), "across": lines[0], "up": lines[1]}
            answer = visitor.ask("POST", f"/api/models/{MODEL}/grid", {**body, "output": "raw"})
            self._note(answer.status in (200, 429), f"grid: {answer.status} {answer.content[:200]!r}")
        visitor.close()

    def drag(self) -> None:
        """One position after the other, thirty a second; where the connection is lost it is opened again, as the page
        does, and what was lost with it is asked again once."""

        async def moving() -> None:
            async with connected(self.port) as wire:
                for stamp, latent in enumerate(latents(100_000, SIZE, 4)):
                    if self.over.is_set():
                        return
                    pictures(await wire.ask(question(MODEL, latent, stamp)))
                    self._note(True, "")
                    await asyncio.sleep(1 / 30)

        lost = 0.0
        while not self.over.is_set():
            try:
                running(moving)
            except OSError as wrong:
                self._note(time.monotonic() - lost > 1, f"drag: {wrong}")
                lost = time.monotonic()
                time.sleep(0.1)

    def _note(self, good: bool, words: str) -> None:
        self.well += good
        if not good:
            self.wrong.append(words)

    def guarded(self, work: str) -> None:
        """A thread's work, whose error is told rather than lost."""
        try:
            getattr(self, work)()
        except Exception as wrong:
            self.wrong.append(f"{work}: {wrong!r}")


@contextmanager
def loaded(port: int) -> Iterator[Load]:
    """While both go on."""
    load = Load(port)
    threads = [threading.Thread(target=load.guarded, args=(name,)) for name in ("grids", "drag")]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.over.set()
        for thread in threads:
            thread.join()


@dataclass
class Found:
    """What came of the kills."""

    kills: int = 0
    recovered: list[float] = field(default_factory=list)  # seconds
    failed: list[str] = field(default_factory=list)
    well: int = 0


def workers(server: int) -> list[int]:
    """The processes that compute for a server."""
    found = []
    for process in psutil.Process(server).children(recursive=True):
        try:
            if "spawn_main" in " ".join(process.cmdline()):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def fit(visitor: Visitor, server: int, seed: int, found: Found) -> None:
    """Ask for a map, kill its worker in the middle, and wait for the map as its visitor does."""
    path = f"/api/models/{MODEL}/projection?method=tsne&dims=2&seed={seed}"
    job = visitor.good("GET", path).json
    begun, killed, again = time.monotonic(), 0.0, False
    while job["state"] in ("queued", "running") and time.monotonic() - begun < PATIENCE_S:
        if not killed and (job["progress"] or 0) > 0 and (those := workers(server)):
            for pid in those:
                os.kill(pid, signal.SIGKILL)
            found.kills += 1
            killed = time.monotonic()
            job["progress"] = None
            time.sleep(0.2)
        elif killed and not again and (job["progress"] or 0) > 0 and workers(server):
            again = True
            found.recovered.append(time.monotonic() - killed)
        time.sleep(0.05)
        job = visitor.good("GET", f"/api/jobs/{job['id']}").json
    answer = visitor.ask("GET", path)
    if job["state"] != "done" or answer.status != 200 or not answer.content:
        found.failed.append(f"the map of seed {seed}: {job['state']}, {job['error']}, then {answer.status}")
    elif not again and killed:
        found.recovered.append(time.monotonic() - killed)


def of_worker(kills: int) -> Found:
    """Kill the worker that fits maps."""
    found = Found()
    with serving() as host:
        server = host.process.pid if host.process else 0
        visitor = Visitor(host.port)
        with loaded(host.port) as load:
            for seed in range(1000, 1000 + 2 * kills):
                if found.kills >= kills:
                    break
                fit(visitor, server, seed, found)
        visitor.close()
    found.failed += load.wrong
    found.well = load.well
    return found


def of_replica(kills: int) -> Found:
    """Kill decoders' replicas of Ray Serve, one after the other."""
    cluster = importlib.import_module("tests.cluster.host")
    found = Found()
    with tempfile.TemporaryDirectory() as data, cluster.command(Path(data)) as (process, address):
        port = urlsplit(address).port or 80
        visitor = Visitor(port)
        visitor.good("GET", f"/api/models/{MODEL}")
        visitor.close()
        with loaded(port) as load:
            time.sleep(2)
            for turn in range(kills):
                victims = cluster.replicas(process.pid)
                found.recovered.append(cluster.kill_and_await(process.pid, victims[turn % len(victims)]))
                found.kills += 1
                time.sleep(1)
    found.failed += load.wrong
    found.well = load.well
    return found


def verdict(found: Found, what: str, kills: int) -> list[Bound]:
    """The rows."""
    slowest = max(found.recovered, default=float("inf"))
    return [
        at_least(f"kill -9 of {what} under load: kills", found.kills, kills),
        at_most(f"kill -9 of {what}: errors that a client saw", len(found.failed), 0, "", f"{found.well:,} went well"),
        at_most(f"kill -9 of {what}: slowest recovery", slowest, RECOVERY_S, "s"),
    ]


def main() -> int:
    """Measure, print and keep."""
    options = asked("killed", __doc__, kills=(int, KILLS, "kills"), of=(str, "worker", "worker or replica"))
    replica = options.of == "replica"
    found = of_replica(options.kills) if replica else of_worker(options.kills)
    rows = verdict(found, "a Ray replica" if replica else "a fit worker", options.kills)
    times = ", ".join(f"{seconds:.1f}" for seconds in found.recovered)
    wrong = "".join(f"\n- {one}" for one in found.failed[:10])
    name = "killed_replica" if replica else "killed"
    return conclude(name, rows, options, details=f"Seconds until recovered: {times}.{wrong}", command="killed")


if __name__ == "__main__":
    sys.exit(main())
