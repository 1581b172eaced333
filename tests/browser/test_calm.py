"""Nothing jumps under the hand: layout shifts, as the browser measures them, while a slider is dragged."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import drawn, settled, until
from tests.browser.host import Host
from tests.browser.test_exploring import first_slider

# By tab, what is measured after a while and says so in words of its own.
ARRIVES = {
    "map": ["map-trust-short"],
    "traverse": [],
    "path": [],
    "upload": ["verdict", "near-told"],
    "samples": ["outlier-words"],
}

# The browser leaves out of its score what follows a click within half a second; here everything counts. What happens
# while a button is held it reports as one shift at the end, without saying what moved; so the slider is moved by its
# events as well, and then what moves is named.
OBSERVE = """window.shifts = []; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shifts.push({ value: entry.value, parts: entry.sources.map((source) => {
    const node = source.node?.nodeType === 1 ? source.node : source.node?.parentElement;
    const at = (box) => [box.x, box.y, box.width, box.height].map(Math.round).join(' ');
    return `${node?.tagName}.${node?.className} ${at(source.previousRect)} -> ${at(source.currentRect)}`; }) });
  }).observe({ type: 'layout-shift', buffered: false });"""


def drag_slowly(page: Page, testid: str) -> None:
    """To and fro over most of a slider's track, longer than a second."""
    box = page.get_by_test_id(testid).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    for turn in range(3):
        for step in range(20):
            share = 0.1 + 0.8 * (step if turn % 2 == 0 else 19 - step) / 19
            page.mouse.move(box["x"] + share * box["width"], y)
            page.wait_for_timeout(25)
    page.mouse.up()


def slide(page: Page, testid: str) -> None:
    """The same by the events that a drag sends."""
    page.get_by_test_id(testid).evaluate(
        """async (slider) => {
        const [low, high] = [Number(slider.min), Number(slider.max)];
        for (let i = 0; i < 60; i++) {
          slider.value = String(low + (0.1 + 0.8 * Math.abs(1 - (i % 40) / 20)) * (high - low));
          slider.dispatchEvent(new Event('input', { bubbles: true }));
          await new Promise((done) => setTimeout(done, 25));
        }
        slider.dispatchEvent(new Event('change', { bubbles: true }));
        }"""
    )


def shifts(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("window.shifts")
    return found


@pytest.mark.parametrize("tab", ARRIVES)
def test_nothing_jumps_while_a_slider_is_dragged(browser: Browser, host: Host, tab: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = context.new_page()
    page.goto(f"{host.clothes}&tab={tab}")
    drawn(page)
    expect(page.get_by_test_id(f"tab-{tab}")).to_have_attribute("aria-selected", "true")
    page.get_by_test_id("example-2").click()
    expect(page.get_by_test_id("seen")).to_be_visible()
    for words in ARRIVES[tab]:
        expect(page.get_by_test_id(words)).to_have_text(re.compile(r"\w"))
    page.get_by_test_id("keep-a").click()
    page.get_by_test_id("random").click()
    expect(page.locator(".origin")).to_have_text(re.compile("Seed"))
    page.get_by_test_id("keep-b").click()
    page.get_by_test_id(first_slider(page)).press("0")  # a draw from outside the usual range has widened the track
    settled(page, 2500)
    page.evaluate(OBSERVE)
    slide(page, first_slider(page))
    settled(page, 800)
    assert {part for shift in shifts(page) for part in shift["parts"]} == set()
    before = page.get_by_test_id(first_slider(page)).input_value()
    drag_slowly(page, first_slider(page))
    settled(page, 800)
    assert page.get_by_test_id(first_slider(page)).input_value() != before
    assert shifts(page) == []
    context.close()


def test_what_does_jump_is_seen(page: Page) -> None:
    page.evaluate(OBSERVE)
    # Inside the stage: the page's own rows have their places, and a box before them moves nothing. It grows by turns,
    # since what a busy browser had not painted yet has not shifted.
    page.evaluate(
        """() => { const box = document.createElement('div'); document.querySelector('.stage').prepend(box);
        let height = 0;
        window.growing = setInterval(() => { box.style.height = `${(height += 40) % 200}px`; }, 200); }"""
    )
    until(page, "window.shifts.some((shift) => shift.parts.length > 0)")
    page.evaluate("clearInterval(window.growing)")
