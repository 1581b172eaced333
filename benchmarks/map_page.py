"""The map in the browser: `python -m benchmarks.map_page`.

In Chromium without a GPU: redraws a second while a hand pans and zooms over 70,000 and 500,000 points, beside Plotly's
own `scattergl` over the same points in the same run; hover to thumbnail, click to decoded picture, the chosen model's
first map, and the memory that 70,000 points cost the page. `scattergl` needs a page without our policy, and gets one,
with WebGL in software.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import plotly
import pyarrow as pa
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, Route, sync_playwright

from benchmarks.report import keep, machine
from tests.browser.find_browser import find
from tests.browser.host import FLAGS, Host, serving

MODEL, OTHER = "fashion-vae-16", "fashion-ae-16"
SIZES = (70_000, 500_000)
DIMS = 16
VIEW = {"width": 1280, "height": 800}
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
SOFTWARE_GL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
BOUNDS = {
    "pan, 70,000 points": "30 redraws/s and more",
    "zoom, 70,000 points": "30 redraws/s and more",
    "pan, 500,000 points": "15 redraws/s and more",
    "zoom, 500,000 points": "15 redraws/s and more",
    "hover to thumbnail": "30 ms p50",
    "click to decoded picture": "30 ms p50",
    "chosen model to first map": "500 ms",
    "memory of the page at 70,000 points, less an empty one": "150 MB",
}

# One step of the hand a frame, as a screen of 60 Hz gives them; what counts is how many frames show the points moved.
PAN = """async ([board, event, seconds]) => {
  const sheet = document.querySelector(`${board} .nsewdrag`);
  const box = sheet.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const fire = (target, type, at) => target.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true,
    view: window, clientX: x + at, clientY: y + at / 2, button: 0, buttons: type === 'mouseup' ? 0 : 1 }));
  const heard = document.querySelector(board);
  let drawn = 0;
  const count = () => { drawn += 1; };
  if (event) heard.addEventListener(event, count);
  fire(sheet, 'mousedown', 0);
  const begun = performance.now();
  let now = begun;
  for (let step = 1; now - begun < 1000 * seconds; step++) {
    fire(document.querySelector('.dragcover') ?? document, 'mousemove', 60 * Math.sin(step / 9));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    now = performance.now();
    if (!event) drawn += 1;
  }
  fire(document.querySelector('.dragcover') ?? document, 'mouseup', 0);
  if (event) heard.removeEventListener(event, count);
  return drawn / ((now - begun) / 1000);
}"""
ZOOM = """async ([board, event, seconds]) => {
  const sheet = document.querySelector(`${board} .nsewdrag`);
  const box = sheet.getBoundingClientRect();
  const heard = document.querySelector(board);
  let drawn = 0;
  const count = () => { drawn += 1; };
  if (event) heard.addEventListener(event, count);
  const begun = performance.now();
  let now = begun;
  for (let step = 1; now - begun < 1000 * seconds; step++) {
    sheet.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, view: window,
      clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, deltaY: step % 40 < 20 ? -20 : 20 }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    now = performance.now();
    if (!event) drawn += 1;
  }
  if (event) heard.removeEventListener(event, count);
  return drawn / ((now - begun) / 1000);
}"""
# From the pointer's event to the drawn thumbnail: the canvas of the tip is asked what it holds.
HOVER = """async (count) => {
  const board = document.querySelector('[data-testid=map]');
  const box = board.getBoundingClientRect();
  const picture = document.querySelector('.tip-picture');
  const context = picture.getContext('2d', { willReadFrequently: true });
  const sum = () => context.getImageData(0, 0, picture.width, picture.height).data.reduce((a, b) => a + b, 0);
  const sheet = board.querySelector('.nsewdrag');
  const times = [];
  for (let i = 0; i < count; i++) {
    const at = (share, edge) => edge * (0.32 + 0.36 * ((i * share) % 1));
    const put = (clientX, clientY) =>
      sheet.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX, clientY }));
    put(box.x + 2, box.y + box.height - 2);
    await new Promise((done) => setTimeout(done, 30));
    const start = performance.now();
    put(box.x + at(0.618034, box.width), box.y + at(0.381966, box.height));
    if (document.querySelector('[data-testid=map-tip]').hidden) continue;
    while (sum() === 0 && performance.now() - start < 2000) await new Promise((done) => setTimeout(done));
    times.push(performance.now() - start);
  }
  return times;
}"""
CLICK = """async (count) => {
  const board = document.querySelector('[data-testid=map]');
  const box = board.getBoundingClientRect();
  const sheet = board.querySelector('.nsewdrag');
  const canvas = document.querySelector('[data-testid=picture]');
  const times = [];
  for (let i = 0; i < count; i++) {
    const at = (share, edge) => edge * (0.3 + 0.4 * ((i * share) % 1));
    const how = { bubbles: true, isPrimary: true, button: 0, pointerId: 1, clientX: box.x + at(0.618034, box.width),
      clientY: box.y + at(0.381966, box.height) };
    await new Promise((done) => setTimeout(done, 120));
    const drawn = new Promise((done) => canvas.addEventListener('picture-drawn', done, { once: true }));
    const late = new Promise((done) => setTimeout(() => done('late'), 1500));
    sheet.dispatchEvent(new PointerEvent('pointerdown', { ...how, buttons: 1 }));
    const start = performance.now();
    sheet.dispatchEvent(new PointerEvent('pointerup', how));
    if ((await Promise.race([drawn, late])) !== 'late') times.push(performance.now() - start);
  }
  return times;
}"""


def clouds(count: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """(N, 2) positions of ten clouds, and whose each point is."""
    random = np.random.default_rng(7)
    labels = random.integers(0, 10, count).astype(np.int32)
    middles = random.normal(0, 6, (10, 2))
    return (middles[labels] + random.normal(0, 1.6, (count, 2))).astype(np.float32), labels


def columns(count: int) -> bytes:
    """An Arrow stream as the server sends it: latents and labels."""
    _, labels = clouds(count)
    flat = pa.array(np.random.default_rng(8).normal(size=count * DIMS).astype(np.float32))
    names = pa.array([f"class {index}" for index in range(10)])
    batch = pa.record_batch(
        [pa.FixedSizeListArray.from_arrays(flat, DIMS), pa.DictionaryArray.from_arrays(pa.array(labels), names)],
        names=["latents", "label"],
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


@contextmanager
def software_browser() -> Iterator[Browser]:
    """Chromium as the other benchmarks use it, but with WebGL in software, which `scattergl` needs."""
    path = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, *SOFTWARE_GL])
        try:
            yield browser
        finally:
            browser.close()


def large_page(browser: Browser, host: Host, count: int) -> Page:
    """The page with a set of `count` points in place of the shipped one."""
    page = browser.new_context(viewport=VIEW).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(120_000)
    page.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    facts = {"X-Projection": json.dumps({"method": "pca", "dims": 2, "explained": [0.3, 0.2]})}
    stream, positions = columns(count), clouds(count)[0].tobytes()

    def map_of(route: Route) -> None:
        route.fulfill(body=positions, headers=facts, content_type="application/octet-stream")

    page.route(
        "**/sets/data/columns", lambda route: route.fulfill(body=stream, content_type="application/octet-stream")
    )
    page.route("**/projection?*", map_of)
    page.goto(host.clothes)
    page.get_by_text(f"All {count:,} points shown").wait_for()
    page.wait_for_selector("[data-testid=map] .nsewdrag")
    page.wait_for_timeout(2500)
    return page


def plotly_page(browser: Browser, _host: Host, count: int) -> Page:
    """Plotly's `scattergl` over the same points, as large as our map, a trace a class."""
    page = browser.new_context(viewport=VIEW).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(240_000)
    page.set_content('<div id="plot" style="width:530px;height:487px"></div>')
    page.add_script_tag(path=str(PLOTLY))
    positions, labels = clouds(count)
    traces = [positions[labels == index].round(4).T.tolist() for index in range(10)]
    page.evaluate(
        """async (traces) => { await Plotly.newPlot('plot', traces.map(([x, y]) => ({ type: 'scattergl',
        mode: 'markers', x, y, marker: { size: 3 } })), { margin: { l: 0, r: 0, t: 0, b: 0 }, dragmode: "pan",
        showlegend: false,
        hovermode: false }, { scrollZoom: true, displayModeBar: false }); }""",
        traces,
    )
    page.wait_for_timeout(1500)
    return page


def memory(page: Page) -> float:
    """MB that the page's own process holds, after it has thrown away what it can."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    page.wait_for_timeout(500)
    facts = page.context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")  # type: ignore[union-attr]
    ids = [one["id"] for one in facts["processInfo"] if one["type"] == "renderer"]
    return max(resident(one) for one in ids)


def resident(pid: int) -> float:
    """Private MB of a process."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))) / 1024


def memory_of(open_page: object) -> float:
    """MB of a page in a browser of its own."""
    with software_browser() as browser:
        page: Page = open_page(browser)  # type: ignore[operator]
        return memory(page)


def empty_page(browser: Browser) -> Page:
    """A page with nothing on it."""
    page = browser.new_context(viewport=VIEW).new_page()  # type: ignore[arg-type]
    page.goto("about:blank")
    page.wait_for_timeout(500)
    return page


def first_map(browser: Browser, host: Host, rounds: int) -> list[float]:
    """Milliseconds from choosing a model to its map, with Plotly loaded; each round chooses the other of two."""
    page = browser.new_context(viewport=VIEW).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(60_000)
    page.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page.goto(host.clothes)
    page.get_by_text("points shown").wait_for()
    page.wait_for_timeout(2000)
    times = []
    for turn in range(rounds):
        page.get_by_test_id("model-picker").click()
        chosen = f"model-{OTHER if turn % 2 == 0 else MODEL}"
        page.get_by_test_id(chosen).wait_for()
        found = page.evaluate(
            """async (id) => {
            const moved = new Promise((done) => {
              const board = document.querySelector('[data-testid=map]');
              const facts = document.querySelector('[data-testid=map-facts]');
              const heard = () => { if (facts.textContent.startsWith('All')) {
                board.removeEventListener('map-moved', heard); done(); } };
              setTimeout(() => board.addEventListener('map-moved', heard));
            });
            const start = performance.now();
            document.querySelector(`[data-testid="${id}"]`).click();
            await new Promise((done) => setTimeout(done));
            await moved;
            return performance.now() - start; }""",
            chosen,
        )
        times.append(found)
        page.wait_for_timeout(700)
    page.context.close()
    return times


def redraws(browser: Browser, host: Host, seconds: float) -> list[tuple[str, str, str]]:
    """Rows of the table: ours and Plotly's, at each size, one page at a time: drawing in software takes all cores."""
    rows = []
    for count in SIZES:
        found = []
        for open_page, where in ((large_page, ["[data-testid=map]", "map-moved"]), (plotly_page, ["#plot", ""])):
            page = open_page(browser, host, count)
            found.append([page.evaluate(script, [*where, seconds]) for script in (PAN, ZOOM)])
            page.context.close()
        for name, mine, plain in zip(("pan", "zoom"), *found, strict=True):
            rows.append((f"{name}, {count:,} points", f"{mine:.0f} redraws/s", f"{plain:.1f} redraws/s"))
    return rows


def reactions(browser: Browser, host: Host, count: int) -> list[tuple[str, str, str]]:
    """Rows of the table: what a person waits for."""
    rows = []
    first = first_map(browser, host, max(4, count // 6))
    page = browser.new_context(viewport=VIEW).new_page()  # type: ignore[arg-type]
    page.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page.set_default_timeout(60_000)
    page.goto(host.clothes)
    page.get_by_text("points shown").wait_for()
    page.wait_for_selector("[data-testid=map] .nsewdrag")
    page.wait_for_timeout(2000)
    for name, script in (("hover to thumbnail", HOVER), ("click to decoded picture", CLICK)):
        times = page.evaluate(script, count)
        if len(times) < count // 2:
            raise RuntimeError(f"Only {len(times)} of {count} came to anything ({name}): nothing was measured.")
        rows.append((name, timed(times), ""))
    rows.append(("chosen model to first map", timed(first), ""))
    page.context.close()
    return rows


def timed(times: list[float]) -> str:
    """p50 and p95 in words."""
    return f"{np.percentile(times, 50):.1f} ms p50, {np.percentile(times, 95):.1f} p95 (n {len(times)})"


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.map_page", description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="hovers and clicks")
    parser.add_argument("--seconds", type=float, default=5.0, help="of panning and zooming each")
    asked = parser.parse_args()
    with serving() as host:
        with software_browser() as browser:
            version = browser.version
            rows = reactions(browser, host, asked.count)
            rows += redraws(browser, host, asked.seconds)
        time.sleep(1)
        blank, full = memory_of(empty_page), memory_of(lambda browser: large_page(browser, host, SIZES[0]))
        rows.append(("memory of the page at 70,000 points, less an empty one", f"{full - blank:.0f} MB", ""))
    lines = ["| what | bound | the page | plain `scattergl` |", "| --- | --- | --- | --- |"]
    lines += [f"| {name} | {BOUNDS[name]} | {mine} | {plain} |" for name, mine, plain in rows]
    heading = f"`python -m benchmarks.map_page` on {machine()}, Chromium {version}, {MODEL}, no GPU"
    keep("map_page", "\n".join([heading, "", *lines]))


if __name__ == "__main__":
    main()
