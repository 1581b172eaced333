"""One visitor drags while another asks for grids without pause: `python -m benchmarks.fairness`.

In Chromium, on the real page, the time from a slider's input event to the changed canvas: alone, and turn by turn with
that, while another visitor asks for grids of 11 x 11 pictures of the same model, each as soon as the last one is there.
Every grid is about another point, so no cache answers.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from playwright.sync_api import Page

from benchmarks.slider import on_page
from benchmarks.verdict import asked, at_most, conclude
from benchmarks.visiting import Visitor
from tests.browser.host import Host, chromium, serving

MODEL, SIDE = "faces-vae", 11
SIZE, PIXELS = 32, 64 * 64 * 3
ROUNDS = 4


@dataclass
class Grids:
    """The other visitor."""

    port: int
    made: int = 0
    failed: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Ask until it is over."""
        visitor = Visitor(self.port)
        random = np.random.default_rng(self.made + 1)
        steps = np.linspace(-2, 2, SIDE).tolist()
        while not self.over.is_set():
            across, up = random.choice(SIZE, 2, replace=False).tolist()
            answer = visitor.ask(
                "POST",
                f"/api/models/{MODEL}/grid",
                {
                    "latents": random.normal(size=(1, SIZE)).tolist(),
                    "across": {"dim": across, "values": steps},
                    "up": {"dim": up, "values": steps},
                    "output": "raw",
                },
            )
            if answer.status == 200 and len(answer.content) == SIDE * SIDE * PIXELS:
                self.made += 1
            else:
                self.failed.append(f"{answer.status}: {answer.content[:200]!r}")
                self.over.wait(0.1)
        visitor.close()


@contextmanager
def beside(grids: Grids) -> Iterator[None]:
    """While grids are asked for."""
    grids.over.clear()
    thread = threading.Thread(target=grids.ask)
    thread.start()
    try:
        yield
    finally:
        grids.over.set()
        thread.join()


def opened(page: Page, host: Host) -> None:
    """The page with the convolutional decoder, its map loaded."""
    page.set_default_timeout(60_000)
    page.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page.goto(f"{host.address}#v=1&model={MODEL}")
    page.wait_for_selector('[data-testid="picture"][data-stamp]')
    page.get_by_text("points shown").wait_for()
    page.wait_for_timeout(1500)


def measured(count: int, rounds: int = ROUNDS) -> tuple[list[float], list[float], Grids, str]:
    """Milliseconds alone and beside the grids, the other visitor, and the browser's version."""
    alone: list[float] = []
    crowded: list[float] = []
    with serving() as host, chromium() as browser:
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        opened(page, host)
        on_page(page, min(count, 20), 777)
        grids = Grids(host.port)
        for seed in range(rounds):
            alone += on_page(page, count, 2 * seed)
            with beside(grids):
                page.wait_for_timeout(300)
                crowded += on_page(page, count, 2 * seed + 1)
        return alone, crowded, grids, browser.version


def main() -> int:
    """Measure, print and keep."""
    options = asked("fairness", __doc__, count=(int, 250, "changes a round"))
    alone, crowded, grids, version = measured(options.count)
    if grids.failed or not grids.made:
        raise RuntimeError(f"{grids.made} grids came; {grids.failed[:3]}: nothing was measured")
    idle, busy = np.percentile(alone, 99), np.percentile(crowded, 99)
    what = "slider to changed picture beside a visitor who asks for 11 x 11 grids without pause, p99 over idle"
    rows = [at_most(what, float(busy / idle), 3, "times", f"{busy:.1f} and {idle:.1f} ms, {grids.made} grids")]
    lines = ["| slider to canvas | n | p50 ms | p95 ms | p99 ms |", "| --- | --- | --- | --- | --- |"]
    for name, times in (("alone", alone), ("beside grids", crowded)):
        p50, p95, p99 = np.percentile(times, (50, 95, 99))
        lines.append(f"| {name} | {len(times)} | {p50:.1f} | {p95:.1f} | {p99:.1f} |")
    return conclude("fairness", rows, options, details="\n".join(lines), also={"chromium": version})


if __name__ == "__main__":
    sys.exit(main())
