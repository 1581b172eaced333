"""What comes before the first slider works: `python -m benchmarks.first_slider`.

Chromium opens the page with a fresh profile, so nothing is cached. In the page, the moment a slider can be moved it is
moved, and the clock stops when the canvas shows another picture than before: until then nobody could have used it.
Every byte that has come by then counts, headers, cookies and WebSocket frames included, as Chromium's own network
events tell it. The time begins with the navigation.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.verdict import asked, at_most, conclude
from tests.browser.host import chromium, serving

KB = 1000
# Runs before the page's own scripts. The canvas is hooked, not polled: looking all the time would slow the page down.
WATCH = """(() => {
  const put = CanvasRenderingContext2D.prototype.putImageData;
  const tell = { drawn: 0, first: 0, moved: 0, done: 0 };
  window.__first = tell;
  let before = null;
  const large = () => document.querySelector('[data-testid="picture"]');
  const move = () => {
    const slider = document.querySelector('input[type=range][data-testid^=slider-]');
    if (!slider || slider.disabled) return setTimeout(move, 1);
    const canvas = large();
    before = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.join();
    tell.moved = performance.now();
    const [low, high, now] = [Number(slider.min), Number(slider.max), Number(slider.value)];
    slider.value = String(now > (low + high) / 2 ? low : high);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  };
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    put.apply(this, given);
    if (this.canvas !== large() || tell.done) return;
    if (!tell.first) { tell.first = performance.now(); queueMicrotask(move); return; }
    if (!before) return;
    const now = this.getImageData(0, 0, this.canvas.width, this.canvas.height).data.join();
    if (now !== before) { tell.done = performance.now(); window.__firstDone?.(); }
  };
})()"""


@dataclass
class Traffic:
    """What Chromium says of the network: (its own clock in seconds, bytes, what)."""

    seen: list[tuple[float, int, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    start: float = 0.0

    def listen(self, page: Page) -> None:
        """Follow everything that a page receives from now on."""
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.responseReceived", self._headers)
        session.on("Network.dataReceived", self._data)
        session.on("Network.loadingFinished", self._finished)
        session.on("Network.webSocketFrameReceived", self._frame)
        session.send("Network.enable")

    def _asked(self, event: dict[str, Any]) -> None:
        self.start = self.start or event["timestamp"]
        self.names[event["requestId"]] = event["request"]["url"]

    def _add(self, event: dict[str, Any], size: int) -> None:
        key = event["requestId"]
        self.counted[key] = self.counted.get(key, 0) + size
        self.seen.append((event["timestamp"], size, self.names.get(key, "WebSocket")))

    def _headers(self, event: dict[str, Any]) -> None:
        self._add(event, int(event["response"]["encodedDataLength"]))

    def _data(self, event: dict[str, Any]) -> None:
        self._add(event, int(event["encodedDataLength"]))

    def _finished(self, event: dict[str, Any]) -> None:
        self._add(event, int(event["encodedDataLength"]) - self.counted.get(event["requestId"], 0))

    def _frame(self, event: dict[str, Any]) -> None:
        data = event["response"]["payloadData"]
        self._add(event, len(data) * 3 // 4 if event["response"]["opcode"] == 2 else len(data))

    def until(self, seconds: float) -> tuple[int, dict[str, int]]:
        """Bytes received in the first `seconds`, in all and by address."""
        each: dict[str, int] = {}
        for at, size, name in self.seen:
            if at - self.start <= seconds:
                each[name] = each.get(name, 0) + size
        return sum(each.values()), each


@dataclass(frozen=True)
class Visit:
    """One first visit: milliseconds to the first picture and to the first slider that works, and what had come."""

    picture: float
    slider: float
    size: int
    each: dict[str, int]


def visit(browser: Browser, address: str) -> Visit:
    """Open the page as somebody does who has never been there."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(WATCH)
    traffic = Traffic()
    traffic.listen(page)
    page.goto(address, wait_until="commit")
    found = page.evaluate(
        """() => new Promise((done) => {
        const tell = () => done({ ...window.__first });
        if (window.__first.done) tell(); else window.__firstDone = tell; })"""
    )
    page.wait_for_timeout(300)  # events still on their way; each carries its own time
    size, each = traffic.until(found["done"] / 1000)
    context.close()
    return Visit(found["first"], found["done"], size, each)


def table(visits: list[Visit]) -> str:
    """What came in the visit in the middle, largest first, and both times."""
    chosen = sorted(visits, key=lambda one: one.size)[len(visits) // 2]
    times = ", ".join(f"{one.slider:.0f}" for one in visits)
    pictures = ", ".join(f"{one.picture:.0f}" for one in visits)
    heading = f"Milliseconds to the first picture: {pictures}; to the first slider that works: {times}."
    shown = sorted(chosen.each.items(), key=lambda item: -item[1])
    rows = [f"| {name.split('/', 3)[-1].split('#')[0] or '(page)'} | {size:,} |" for name, size in shown[:15]]
    rest = sum(size for _, size in shown[15:])
    rows.append(f"| {max(0, len(shown) - 15)} further answers | {rest:,} |")
    return "\n".join([heading, "", "| received | bytes |", "| --- | --- |", *rows])


def main() -> int:
    """Measure, print and keep."""
    options = asked("first_slider", __doc__, visits=(int, 9, "first visits"))
    with serving() as host, chromium() as browser:
        visit(browser, host.address)  # so that the server has opened the model, as it does once for all visitors
        visits = [visit(browser, host.address) for _ in range(options.visits)]
        shown = browser.version
    size = statistics.median(one.size for one in visits)
    seconds = statistics.median(one.slider for one in visits) / 1000
    rows = [
        at_most("bytes before the first slider works", size / KB, 100, "KB"),
        at_most("time to the first slider that works, p50", seconds, 0.5, "s", f"n {len(visits)}"),
    ]
    return conclude("first_slider", rows, options, details=table(visits), also={"chromium": shown})


if __name__ == "__main__":
    sys.exit(main())
