"""What once went wrong in a person's hands, and must not again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PATIENCE_MS, drawn, settled
from tests.browser.host import Host, serving
from tests.browser.test_exploring import drag, first_slider


@pytest.fixture
def phone(browser: Browser, host: Host) -> Iterator[Page]:
    """The page on a phone, touched with a finger."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(host.address)
    drawn(page)
    yield page
    context.close()


def swipe(page: Page, target: Locator, share: float, dx: float, dy: float) -> None:
    """A finger from a share of an element's width, by so many pixels, then up."""
    target.evaluate("e => e.scrollIntoView({ block: 'center' })")
    box = target.bounding_box()
    assert box is not None
    x, y = box["x"] + share * box["width"], box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": px, "y": py} for px, py in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (x, y))
    for step in range(1, 9):
        touch("touchMove", (x + dx * step / 8, y + dy * step / 8))
        page.wait_for_timeout(20)
    touch("touchEnd")
    session.detach()


def steps_to_undo(page: Page) -> bool:
    """Whether there is anything to undo."""
    return page.get_by_test_id("undo").get_attribute("aria-disabled") == "false"


def test_a_swipe_that_scrolls_the_page_moves_no_slider(phone: Page) -> None:
    slider = phone.get_by_test_id(first_slider(phone))
    settled(phone)
    before = slider.input_value()
    swipe(phone, slider, 0.9, 0, -200)
    phone.wait_for_timeout(300)
    assert slider.input_value() == before
    assert not steps_to_undo(phone)
    swipe(phone, slider, 0.2, 120, 2)  # along the track it still moves
    expect(slider).not_to_have_value(before)
    assert steps_to_undo(phone)
    moved = slider.input_value()
    swipe(phone, slider, 0.85, 0, 0)  # and so does a tap
    expect(slider).not_to_have_value(moved)


def test_a_swipe_that_scrolls_the_page_moves_no_scrubber(phone: Page) -> None:
    phone.get_by_test_id("keep-a").tap()
    phone.get_by_test_id("random").tap()
    phone.get_by_test_id("keep-b").tap()
    scrubber = phone.get_by_test_id("scrubber")
    expect(scrubber).to_have_value("1")
    swipe(phone, scrubber, 0.3, 0, -200)
    phone.wait_for_timeout(300)
    expect(scrubber).to_have_value("1")
    swipe(phone, scrubber, 0.7, -60, 2)
    expect(scrubber).not_to_have_value("1")


def test_a_double_click_on_a_slider_is_one_step_of_undo(page: Page) -> None:
    slider = page.get_by_test_id(first_slider(page))
    before = slider.input_value()
    box = slider.bounding_box()
    assert box is not None
    slider.dblclick(position={"x": box["width"] * 0.9, "y": box["height"] / 2})
    expect(slider).not_to_have_value(before)
    page.get_by_test_id("undo").click()
    expect(slider).to_have_value(before)
    assert not steps_to_undo(page)


@pytest.fixture
def fragile() -> Iterator[Host]:
    """A server of the test's own, which it may stop."""
    with serving() as made:
        yield made


@pytest.fixture
def brave(browser: Browser, fragile: Host) -> Iterator[Page]:
    """A page whose server may go: what its console says then is no failure."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(fragile.address)
    drawn(page)
    yield page
    context.close()


def canvas(page: Page, selector: str) -> str:
    """What a canvas shows, as an address."""
    shown: str = page.locator(selector).first.evaluate("e => e.toDataURL()")
    return shown


def lose(page: Page, host: Host) -> None:
    """End the server and wait until the page says so."""
    host.stop()
    expect(page.get_by_test_id("banner")).to_be_visible()


def test_all_that_failed_while_the_server_was_away_is_asked_for_again(brave: Page, fragile: Host) -> None:
    brave.get_by_test_id("keep-a").click()
    brave.wait_for_selector("[data-testid=map] .main-svg")
    brave.wait_for_selector("[data-testid=map-current]:not([hidden])")
    settled(brave, 1000)
    parts = [".slider-list li:nth-child(3) canvas", "[data-testid=slot-b] canvas", "[data-testid=strip]"]
    before = [canvas(brave, part) for part in parts]
    mark = brave.get_by_test_id("map-current").get_attribute("data-at")
    lose(brave, fragile)
    drag(brave, first_slider(brave), 0.97)
    brave.get_by_test_id("keep-b").click()
    brave.wait_for_timeout(500)
    fragile.start()
    expect(brave.get_by_test_id("banner")).to_be_hidden()
    settled(brave, 1500)
    for part, old in zip(parts, before, strict=True):
        assert canvas(brave, part) != old, part
    expect(brave.get_by_test_id("map-current")).not_to_have_attribute("data-at", mark or "")
