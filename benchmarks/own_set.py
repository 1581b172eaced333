"""What 100,000 pictures of one's own cost: `python -m benchmarks.own_set`.

Generated pictures go as a zip to a server of the benchmark's own, by the addresses that the page uses, and are encoded
by its job. Told are the times, pictures a second, the most memory that the server and the job's process held, and the
bytes on the disk; then what looking at the set costs. Beside it, in the same run and on one thread too: a bare loop
over the same archive that decodes with Pillow and runs the encoder by onnxruntime, without preparing, storing or
reporting anything.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import tempfile
import threading
import time
import urllib.request
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import psutil
from PIL import Image, ImageDraw

from benchmarks.report import keep, machine
from server.runtimes.onnx import session_options
from server.settings import ROOT
from tests.browser.host import Host, serving

MODEL = "fashion-vae-16"
COUNT = 100_000
BARE = 10_000  # pictures of the bare loop
OTHER = 2_000  # pictures of another form, which have to be prepared
PART = 8 * 2**20
MB = 2**20
PASS = 32


def picture(random: np.random.Generator, side: int, mode: str) -> bytes:
    """A PNG with an ellipse: light on black where it is gray, dark on white in colours."""
    ground: Any = 0 if mode == "L" else (250, 250, 250)
    drawn = Image.new(mode, (side, side), ground)
    left, right = sorted(random.integers(2, side - 2, 2).tolist())
    top, bottom = sorted(random.integers(2, side - 2, 2).tolist())
    fill: Any = int(random.integers(80, 255)) if mode == "L" else tuple(random.integers(0, 200, 3).tolist())
    ImageDraw.Draw(drawn).ellipse((left, top, right + 1, bottom + 1), fill=fill)
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return buffer.getvalue()


def archive(path: Path, count: int, side: int, mode: str) -> Path:
    """A zip of generated pictures in ten folders."""
    random = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as packed:
        for i in range(count):
            packed.writestr(f"class {i % 10}/{i:06}.png", picture(random, side, mode))
    return path


@dataclass
class Watch:
    """Looks at the memory of the server and of its children, ten times a second."""

    server: int
    most: dict[str, int] = field(default_factory=lambda: {"server": 0, "job": 0})
    over: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Until `over` is set. Memory is the resident set: of a mapped file the pages that were looked at count too."""
        process = psutil.Process(self.server)
        while not self.over.wait(0.1):
            children = [each for each in process.children(recursive=True) if "spawn_main" in " ".join(_command(each))]
            self.most["server"] = max(self.most["server"], _own(process))
            self.most["job"] = max([self.most["job"], *map(_own, children)])


def _command(process: psutil.Process) -> list[str]:
    try:
        found: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return found


def _own(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def asked(host: Host, path: str, method: str = "GET", body: bytes | None = None, kind: str = "application/json") -> Any:
    """An answer of the server: JSON as what it says, else bytes."""
    request = urllib.request.Request(  # noqa: S310  (our own server)
        host.address.rstrip("/") + path, body, {"content-type": kind, **COOKIES}, method=method
    )
    with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310
        cookie = answer.headers.get("set-cookie")
        if cookie:
            COOKIES["cookie"] = cookie.split(";")[0]
        content = answer.read()
        return json.loads(content) if answer.headers["content-type"] == "application/json" else content


COOKIES: dict[str, str] = {}  # the visitor: a job is its visitor's


def sent(host: Host, path: Path, title: str) -> tuple[str, float]:
    """The set's name, and the seconds that sending took."""
    begin = time.perf_counter()
    body = {"title": title, "kind": "archive", "source": path.name, "bytes": path.stat().st_size}
    name: str = asked(host, f"/api/models/{MODEL}/sets", "POST", json.dumps(body).encode())["name"]
    at = 0
    with path.open("rb") as stream:
        while part := stream.read(PART):
            place = f"/api/models/{MODEL}/sets/{name}/archive?offset={at}"
            at = asked(host, place, "PUT", part, "application/zip")["received"]
    return name, time.perf_counter() - begin


def encoded(host: Host, name: str) -> float:
    """The seconds that the job took, its process's start included."""
    begin = time.perf_counter()
    job = asked(host, f"/api/models/{MODEL}/sets/{name}/encode", "POST")
    while job["state"] in ("queued", "running"):
        time.sleep(0.2)
        job = asked(host, f"/api/jobs/{job['id']}")
    if job["state"] != "done":
        raise RuntimeError(f"The job ended as {job['state']}: {job['error']}")
    return time.perf_counter() - begin


def bare(path: Path, count: int) -> float:
    """Pictures a second of reading, decoding and encoding alone."""
    encoder = ROOT / "checkpoints" / MODEL / "encoder.onnx"
    session = onnxruntime.InferenceSession(encoder, session_options(), providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    begin = time.perf_counter()
    with zipfile.ZipFile(path) as packed:
        names = packed.namelist()[:count]
        for first in range(0, len(names), PASS):
            raws = [packed.read(name) for name in names[first : first + PASS]]
            pixels = np.stack([np.asarray(Image.open(io.BytesIO(raw)), np.float32) for raw in raws])
            session.run(None, {entry.name: pixels[:, None] / np.float32(255)})
    return len(names) / (time.perf_counter() - begin)


def looked_at(host: Host, name: str, count: int) -> list[tuple[str, str]]:
    """What the first looks at the set cost."""
    rows = []
    for what, path in (
        ("its latents and labels as columns", f"/sets/{name}/columns"),
        ("its PCA map", f"/projection?set={name}"),
    ):
        begin = time.perf_counter()
        content = asked(host, f"/api/models/{MODEL}{path}")
        rows.append((what, f"{time.perf_counter() - begin:.2f} s, {len(content) / MB:.1f} MB"))
    random = np.random.default_rng(1)
    times = []
    for _ in range(50):
        some = ",".join(str(row) for row in random.integers(0, count, 16))
        begin = time.perf_counter()
        asked(host, f"/api/models/{MODEL}/sets/{name}/pictures?rows={some}&output=raw")
        times.append(1000 * (time.perf_counter() - begin))
    rows.append(("16 of its pictures at random places, p50", f"{statistics.median(times):.1f} ms"))
    return rows


def measure(count: int, folder: Path) -> list[tuple[str, str]]:
    """All rows of the report."""
    path = archive(folder / "pictures.zip", count, 28, "L")
    other = archive(folder / "other.zip", min(count, OTHER), 64, "RGB")
    with serving() as host:
        if host.process is None:
            raise RuntimeError("there is no server")
        asked(host, f"/api/models/{MODEL}")  # opened before, as it is when somebody adds pictures
        idle = _own(psutil.Process(host.process.pid))
        watch = Watch(host.process.pid)
        thread = threading.Thread(target=watch.look)
        thread.start()
        try:
            name, sending = sent(host, path, "Pictures")
            encoding = encoded(host, name)
            most = dict(watch.most)
            looks = looked_at(host, name, count)
            looking = watch.most["server"]
            (entry,) = [each for each in asked(host, f"/api/models/{MODEL}/sets")["sets"] if each["own"]]
            other_name, _ = sent(host, other, "Other")
            other_encoding = encoded(host, other_name)
        finally:
            watch.over.set()
            thread.join()
    alone = bare(path, min(count, BARE))
    if entry["count"] != count:
        raise RuntimeError(f"{entry['count']} of {count} pictures are in the set")
    return [
        (f"sending {path.stat().st_size / MB:.0f} MB", f"{sending:.1f} s"),
        (f"encoding {count:,} gray pictures of 28 x 28", f"{encoding:.0f} s, {count / encoding:.0f} a second"),
        ("the bare loop on the same archive", f"{alone:.0f} a second"),
        (
            f"encoding {min(count, OTHER):,} colour pictures of 64 x 64, which have to be prepared",
            f"{min(count, OTHER) / other_encoding:.0f} a second",
        ),
        ("memory of the server before", f"{idle / MB:.0f} MB"),
        ("most memory of the server while it received and encoded", f"{most['server'] / MB:.0f} MB"),
        ("most memory of the job's process", f"{most['job'] / MB:.0f} MB"),
        ("most memory of the server while the set was looked at", f"{looking / MB:.0f} MB"),
        ("the set on the disk", f"{entry['kept']['bytes'] / MB:.0f} MB"),
        *looks,
    ]


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.own_set", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="pictures")
    count = parser.parse_args().count
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(count, Path(folder))
    load = f"load {before:.1f} before and {os.getloadavg()[0]:.1f} after"
    heading = f"`python -m benchmarks.own_set` on {machine()}, {load}; {MODEL}, one thread, nice 10"
    table = ["| what | |", "| --- | --- |", *(f"| {what} | {found} |" for what, found in rows)]
    keep("own_set", "\n".join([heading, "", *table]))


if __name__ == "__main__":
    main()
