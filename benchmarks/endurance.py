"""Half an hour of people: `python -m benchmarks.endurance`.

Eight visitors drag over the live connection, and others do what the page does besides: strips, grids, draws, uploads,
maps, columns and pictures of a set, and connections that come and go. All of it goes on without pause on a server
with its own settings, and the server's memory, threads and descriptors are looked at every few seconds. Anything but
2xx and 429 ends the run as not met.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.growth import Sample, look, rows, table
from benchmarks.verdict import asked, at_least, at_most, conclude
from benchmarks.visiting import Visitor
from benchmarks.wire import Refusal, connected, pictures, question, running
from tests.browser.host import serving

DRAGGED = (("faces-vae", 32), ("fashion-vae-16", 16))
DRAGGERS, LOOK_S = 8, 5.0
MOVE_S = 1 / 60
STAY = 500  # moves after which a dragger closes the page and another one comes


@dataclass
class Going:
    """What has been done so far, and until when it goes on."""

    port: int
    until: float
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def over(self) -> bool:
        """Whether it is time to stop."""
        return time.monotonic() >= self.until

    def note(self, what: str, status: int, content: bytes) -> None:
        """Count an answer."""
        self.answers[f"{what} {status}"] += 1
        if not (200 <= status < 300 or status == 429):
            self.wrong.append(f"{what} was answered with {status}: {content[:200]!r}")


async def drag(going: Going, index: int) -> None:
    """Move a slider sixty times a second; after a while close the page and open it again."""
    random = np.random.default_rng(index)
    model, size = DRAGGED[index % len(DRAGGED)]
    while not going.over():
        async with connected(going.port) as wire:
            for stamp in range(STAY):
                if going.over():
                    break
                begun = time.monotonic()
                answer = await wire.ask(question(model, random.normal(size=(1, size)).astype(np.float32), stamp))
                try:
                    pictures(answer)
                    going.answers["live frame"] += 1
                except Refusal as refusal:
                    going.answers[f"live {refusal.code}"] += 1
                    if refusal.code != "busy":
                        going.wrong.append(f"live: {refusal}")
                await asyncio.sleep(max(0.0, begun + MOVE_S - time.monotonic()))


def photo(random: np.random.Generator) -> tuple[bytes, str]:
    """An upload as a form: its bytes and its content type."""
    buffer = io.BytesIO()
    side = int(random.integers(40, 400))
    Image.fromarray(random.integers(0, 256, (side, side, 3), np.uint8)).save(buffer, "PNG")
    boundary = "boundary-of-a-form"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'.encode()
    return head + buffer.getvalue() + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def wander(going: Going, index: int) -> None:
    """What a visitor does besides dragging, one thing after the other."""
    random = np.random.default_rng((index, 7))
    model, size = DRAGGED[index % len(DRAGGED)]
    steps = np.linspace(-2, 2, 7).tolist()

    def point() -> list[list[float]]:
        return [random.normal(size=size).tolist()]

    def grid() -> dict[str, Any]:
        across, up = ({"dim": dim, "values": steps} for dim in random.choice(size, 2, replace=False).tolist())
        return {"latents": point(), "across": across, "up": up, "output": "webp"}

    jobs: list[Callable[[], tuple[str, str, object, str]]] = [
        lambda: ("POST", f"/api/models/{model}/grid", grid(), ""),
        lambda: ("POST", f"/api/models/{model}/traverse", {"latents": point(), "dims": [0, 1, 2], "output": "raw"}, ""),
        lambda: ("POST", f"/api/models/{model}/encode", *photo(random)),
        lambda: ("GET", f"/api/models/{model}/sample?seed={int(random.integers(1_000_000))}", None, ""),
        lambda: ("GET", f"/api/models/{model}/projection?method=pca&dims=2", None, ""),
        lambda: ("GET", f"/api/models/{model}/sets/data/columns", None, ""),
        lambda: (
            "GET",
            f"/api/models/{model}/sets/data/pictures?rows={int(random.integers(2000))}&output=png",
            None,
            "",
        ),
        lambda: ("GET", "/", None, ""),
        lambda: ("GET", "/api/models", None, ""),
        lambda: ("GET", f"/api/models/{model}", None, ""),
    ]
    while not going.over():
        visitor = Visitor(going.port)  # another one each time round: the server must forget those who have gone
        for which in random.permutation(len(jobs)).tolist():
            if going.over():
                break
            method, path, body, kind = jobs[which]()
            answer = visitor.ask(method, path, body, **({"kind": kind} if kind else {}))
            going.note(f"{method} {path.split('?')[0].replace(model, '*')}", answer.status, answer.content)
        visitor.close()


def measured(seconds: float, look_s: float = LOOK_S) -> tuple[list[Sample], Going]:
    """Let people at a server for so long, and look at it."""
    with serving() as host:
        pid = host.process.pid if host.process else os.getpid()
        host.ready()
        visitor = Visitor(host.port)
        for model, size in DRAGGED:  # loaded, so that the time is one of load
            visitor.ask("POST", f"/api/models/{model}/decode", {"latents": [[0.0] * size]})
        visitor.close()
        going = Going(host.port, time.monotonic() + seconds)
        threads = [threading.Thread(target=guarded, args=(going, wander, index)) for index in range(2)]
        for thread in threads:
            thread.start()
        begun = time.monotonic()

        async def all_of_them() -> list[Sample]:
            draggers = [asyncio.ensure_future(drag(going, index)) for index in range(DRAGGERS)]
            samples = []
            while not going.over() and not any(one.done() and one.exception() for one in draggers):
                await asyncio.sleep(min(look_s, max(0.0, going.until - time.monotonic())))
                samples.append(look(pid, time.monotonic() - begun))
            going.until = min(going.until, time.monotonic())
            for found in await asyncio.gather(*draggers, return_exceptions=True):
                if isinstance(found, BaseException):
                    going.wrong.append(f"live: {found!r}")
            return samples

        samples = running(all_of_them)
        for thread in threads:
            thread.join()
    return samples, going


def guarded(going: Going, work: Callable[[Going, int], None], index: int) -> None:
    """A thread's work, whose error is told rather than lost."""
    try:
        work(going, index)
    except Exception as wrong:
        going.wrong.append(repr(wrong))


def main() -> int:
    """Measure, print and keep."""
    options = asked(
        "endurance", __doc__, minutes=(float, 30.0, "of load"), look=(float, LOOK_S, "seconds between two looks")
    )
    samples, going = measured(options.minutes * 60, options.look)
    warm = min(300.0, options.minutes * 60 / 4)
    what = f"{options.minutes:g} minutes of load"
    total = sum(going.answers.values())
    found = [
        at_least(f"{what}: minutes that it lasted", samples[-1].at / 60, options.minutes * 0.99, "min"),
        at_most(f"{what}: answers that are neither 2xx nor 429", len(going.wrong), 0, "", f"of {total:,}"),
        *rows(what, samples, warm),
    ]
    answers = "\n".join(f"| {name} | {count:,} |" for name, count in sorted(going.answers.items()))
    wrong = "".join(f"\n- {one}" for one in going.wrong[:10])
    details = f"{table(samples, 'seconds')}\n\n| answers | |\n| --- | --- |\n{answers}{wrong}"
    return conclude("endurance", found, options, details=details)


if __name__ == "__main__":
    sys.exit(main())
