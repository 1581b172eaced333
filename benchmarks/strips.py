"""Do the film strips hold up the hand? `python -m benchmarks.strips`.

In Chromium, the time from a slider's input event to the changed canvas, turn by turn in one run: without film strips,
with the strips as the page refreshes them while the hand moves, and with eight strips asked for without a pause, all
at once, as hard as one page can. The bound: with strips the p50 stays within 1.5 times of that without.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

import numpy as np
from playwright.sync_api import Browser, Page, Request, Route

from benchmarks.report import keep, machine, table
from benchmarks.slider import on_page
from tests.browser.host import Host, chromium, serving

MODELS = ("fashion-vae-16", "faces-gan")
ROUNDS = 6
BOUND = 1.5
STRIPS, STEPS = 8, 9
WITHOUT, FOLLOWING, PRESSING = "without film strips", "strips follow the hand", "eight strips without a pause"

# Eight strips from a point of their own that never repeats, so that the server's cache answers none of them.
PRESS = """([model, size, strips, steps]) => {
  window.pressed = 0;
  window.pressing = true;
  const dims = Array.from({ length: strips }, (_, i) => i);
  (async () => {
    while (window.pressing) {
      const latent = Array.from({ length: size }, () => Math.random() - 0.5);
      const body = JSON.stringify({ model, latents: [latent], dims, steps, output: 'raw' });
      const answer = await fetch(`/api/models/${model}/traverse`,
        { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      await answer.arrayBuffer();
      window.pressed += strips;
    }
  })();
}"""


def opened_page(browser: Browser, host: Host, model: str, *, strips: bool) -> Page:
    """The page with its first picture drawn and its hint away; without strips, nobody answers what asks for them."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = context.new_page()
    page.set_default_timeout(60_000)

    def unanswered(route: Route) -> None:
        """Hold the request: the page waits for it and asks for no other strip."""

    if not strips:
        page.route("**/traverse", unanswered)
    page.goto(f"{host.address}#v=1&model={model}")
    page.wait_for_selector('[data-testid="picture"][data-stamp]')
    page.get_by_text("points shown").wait_for()
    page.wait_for_timeout(2500)
    return page


def refreshed(page: Page, into: list[int]) -> None:
    """Note the dimensions of every strip that the page asks for from now on."""

    def note(request: Request) -> None:
        if request.url.endswith("/traverse"):
            into.extend(json.loads(request.post_data or "{}").get("dims", []))

    page.on("request", note)


def measure(browser: Browser, host: Host, model: str, count: int) -> tuple[dict[str, list[float]], str]:
    """Times of the three ways in milliseconds, and a line on what the strips did meanwhile."""
    pages = {name: opened_page(browser, host, model, strips=name == FOLLOWING) for name in (WITHOUT, FOLLOWING)}
    pages[PRESSING] = opened_page(browser, host, model, strips=False)
    pages[PRESSING].unroute("**/traverse")
    size = pages[PRESSING].evaluate(f"fetch('/api/models/{model}').then((a) => a.json()).then((m) => m.latent)")
    for seed, page in enumerate(pages.values()):
        on_page(page, 20, 700 + seed)
    followed: list[int] = []
    refreshed(pages[FOLLOWING], followed)
    times: dict[str, list[float]] = {name: [] for name in pages}
    pressed = 0
    for seed in range(ROUNDS):
        for turn, (name, page) in enumerate(pages.items()):
            if name == PRESSING:
                page.evaluate(PRESS, [model, size, STRIPS, STEPS])
            times[name] += on_page(page, count, 3 * seed + turn)
            if name == PRESSING:
                pressed += page.evaluate("() => { window.pressing = false; return window.pressed; }")
                page.wait_for_timeout(200)
    for page in pages.values():
        page.context.close()
    if len(set(followed)) < STRIPS or pressed < STRIPS * ROUNDS:
        raise RuntimeError(
            f"Only {len(set(followed))} strips followed and {pressed} were pressed: nothing was measured."
        )
    sliders = len(set(followed))
    meanwhile = f"{len(followed)} strips of {sliders} sliders followed the hand; {pressed} were drawn without a pause."
    return times, meanwhile


def main() -> None:
    """Measure, print and keep; leaves with 1 when the strips that follow the hand hold it up beyond the bound."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strips", description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="changes a round")
    count = parser.parse_args().count
    parts, ratios = [], {}
    with serving() as host, chromium() as browser:
        for model in MODELS:
            times, meanwhile = measure(browser, host, model, count)
            ratios[model] = float(np.median(times[FOLLOWING]) / np.median(times[WITHOUT]))
            parts.append(f"{model}. {meanwhile}\n\n{table(times, WITHOUT)}")
        version = browser.version
    load = f"load {os.getloadavg()[0]:.1f}"  # on a busy machine the ratios are larger, and waver
    heading = f"`python -m benchmarks.strips` on {machine()}, {load}, Chromium {version}; slider to canvas, WebSocket"
    said = ", ".join(f"{ratio:.2f} ({model})" for model, ratio in ratios.items())
    verdict = f"p50 with strips over p50 without: {said}; the bound is {BOUND}."
    keep("strips", "\n\n".join([heading, *parts, verdict]))
    sys.exit(int(max(ratios.values()) > BOUND))


if __name__ == "__main__":
    main()
