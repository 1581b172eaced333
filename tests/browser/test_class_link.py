"""The link for a class in the page: found by the owner alone, read from the wall, done by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import drawn
from tests.browser.host import Host, serving

VIEWER, OWNER = "v" * 22, "o" * 22


@pytest.fixture(scope="module")
def classroom() -> Iterator[Host]:
    with serving({"LATENT_EXPLORER_VIEWER_TOKEN": VIEWER, "LATENT_EXPLORER_OWNER_TOKEN": OWNER}) as made:
        yield made


def entered(context: BrowserContext, classroom: Host, token: str) -> Page:
    """The page, opened with a token, which then stands in its address no longer."""
    page = context.new_page()
    page.goto(f"{classroom.address}?token={token}")
    drawn(page)
    assert token not in page.url
    return page


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_the_owner_shows_the_link_and_sees_who_comes(browser: Browser, classroom: Host, width: int, theme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=theme)  # type: ignore[arg-type]
    page = entered(context, classroom, OWNER)
    page.get_by_test_id("about").click()
    page.get_by_test_id("open-class-link").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_test_id("class-link")
    expect(dialog).to_be_visible()
    expect(page.get_by_test_id("about-dialog")).not_to_be_visible()
    code = page.get_by_test_id("class-link-code")
    expect(code).to_be_visible()
    assert code.evaluate("(image) => image.decode().then(() => image.naturalWidth > 0)")
    box = code.bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(box["height"], abs=2)
    assert box["width"] >= 200
    expect(page.get_by_test_id("class-link-address")).to_have_text(f"{classroom.address}?token={VIEWER}")
    expect(page.get_by_test_id("class-link-count")).to_have_text("1 visitor connected now, you included")
    assert OWNER not in dialog.inner_html()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page, {"exclude": []}, {"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()

    other = browser.new_context()
    entered(other, classroom, VIEWER)
    expect(page.get_by_test_id("class-link-count")).to_have_text("2 visitors connected now, you included")
    other.close()
    expect(page.get_by_test_id("class-link-count")).to_have_text("1 visitor connected now, you included")
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    context.close()


def test_a_viewer_finds_no_link_and_neither_does_whoever_needs_no_token(
    browser: Browser, classroom: Host, host: Host
) -> None:
    context = browser.new_context()
    for page in (entered(context, classroom, VIEWER), context.new_page()):
        if page.url == "about:blank":
            page.goto(host.clothes)
            drawn(page)
        page.get_by_test_id("about").click()
        expect(page.get_by_test_id("about-dialog")).to_contain_text("Installed packages")
        expect(page.get_by_test_id("open-class-link")).to_have_count(0)
    context.close()
