"""One server and one browser for the module; a fresh profile, and no complaint of the page's policy, for every test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.host import Host, chromium, serving

# Slow machines run these tests too, beside other work; a passing test never waits so long.
PATIENCE_MS = 30_000
# How long `settled` waits for what is under way.
BUSY_MS = 4000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a browser test."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


# What is under way: fetches and their bodies, and pictures asked for on the WebSocket (told by their size).
# What a test holds back for good would keep everybody waiting, so `settled` has a limit.
UNDER_WAY = """(() => {
  const way = (window.underWay = { now: 0, ever: 0 });
  const counted = (promise) => {
    way.now += 1;
    way.ever += 1;
    const over = () => setTimeout(() => (way.now -= 1));
    promise.then(over, over);
    return promise;
  };
  const { fetch } = window;
  window.fetch = (...asked) => counted(fetch(...asked));
  for (const name of ['arrayBuffer', 'blob', 'json', 'text']) {
    const read = Response.prototype[name];
    Response.prototype[name] = function () { return counted(read.call(this)); };
  }
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (...data) {
    if (!this.watched) {
      this.watched = true;
      this.addEventListener('message', ({ data }) => { if (data.byteLength > 500) this.over?.(); });
      this.addEventListener('close', () => this.over?.());
    }
    this.over?.();
    counted(new Promise((over) => (this.over = over)));
    return send.apply(this, data);
  };
})();"""


# Gone with the package, not with the session: Playwright's event loop would still run under everybody else's tests.
@pytest.fixture(scope="package")
def host() -> Iterator[Host]:
    with serving() as made:
        made.ready()  # what a page does that comes before the first model has tests of its own
        yield made


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        new_context = made.new_context

        def watched(**options: Any) -> BrowserContext:
            context = new_context(**options)
            context.add_init_script(UNDER_WAY)
            return context

        made.new_context = watched  # type: ignore[method-assign]
        yield made


@pytest.fixture
def complaints() -> list[str]:
    """What a test expects the page to complain of; all else fails it. Chromium itself dislikes how tests look."""
    return ["getImageData are faster with the willReadFrequently"]


@pytest.fixture
def page(browser: Browser, host: Host, complaints: list[str]) -> Iterator[Page]:
    """The page in a fresh context, its first picture drawn, its hint away. Errors in its console fail the test."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, permissions=["clipboard-read", "clipboard-write"]
    )
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    # A request that a navigation or a newer one cut short is no failure.
    page.on("requestfailed", lambda r: heard.append(f"failed: {r.url}") if r.failure != "net::ERR_ABORTED" else None)
    page.on("request", lambda request: heard.append(f"foreign: {request.url}") if foreign(request.url, host) else None)
    page.goto(host.clothes)
    drawn(page)
    yield page
    context.close()
    unexpected = [text for text in heard if not any(expected in text for expected in complaints)]
    assert not unexpected, unexpected


@pytest.fixture
def fragile() -> Iterator[Host]:
    """A server of the test's own, which it may stop."""
    with serving() as made:
        yield made


def opened(context: BrowserContext, host: Host) -> Page:
    """The page in a context, its first picture drawn."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(host.clothes)
    drawn(page)
    return page


def foreign(url: str, host: Host) -> bool:
    """Whether a request leaves the server: the running page needs no network at all."""
    return not url.startswith((host.address, "data:", "blob:"))


def until(page: Page, expression: str, wanted: object = True) -> None:
    """Wait until an expression of the page's has the value `wanted`.

    Each look is an evaluation of its own: Playwright's `wait_for_function` looks again by `eval`, which the page's
    policy forbids, so it holds only where the first look succeeds.
    """
    for _ in range(PATIENCE_MS // 50):
        if page.evaluate(expression) == wanted:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{expression} did not become {wanted!r}")


def wait_for(page: Page, met: Callable[[], bool], otherwise: str) -> None:
    """Wait until something holds that the test itself has seen, such as what a route was asked for."""
    for _ in range(PATIENCE_MS // 50):
        if met():
            return
        page.wait_for_timeout(50)
    raise AssertionError(otherwise)


def holding_the_first(page: Page, url: str) -> list[Route]:
    """Every request to `url` so far, as a list that grows; the first one waits for the test, the others go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)
        if len(held) > 1:
            route.continue_()

    page.route(url, hold)
    return held


def drawn(page: Page) -> None:
    """Wait for a picture that a frame has drawn, and for the panels that come after it."""
    page.wait_for_selector('[data-testid="picture"][data-stamp]')
    page.wait_for_selector("html[data-whole]", state="attached")


def arrived(page: Page) -> None:
    """Wait for the first picture of a model that has just been chosen: the one before stays until then."""
    expect(page.locator(".picture-frame.waiting")).to_have_count(0)


def pixels(page: Page) -> list[int]:
    """The large picture's values, as the canvas holds them."""
    found: list[int] = page.evaluate(
        """() => { const c = document.querySelector('[data-testid="picture"]');
        return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]; }"""
    )
    return found


def settled(page: Page, quiet_ms: int = 400) -> list[int]:
    """The large picture once nothing is under way and no new frame has come for a while."""
    page.evaluate(
        """([quiet, limit]) => new Promise((done) => {
        const c = document.querySelector('[data-testid="picture"]');
        const begun = performance.now();
        const way = () => window.underWay ?? { now: 0, ever: 0 };
        let timer = 0;
        const wait = () => { clearTimeout(timer); timer = setTimeout(look, quiet); };
        const look = () => {
          // A page that was kept from its work has some left: what is asked for in its next frames counts too.
          const { ever } = way();
          const again = () => {
            const busy = way().now > 0 || way().ever > ever;
            if (busy && performance.now() - begun < limit) wait();
            else { c.removeEventListener('picture-drawn', wait); done(); }
          };
          timer = setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(again)), 20);
        };
        c.addEventListener('picture-drawn', wait);
        wait();
        })""",
        [quiet_ms, quiet_ms + BUSY_MS],
    )
    return pixels(page)


def changed(page: Page, before: list[int], by: float = 0) -> list[int]:
    """The settled picture once it differs from `before` by more than `by`, or in size; fails when it never does."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while True:
        now = settled(page)
        if len(now) != len(before) or difference(now, before) > by:
            return now
        assert time.monotonic() < end, "the picture stayed as it was"


def shows(page: Page, wanted: list[int], within: float = 0.5) -> None:
    """Wait until the settled picture is `wanted` again, `within` so much; fails when it never is."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while True:
        now = settled(page)
        if len(now) == len(wanted) and difference(now, wanted) <= within:
            return
        assert time.monotonic() < end, "the picture is not the one that was to come back"


def difference(one: list[int], other: list[int]) -> float:
    """Mean absolute difference of two pictures' values, 0 to 255."""
    assert len(one) == len(other)
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)
