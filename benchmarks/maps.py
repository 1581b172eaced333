"""What fits of maps cost, and whether they hold up the hand: `python -m benchmarks.maps`.

In one run, over HTTP and the live WebSocket of a server of its own: UMAP of 10,000 x 16 by the warm worker, by turns
with bare umap-learn in this process; a new point placed on each map, and the way back; and a slider's round trip idle,
while the worker gets ready, and while it fits a map. Exit status 1 where a bound is not met.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from benchmarks.report import keep, machine
from benchmarks.wire import aside
from models.latent.placing import Placing
from server.routes.frames import pack
from server.settings import ROOT
from tests.browser.host import Host, serving

MODEL = "fashion-vae-16"
METHODS = ("pca", "umap", "tsne", "pacmap", "localmap")
MANY = 70_000
FIT_BOUND = 1.3  # of a fit by the worker to a bare one
PLACE_BOUND = 20.0  # ms
HAND_BOUND = 2.0  # of p50 and p99 during a fit or a warm-up to idle
LATENTS = np.load(ROOT / "checkpoints" / MODEL / "sets" / "data.npy", allow_pickle=False).astype(np.float32)


class Server:
    """What is asked of a server over HTTP."""

    def __init__(self, host: Host) -> None:
        self._root = host.address.rstrip("/")
        self._cookie = ""

    def ask(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> tuple[int, Any, bytes]:
        """Status, headers and body of an answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Cookie": self._cookie}
        asked = urllib.request.Request(self._root + path, data, headers, method=method)  # noqa: S310 (our own)
        with urllib.request.urlopen(asked) as answer:  # noqa: S310
            if given := answer.headers.get("set-cookie"):
                self._cookie = given.split(";")[0]
            return answer.status, answer.headers, answer.read()

    def map(self, query: str) -> str:
        """The address of a map."""
        return f"/api/models/{MODEL}/projection{query}"

    def begin(self, query: str) -> str | None:
        """Ask for a map: the address of its job, None where it is there."""
        status, headers, _ = self.ask(self.map(query))
        return headers["location"] if status == 202 else None

    def state(self, job: str) -> dict[str, Any]:
        """Where a job stands."""
        found: dict[str, Any] = json.loads(self.ask(job)[2])
        return found

    def fit(self, query: str) -> float:
        """Seconds until a map is there. Raises RuntimeError where it fails."""
        start = time.perf_counter()
        job = self.begin(query)
        while job is not None and (state := self.state(job)["state"]) != "done":
            if state in ("failed", "cancelled"):
                raise RuntimeError(self.state(job)["message"])
            time.sleep(0.02)
        return time.perf_counter() - start


@contextmanager
def live(host: Host) -> Iterator[ClientConnection]:
    """The page's WebSocket."""
    address = host.address.replace("http", "ws") + "api/live"
    with connect(address, origin=Origin(host.address.rstrip("/"))) as socket:
        yield socket


def hand(socket: ClientConnection, count: int, seed: int, going: Callable[[], bool] = lambda: True) -> list[float]:
    """Milliseconds of slider round trips, one each 16 ms as a hand makes them, at most `count` and while `going`."""
    times = []
    rows = np.random.default_rng(seed).normal(size=(count, LATENTS.shape[1])).astype("<f4")
    for stamp, row in enumerate(rows):
        if stamp % 20 == 0 and not going():
            break
        start = time.perf_counter()
        socket.send(pack({"stamp": stamp, "model": MODEL}, row.tobytes()))
        while aside(socket.recv()):
            pass
        times.append(1e3 * (time.perf_counter() - start))
        time.sleep(max(0.0, 0.016 - times[-1] / 1e3))
    return times


def bare(seed: int | None) -> float:
    """Seconds of umap-learn alone; without a seed it uses all cores."""
    from umap import UMAP

    start = time.perf_counter()
    UMAP(random_state=seed, n_jobs=1 if seed is not None else -1).fit_transform(LATENTS)
    return time.perf_counter() - start


def placing(server: Server, count: int) -> dict[str, list[float]]:
    """Milliseconds to place a new point on each map and back, over HTTP; and at 70,000 points without HTTP."""
    found: dict[str, list[float]] = {}
    rows = np.random.default_rng(5).normal(size=(count, LATENTS.shape[1])).round(4)
    for method in METHODS:
        server.fit(f"?method={method}")
        for way, body in (("place", {"latents": [[0.0] * rows.shape[1]]}), ("unplace", {"positions": [[0.0, 0.0]]})):
            server.ask(server.map(f"/{way}?method={method}"), body)  # the map is read once
            times = found.setdefault(f"{way}, {method}, 10,000 points, over HTTP", [])
            for row in rows:
                body = {"latents": [row.tolist()]} if way == "place" else {"positions": [row[:2].tolist()]}
                start = time.perf_counter()
                server.ask(server.map(f"/{way}?method={method}"), body)
                times.append(1e3 * (time.perf_counter() - start))
    many = np.random.default_rng(6).normal(size=(MANY, LATENTS.shape[1])).astype(np.float32)
    made = Placing(many, many[:, :2])
    made.prepare()
    for way, call, size in (("place", made.place, many.shape[1]), ("unplace", made.unplace, 2)):
        times = found.setdefault(f"{way}, {MANY:,} points, without HTTP", [])
        for row in rows[:, :size]:
            start = time.perf_counter()
            call(row[np.newaxis])
            times.append(1e3 * (time.perf_counter() - start))
    return found


def measured(rounds: int, count: int) -> tuple[dict[str, list[float]], ...]:
    """Round trips of the hand, milliseconds of placing, seconds of fits."""
    with serving() as host, live(host) as socket:
        server = Server(host)
        hand(socket, 100, 0)
        trips = {"idle": hand(socket, count, 1)}
        # A new data folder holds nothing compiled: the longest warm-up that there is.
        server.ask(server.map("/warm"), method="POST")
        trips["while the worker gets ready"] = hand(socket, count, 2)
        trips["idle again"] = []
        fits: dict[str, list[float]] = {"by the warm worker": [], "bare umap-learn, seeded": [], "bare, all cores": []}
        server.fit("?method=umap&seed=999&neighbours=5")
        trips["idle again"] = hand(socket, count, 3)
        trips["during a fit"] = []
        for seed in range(1, rounds + 1):
            job = server.begin(f"?method=tsne&seed={seed}&perplexity=50")
            if job is None:
                raise RuntimeError("The map was there already: nothing was measured.")

            def going(job: str = job) -> bool:
                return str(server.state(job)["state"]) == "running"

            trips["during a fit"] += hand(socket, -(-count // rounds), 10 + seed, going)
            server.ask(job, method="DELETE")
        server.fit("?method=umap&seed=998")  # cancelled fits have ended the worker: it gets ready again
        for each in (0, None):
            bare(each)
        for seed in range(1, rounds + 1):
            fits["by the warm worker"].append(server.fit(f"?method=umap&seed={seed}"))
            fits["bare umap-learn, seeded"].append(bare(seed))
            fits["bare, all cores"].append(bare(None))
        return trips, placing(server, count // 5), fits


def rows_of(times: dict[str, list[float]], base: Sequence[float] | None, tail: int) -> list[str]:
    """A table's lines: median and a high percentile, and both as ratios where there is a base."""
    lines = []
    for name, each in times.items():
        low, high = np.percentile(each, (50, tail))
        ratios = ""
        if base is not None:
            ratios = f" {low / np.percentile(base, 50):.2f} | {high / np.percentile(base, tail):.2f} |"
        lines.append(f"| {name} | {len(each)} | {low:.2f} | {high:.2f} |{ratios}")
    return lines


def main() -> int:
    """Measure, print and keep; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.maps", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="fits")
    parser.add_argument("--count", type=int, default=600, help="slider moves of each kind")
    chosen = parser.parse_args()
    trips, places, fits = measured(chosen.rounds, chosen.count)
    idle = trips["idle"] + trips["idle again"]
    hands = {"idle": idle, **{name: trips[name] for name in trips if not name.startswith("idle")}}
    lines = [
        f"`python -m benchmarks.maps` on {machine()}, {MODEL}, {len(LATENTS):,} x {LATENTS.shape[1]}",
        "",
        "| UMAP | n | p50 s | p90 s | p50 ratio | p90 ratio |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows_of(fits, fits["bare umap-learn, seeded"], 90),
        "",
        "| a point | n | p50 ms | p99 ms |",
        "| --- | --- | --- | --- |",
        *rows_of(places, None, 99),
        "",
        "| slider, WebSocket round trip | n | p50 ms | p99 ms | p50 ratio | p99 ratio |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows_of(hands, idle, 99),
        "",
    ]
    kept = [
        np.median(fits["by the warm worker"]) <= FIT_BOUND * np.median(fits["bare umap-learn, seeded"]),
        all(np.median(each) <= PLACE_BOUND for each in places.values()),
        all(np.percentile(each, q) <= HAND_BOUND * np.percentile(idle, q) for each in hands.values() for q in (50, 99)),
    ]
    wanted = (f"UMAP within {FIT_BOUND}", f"placing within {PLACE_BOUND:.0f} ms", f"the hand within {HAND_BOUND:.0f}")
    said = [f"{what}: {'kept' if held else 'NOT KEPT'}" for what, held in zip(wanted, kept, strict=True)]
    keep("maps", "\n".join([*lines, f"Bounds (p50 of fits and points, p50 and p99 of the hand). {'; '.join(said)}."]))
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
