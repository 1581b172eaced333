"""One server and one browser for the module; a fresh profile, and no complaint of the page's policy, for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.host import Host, chromium, serving

# Slow machines run these tests too, beside other work; a passing test never waits so long.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a browser test."""
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


# Gone with the package, not with the session: Playwright's event loop would still run under everybody else's tests.
@pytest.fixture(scope="package")
def host() -> Iterator[Host]:
    with serving() as made:
        yield made


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as made:
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


def drawn(page: Page) -> None:
    """Wait for a picture that a frame has drawn, and for the panels that come after it."""
    page.wait_for_selector('[data-testid="picture"][data-stamp]')
    page.wait_for_selector("html[data-whole]", state="attached")


def pixels(page: Page) -> list[int]:
    """The large picture's values, as the canvas holds them."""
    found: list[int] = page.evaluate(
        """() => { const c = document.querySelector('[data-testid="picture"]');
        return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]; }"""
    )
    return found


def settled(page: Page, quiet_ms: int = 400) -> list[int]:
    """The large picture once no new frame has come for a while."""
    page.evaluate(
        """(quiet) => new Promise((done) => {
        const c = document.querySelector('[data-testid="picture"]');
        let timer = setTimeout(done, quiet);
        c.addEventListener('picture-drawn', () => { clearTimeout(timer); timer = setTimeout(done, quiet); });
        })""",
        quiet_ms,
    )
    return pixels(page)


def changed(page: Page, before: list[int]) -> list[int]:
    """The settled picture once it is another than `before`; fails when it stays the same for ten seconds."""
    for _ in range(20):
        if (now := settled(page)) != before:
            return now
    raise AssertionError("the picture stayed as it was")


def difference(one: list[int], other: list[int]) -> float:
    """Mean absolute difference of two pictures' values, 0 to 255."""
    assert len(one) == len(other)
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)
