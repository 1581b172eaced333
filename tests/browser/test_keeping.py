"""Nothing is lost: reload, links, a lost server, no WebSocket."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import changed, drawn, opened, settled, shows
from tests.browser.host import Host
from tests.browser.test_exploring import drag, first_slider


def test_a_reload_and_a_link_show_the_same_picture(page: Page, browser: Browser) -> None:
    drag(page, first_slider(page), 0.9)
    page.get_by_test_id("keep-a").click()
    shown = settled(page, 800)
    address = page.url
    assert "#v=1" in address
    page.reload()
    drawn(page)
    shows(page, shown, within=0)
    other = browser.new_context()
    stranger = other.new_page()
    stranger.goto(address)
    drawn(stranger)
    shows(stranger, shown, within=0)
    other.close()


def test_a_link_to_another_version_says_so(page: Page) -> None:
    drag(page, first_slider(page), 0.8)
    settled(page, 800)
    known = page.evaluate("location.hash.match(/hash=([0-9a-f]{16})/)[1]")
    address = page.evaluate("location.href").replace(known, "0" * 16)
    page.goto("about:blank")
    page.goto(address)
    drawn(page)
    expect(page.get_by_test_id("banner-warning")).to_be_visible()


@pytest.mark.parametrize("fragment", ["v=1&model=../../etc", "v=1&z=%%%", "v=99&model=x", "v=1&model=none&z=AAAA"])
def test_a_damaged_link_opens_the_page_and_says_so(
    page: Page, host: Host, fragment: str, complaints: list[str]
) -> None:
    complaints.append("404")
    page.goto("about:blank")
    page.goto(f"{host.address}#{fragment}")
    drawn(page)
    expect(page.get_by_test_id("banner-warning")).to_be_visible()


def test_a_lost_server_is_shown_and_regained_by_itself(browser: Browser, fragile: Host) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = opened(context, fragile)
    page.get_by_test_id("hint-dismiss").click()
    before = settled(page)
    fragile.stop()
    expect(page.get_by_test_id("banner")).to_be_visible()  # and the sliders where they stay
    drag(page, first_slider(page), 0.95)
    fragile.start()
    expect(page.get_by_test_id("banner")).to_be_hidden()
    # What was asked for while the server was away is drawn now: the hand is not asked to move again.
    changed(page, before, by=2)
    context.close()


def test_without_a_websocket_the_page_goes_on_over_http_and_says_so(browser: Browser, host: Host) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script("window.WebSocket = class { constructor() { throw new Error('blocked') } }")
    page = opened(context, host)
    expect(page.get_by_test_id("status")).to_contain_text("over HTTP")
    page.get_by_test_id("hint-dismiss").click()
    before = settled(page)
    drag(page, first_slider(page), 0.95)
    changed(page, before, by=2)
    context.close()
