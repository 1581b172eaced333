"""The same decoder behind other people's frameworks: `python -m benchmarks.against`.

A page written by hand (FastAPI, a WebSocket, a canvas), Dash, Gradio, Streamlit and ours, all at once, each a server of
its own and a page in the same Chromium, turn by turn. The decoder is the same graph with the same session options, and
each page has ten sliders.

Latency: a real key is pressed on a slider; the time runs from the browser's key event to the changed picture, which is
`putImageData` on a canvas and the `load` event of an image, and every picture is read back to see that it is another.
Updates: a real mouse drags a slider, and the pictures that change before it lets go are counted, a second. (Streamlit
sends a slider's value when the mouse lets go.)

The rivals' packages live in an environment of their own under runs/, which the first run makes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import numpy as np
from playwright.sync_api import Browser, Page

from benchmarks.echo import process
from benchmarks.verdict import Bound, asked, at_least, at_most, conclude
from server.settings import ROOT
from tests.browser.host import chromium, free_port, serving

HOME = ROOT / "runs" / "rivals"
RIVALS = ROOT / "benchmarks" / "rivals"
MODEL = "faces-vae"
OURS, BARE = "ours", "bare page"
LATENCY = {BARE: 1.3, "Dash": 3.0, "Gradio": 6.0, "Streamlit": 7.0}
# Two counts of one and the same page differ by so much.
SAME = 98.0
KEYS_A_SLIDER = 35  # from the mean towards one end, so that no position comes twice and no cache answers

WATCH = """((target) => {
  const told = { begun: 0, seen: 0, same: 0, last: '', done: null };
  window.__told = told;
  const small = document.createElement('canvas');
  small.width = small.height = 64;
  const context = small.getContext('2d', { willReadFrequently: true });
  const changed = (shown, at) => {
    context.drawImage(shown, 0, 0, 64, 64);
    const now = context.getImageData(0, 0, 64, 64).data.join();
    if (now === told.last) { told.same += 1; return; }
    told.last = now;
    told.seen += 1;
    if (told.begun && told.done) { const done = told.done; told.done = null; done(at - told.begun); }
  };
  addEventListener('keydown', (event) => { told.begun = event.timeStamp; }, true);
  const put = CanvasRenderingContext2D.prototype.putImageData;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    put.apply(this, given);
    if (this.canvas.isConnected && this.canvas.matches(target)) changed(this.canvas, performance.now());
  };
  document.addEventListener('load', ({ target: node }) => {
    if (node.tagName === 'IMG' && node.matches(target)) changed(node, performance.now());
  }, true);
})"""
ARM = """() => { const told = window.__told; told.begun = 0;
  window.__next = new Promise((done) => { told.done = done; setTimeout(() => done(-1), 5000); }); }"""


@dataclass
class Rival:
    """One page: where its sliders and its picture are."""

    name: str
    sliders: str
    picture: str
    address: str = ""
    page: Page | None = None
    pressed: int = 0
    times: list[float] = field(default_factory=list)
    updates: list[float] = field(default_factory=list)

    def open(self, browser: Browser) -> None:
        """Open the page and wait until a key changes its picture."""
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(60_000)
        page.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
        page.add_init_script(f"{WATCH}({self.picture!r})")
        page.goto(self.address)
        page.locator(self.sliders).first.wait_for(state="attached")
        page.wait_for_timeout(3000)  # maps, fonts and what else comes after
        if self.name == OURS:
            page.get_by_test_id("reset").click()  # to the mean, where the others start
            page.wait_for_timeout(500)
        self.page = page

    def press(self) -> float:
        """Milliseconds from a key on a slider to the changed picture. Raises RuntimeError when none comes."""
        assert self.page is not None
        slider = self.page.locator(self.sliders).nth(self.pressed // KEYS_A_SLIDER % 10)
        if self.pressed % KEYS_A_SLIDER == 0:
            slider.scroll_into_view_if_needed()
            slider.focus()
            self.page.wait_for_timeout(300)
        self.pressed += 1
        self.page.evaluate(ARM)
        self.page.keyboard.press("ArrowRight")
        spent = float(self.page.evaluate("() => window.__next"))
        if spent < 0:
            told = self.page.evaluate("() => `${window.__told.seen} seen, ${window.__told.same} the same`")
            raise RuntimeError(
                f"{self.name}: no other picture came at key {self.pressed}: nothing was measured; {told}"
            )
        self.page.wait_for_timeout(40)
        return spent

    def drag(self, seconds: float) -> float:
        """Pictures that change a second while a mouse drags the first slider to and fro."""
        assert self.page is not None
        slider = self.page.locator(self.sliders).first
        slider.evaluate("slider => slider.scrollIntoView({ block: 'center' })")  # not under a bar that stays at the top
        self.page.wait_for_timeout(300)
        left, right, at, y = slider.evaluate(TRACK)
        self.page.mouse.move(at, y)
        self.page.mouse.down()
        before, begun, step = self.page.evaluate("() => window.__told.seen"), time.perf_counter(), 0
        while (now := time.perf_counter() - begun) < seconds:
            share = 0.5 + 0.42 * np.sin(2.1 * now + 0.5 * len(self.updates))  # each time it ends elsewhere
            self.page.mouse.move(left + share * (right - left), y)
            step += 1
            time.sleep(max(0.0, step / RATE - (time.perf_counter() - begun)))
        seen = self.page.evaluate("() => window.__told.seen") - before
        spent = time.perf_counter() - begun
        self.page.mouse.up()
        # One that sends a slider's value when the mouse lets go shows now that the mouse has moved it.
        self.page.wait_for_function("before => window.__told.seen > before", arg=before)
        self.page.wait_for_timeout(500)
        return float(seen / spent)


RATE = 120.0  # moves a second: more than a screen shows
# A native slider's handle, else the element that has the role, or that holds a hidden native one, and its track.
TRACK = """(slider) => {
  const box = slider.getBoundingClientRect();
  const middle = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  if (slider.tagName === 'INPUT' && middle === slider) {
    const share = (slider.valueAsNumber - slider.min) / (slider.max - slider.min);
    return [box.left + 8, box.right - 8, box.left + 8 + share * (box.width - 16), box.top + box.height / 2];
  }
  let handle = slider;
  if (slider.tagName === 'INPUT') do handle = handle.parentElement; while (handle.getBoundingClientRect().width < 5);
  let track = handle.parentElement;
  while (track.getBoundingClientRect().width < 150) track = track.parentElement;
  const [grip, whole] = [handle.getBoundingClientRect(), track.getBoundingClientRect()];
  return [whole.left + 4, whole.right - 4, grip.left + grip.width / 2, grip.top + grip.height / 2];
}"""


def environment() -> None:
    """Make the rivals' environment, where it is not there yet or is another one."""
    wanted = (RIVALS / "requirements.txt").read_text(encoding="utf-8")
    made = HOME / "made.txt"
    if made.exists() and made.read_text(encoding="utf-8") == wanted:
        return
    print("Making the rivals' environment; this takes a few minutes once.", flush=True)
    venv.create(HOME, with_pip=True)
    pip = [str(HOME / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(RIVALS / "requirements.txt")]
    subprocess.run(pip, check=True)
    made.write_text(wanted, encoding="utf-8")


@contextmanager
def served(name: str) -> Iterator[Rival]:
    """One rival's server."""
    port = free_port()
    python, streamlit = str(HOME / "bin" / "python"), str(HOME / "bin" / "streamlit")
    options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    options += ["--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]
    apps = {
        BARE: ([sys.executable, str(RIVALS / "bare.py"), str(port)], "input[type=range]", "#picture"),
        "Dash": ([python, str(RIVALS / "dash_app.py"), str(port)], "[role=slider]", "#picture"),
        "Gradio": ([python, str(RIVALS / "gradio_app.py"), str(port)], "input[type=range]", "#picture img"),
        "Streamlit": (
            [streamlit, "run", str(RIVALS / "streamlit_app.py"), *options],
            "[data-testid=stSlider] input[type=range]",
            "[data-testid=stImage] img, [data-testid=stImageContainer] img",
        ),
    }
    command, sliders, picture = apps[name]
    old = {key: os.environ.get(key) for key in SURROUNDINGS}
    os.environ.update(SURROUNDINGS)
    try:
        with process(command, port, "/"):
            yield Rival(name, sliders, picture, f"http://127.0.0.1:{port}/")
    finally:
        for key, value in old.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


SURROUNDINGS = {"PYTHONPATH": str(ROOT), "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONWARNINGS": "ignore"}


def measured(names: list[str], keys: int, seconds: float, rounds: int) -> tuple[dict[str, Rival], str]:
    """All of them, turn by turn."""
    with ExitStack() as stack:
        host = stack.enter_context(serving())
        mine = Rival(OURS, "input[type=range][data-testid^=slider-]", '[data-testid="picture"]')
        mine.address = f"{host.address}#v=1&model={MODEL}"
        rivals = {OURS: mine, **{name: stack.enter_context(served(name)) for name in names}}
        browser = stack.enter_context(chromium())
        for rival in rivals.values():
            rival.open(browser)
            for _ in range(5):
                rival.press()
        for _ in range(rounds):
            for rival in rivals.values():
                assert rival.page is not None
                rival.page.bring_to_front()
                rival.press()  # the first after a pause wakes things up
                rival.times += [rival.press() for _ in range(keys)]
        for _ in range(rounds):
            for rival in rivals.values():
                assert rival.page is not None
                rival.page.bring_to_front()
                rival.updates.append(rival.drag(seconds))
        return rivals, browser.version


def verdict(rivals: dict[str, Rival]) -> list[Bound]:
    """The rows."""
    mine = float(np.median(rivals[OURS].times))
    rows = []
    for name, bound in LATENCY.items():
        if name not in rivals:
            continue
        theirs = float(np.median(rivals[name].times))
        told = f"{mine:.2f} and {theirs:.2f} ms, p50"
        if name == BARE:
            what = "slider to changed picture, 64x64 decoder, over a page written by hand"
            rows.append(at_most(what, mine / theirs, bound, "times", told))
        else:
            rows.append(at_least(f"slider to changed picture: faster than {name}", theirs / mine, bound, "times", told))
    if BARE in rivals:
        mine, bare = (float(np.median(rivals[name].updates)) for name in (OURS, BARE))
        what = "updates per second while dragging, of those of a page written by hand"
        rows.append(at_least(what, 100 * mine / bare, SAME, "%", f"{mine:.1f} and {bare:.1f} a second"))
    return rows


def table(rivals: dict[str, Rival]) -> str:
    """What each of them gave."""
    lines = ["| page | n | p50 ms | p95 ms | updates a second, by round |", "| --- | --- | --- | --- | --- |"]
    for name, rival in rivals.items():
        p50, p95 = np.percentile(rival.times, (50, 95))
        updates = ", ".join(f"{one:.1f}" for one in rival.updates)
        lines.append(f"| {name} | {len(rival.times)} | {p50:.2f} | {p95:.2f} | {updates} |")
    return "\n".join(lines)


def rival_versions() -> dict[str, str]:
    """Which releases of the rivals were measured."""
    script = "from importlib.metadata import version as v; print(*(v(n) for n in ('dash', 'gradio', 'streamlit')))"
    told = subprocess.run([str(HOME / "bin" / "python"), "-c", script], capture_output=True, text=True, check=True)
    return dict(zip(("dash", "gradio", "streamlit"), told.stdout.split(), strict=True))


def main() -> int:
    """Measure, print and keep."""
    options = asked(
        "against",
        __doc__,
        keys=(int, 30, "keys a round"),
        seconds=(float, 3.0, "of each drag"),
        rounds=(int, 4, "rounds"),
        only=(str, "", "rivals by name, separated by commas; all"),
    )
    names = [one.strip() for one in options.only.split(",")] if options.only else list(LATENCY)
    environment()
    rivals, version = measured(names, options.keys, options.seconds, options.rounds)
    also = {"chromium": version, **rival_versions()}
    return conclude("against", verdict(rivals), options, details=table(rivals), also=also)


if __name__ == "__main__":
    sys.exit(main())
