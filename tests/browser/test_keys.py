"""The keyboard map: its list, single letters wherever the focus is, and the switch that silences them."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import changed, drawn, opened, settled, shows
from tests.browser.host import Host
from tests.browser.test_exploring import first_slider

TABS = ["map", "traverse", "path", "upload", "samples"]


def test_the_list_opens_and_closes_with_its_key_and_from_about(page: Page) -> None:
    keys = page.get_by_test_id("keys")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("Bookmark this point")
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    page.get_by_test_id("about").click()
    page.get_by_test_id("open-keys").click()
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(page.get_by_test_id("about-dialog")).to_be_visible()


def test_digits_open_the_tabs(page: Page) -> None:
    for number, tab in enumerate(TABS, start=1):
        page.keyboard.press(str(number))
        expect(page.get_by_test_id(f"tab-{tab}")).to_have_attribute("aria-selected", "true")


def test_letters_draw_go_to_the_mean_undo_and_redo(page: Page) -> None:
    start = settled(page)
    page.get_by_test_id(first_slider(page)).focus()  # a slider's own keys are others
    page.keyboard.press("r")
    drawn_ = changed(page, start)
    page.keyboard.press("m")
    mean = changed(page, drawn_)
    page.keyboard.press("[")
    shows(page, drawn_)
    page.keyboard.press("]")
    shows(page, mean)
    page.keyboard.press("Control+z")
    shows(page, drawn_)


def test_a_bookmark_and_the_drawer_have_keys_and_the_picker_too(page: Page) -> None:
    page.keyboard.press("b")
    expect(page.locator("#notice")).to_contain_text("Bookmarked")
    page.get_by_test_id("random").focus()
    page.keyboard.press("Shift+B")
    expect(page.get_by_test_id("bookmarks")).to_be_visible()
    expect(page.get_by_test_id("bookmark-here")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("bookmarks")).to_be_hidden()
    expect(page.get_by_test_id("random")).to_be_focused()
    page.keyboard.press("/")
    search = page.get_by_test_id("model-search")
    expect(search).to_be_focused()
    page.keyboard.type("b1?")  # text there, and nothing else
    expect(search).to_have_value("b1?")
    expect(page.get_by_test_id("keys")).to_be_hidden()


def test_letters_can_be_switched_off_and_stay_so(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_test_id("keys-switch").uncheck()
    page.get_by_test_id("keys-close").click()
    page.keyboard.press("2")
    expect(page.get_by_test_id("tab-map")).to_have_attribute("aria-selected", "true")
    page.reload()
    drawn(page)
    page.keyboard.press("2")
    expect(page.get_by_test_id("tab-map")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("?")
    expect(page.get_by_test_id("keys")).to_be_hidden()
    page.get_by_test_id("about").click()
    page.get_by_test_id("open-keys").click()
    page.get_by_test_id("keys-switch").check()
    page.get_by_test_id("keys-close").click()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.get_by_test_id("tab-traverse")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_in_the_list(browser: Browser, host: Host, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = opened(context, host)
    page.get_by_test_id("hint-dismiss").click()
    page.keyboard.press("?")
    expect(page.get_by_test_id("keys")).to_be_visible()
    found = list(Axe().run(page).response["violations"])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
