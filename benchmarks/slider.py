"""From the hand to the picture: `python -m benchmarks.slider`.

In Chromium, the time from a slider's input event to the changed canvas, over the page's WebSocket and over its own HTTP
fallback; beside it, in the same run and turn by turn, the bare decoder call in this process. The ratios are the result:
they say what the page, the connection and the server add to the model.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.report import keep, machine, table
from server.catalog import Catalog
from server.opened import OpenedModel
from server.runtimes import choose
from server.settings import ROOT
from tests.browser.host import Host, chromium, serving

MODEL = "fashion-vae-16"
ROUNDS = 6

# One change at a time: the next input event comes when the canvas has shown the last one. The values never repeat, so
# the server's cache answers none of them, and the canvas is read back to see that it really holds another picture.
MEASURE = """async ([count, seed]) => {
  const slider = document.querySelector('input[type=range][data-testid^=slider-]');
  const canvas = document.querySelector('[data-testid="picture"]');
  const context = canvas.getContext('2d');
  const sum = () => context.getImageData(0, 0, canvas.width, canvas.height).data.reduce((a, b) => a + b, 0);
  const [low, high] = [Number(slider.min), Number(slider.max)];
  const times = [];
  let unchanged = 0, last = sum();
  for (let i = 0; i < count; i++) {
    const share = ((i * 0.381966 + seed * 0.0137) % 1);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 4)));
    const drawn = new Promise((done) => canvas.addEventListener('picture-drawn', done, { once: true }));
    slider.value = String(low + share * (high - low));
    const start = performance.now();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await drawn;
    times.push(performance.now() - start);
    const now = sum();
    if (now === last) unchanged += 1;
    last = now;
  }
  return { times, unchanged };
}"""


def opened_page(browser: Browser, host: Host, *, websocket: bool) -> Page:
    """The page with its first picture drawn, its map loaded and its hint away."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    if not websocket:
        context.add_init_script("window.WebSocket = class { constructor() { throw new Error('blocked') } }")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(host.clothes)
    page.wait_for_selector('[data-testid="picture"][data-stamp]')
    page.get_by_test_id("hint-dismiss").click()
    page.get_by_text("points shown").wait_for()
    page.wait_for_timeout(1500)
    return page


def on_page(page: Page, count: int, seed: int) -> list[float]:
    """Milliseconds from input event to changed canvas, `count` times."""
    page.bring_to_front()
    found = page.evaluate(MEASURE, [count, seed])
    if found["unchanged"] > count // 10:
        raise RuntimeError(f"{found['unchanged']} of {count} pictures did not change: nothing was measured.")
    times: list[float] = found["times"]
    return times


def bare(count: int, seed: int, opened: OpenedModel) -> list[float]:
    """Milliseconds of the decoder alone, one latent a call, `count` times."""
    latents = np.random.default_rng(seed).normal(size=(count, 1, opened.model.latent_size())).astype(np.float32)
    times = []
    for row in latents:
        start = time.perf_counter()
        opened.model.pixels(row)
        times.append((time.perf_counter() - start) * 1e3)
    return times


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slider", description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="changes a round")
    count = parser.parse_args().count
    decoder, live, fallback = "bare decoder call", "slider to canvas, WebSocket", "slider to canvas, HTTP fallback"
    times: dict[str, list[float]] = {decoder: [], live: [], fallback: []}
    opened = OpenedModel(Catalog(ROOT / "checkpoints"), choose("onnx", "cpu"), MODEL)
    bare(20, 999, opened)
    with serving() as host, chromium() as browser:
        pages = {
            live: opened_page(browser, host, websocket=True),
            fallback: opened_page(browser, host, websocket=False),
        }
        for name, page in pages.items():
            on_page(page, 20, 777 if name == live else 888)
        for seed in range(ROUNDS):
            times[decoder] += bare(count, seed, opened)
            times[live] += on_page(pages[live], count, 2 * seed)
            times[fallback] += on_page(pages[fallback], count, 2 * seed + 1)
        version = browser.version
    heading = f"`python -m benchmarks.slider` on {machine()}, Chromium {version}, {MODEL}"
    keep("slider", f"{heading}\n\n{table(times, decoder)}")


if __name__ == "__main__":
    main()
