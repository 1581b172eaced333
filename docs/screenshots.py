"""The pictures of the page in docs/screenshots: `python -m docs.screenshots`.

Three sizes, light and dark, always in the same state: an example taken, two points kept.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.host import Host, chromium, serving

FOLDER = Path(__file__).resolve().parent / "screenshots"
SIZES = ((1280, 800), (1920, 1080), (390, 844))


def prepare(page: Page, host: Host) -> None:
    """Bring the page into the state that is shown."""
    page.goto(host.address)
    page.wait_for_selector('[data-testid="picture"][data-stamp]')
    page.get_by_test_id("hint-dismiss").click()
    page.get_by_text("points shown").wait_for(state="attached")
    page.get_by_test_id("example-1").click()
    page.wait_for_selector('[data-testid="reconstruction"]:not([hidden])')
    page.wait_for_timeout(500)
    page.get_by_test_id("keep-a").click()
    page.get_by_test_id("example-8").click()
    page.wait_for_timeout(1500)
    page.get_by_test_id("keep-b").click()
    page.get_by_test_id("scrubber").fill("0.35")
    page.mouse.move(0, 0)
    page.wait_for_timeout(2500)


def shoot(browser: Browser, host: Host, width: int, height: int, scheme: str) -> None:
    """One screenshot."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    prepare(page, host)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1500)  # film strips out of sight are drawn when they come into it
    page.screenshot(path=FOLDER / f"page-{width}-{scheme}.png")
    context.close()


def main() -> None:
    """All of them."""
    FOLDER.mkdir(exist_ok=True)
    with serving() as host, chromium() as browser:
        for width, height in SIZES:
            for scheme in ("light", "dark"):
                shoot(browser, host, width, height, scheme)
                print(f"docs/screenshots/page-{width}-{scheme}.png")


if __name__ == "__main__":
    main()
