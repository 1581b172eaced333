"""Readable, reachable and calm: axe, sizes, motion, and sliders before Plotly."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import changed, drawn, opened, settled, wait_for
from tests.browser.host import Host
from tests.browser.test_exploring import drag, first_slider

SIZES = [(1280, 800), (1920, 1080), (390, 844)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_axe_finds_no_violation(browser: Browser, host: Host, size: tuple[int, int], scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = opened(context, host)
    expect(page.get_by_test_id("map-facts")).to_contain_text("10,000 points")
    found = list(Axe().run(page).response["violations"])  # with the hint
    page.get_by_test_id("hint-dismiss").click()
    page.get_by_test_id("example-2").click()
    expect(page.get_by_test_id("seen")).to_be_visible()
    page.get_by_test_id("keep-a").click()
    found += Axe().run(page).response["violations"]
    if size[0] > 700:
        page.get_by_test_id("tab-path").click()
        found += Axe().run(page).response["violations"]
    page.get_by_test_id("about").click()
    found += Axe().run(page).response["violations"]
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_nothing_is_cut_off_at_the_side(browser: Browser, host: Host, size: tuple[int, int]) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(host.clothes)
    drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    context.close()


@pytest.mark.parametrize("width", [1000, 1024, 1239, 1280])
def test_a_small_desk_has_room_for_every_title(browser: Browser, host: Host, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 768})
    page = opened(context, host)
    page.get_by_test_id("example-2").click()
    expect(page.get_by_test_id("forget")).to_be_visible()  # one button more beside a title
    cut = page.evaluate(
        """[...document.querySelectorAll('.picker-text strong, .part-head h2, .tablist [role=tab]')]
        .filter((each) => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1)
        .map((each) => each.textContent)"""
    )
    heights = page.evaluate("[...document.querySelectorAll('.tablist [role=tab]')].map((tab) => tab.offsetHeight)")
    context.close()
    assert cut == []
    assert len(set(heights)) == 1  # each in one line


def test_sliders_work_while_plotly_is_still_on_its_way(browser: Browser, host: Host) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    asked: list[str] = []

    def never(route: object, request: object) -> None:
        asked.append(request.url)  # type: ignore[attr-defined]

    page.route("**/plotly-*.min.js", never)
    page.goto(host.clothes)
    drawn(page)
    page.get_by_test_id("hint-dismiss").click()
    before = settled(page)
    drag(page, first_slider(page), 0.95)
    changed(page, before)
    assert page.evaluate("typeof window.Plotly") == "undefined"
    wait_for(page, lambda: bool(asked), "Plotly was never asked for, so this test would show nothing")
    context.close()


def test_the_layout_does_not_jump_while_the_page_fills(browser: Browser, host: Host) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(
        """window.shifts = 0; new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });"""
    )
    page.goto(host.clothes)
    drawn(page)
    expect(page.get_by_test_id("map-facts")).to_contain_text("10,000 points")
    page.wait_for_timeout(500)
    assert page.evaluate("window.shifts") < 0.1  # the bound that web vitals call good
    context.close()


def test_the_about_dialog_names_version_device_and_licences(page: Page) -> None:
    page.get_by_test_id("about").click()
    dialog = page.get_by_test_id("about-dialog")
    expect(dialog).to_contain_text("Apache-2.0")
    expect(dialog).to_contain_text("Fashion-MNIST")
    expect(dialog).to_contain_text("MIT")
    expect(page.get_by_test_id("status")).to_contain_text("CPU")
    expect(dialog.get_by_test_id("about-running")).to_contain_text("decoder in float32 on CPU, onnxruntime")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_about_dialog_says_what_the_page_is_and_brings_the_hints_back(page: Page) -> None:
    page.get_by_test_id("about").click()
    dialog = page.get_by_test_id("about-dialog")
    expect(dialog.get_by_role("heading", name="What am I looking at?")).to_be_visible()
    expect(dialog.get_by_role("img", name="the decoder makes a picture")).to_be_visible()
    expect(page.get_by_test_id("glossary").locator("dt")).to_have_count(13)
    fold = dialog.locator("summary", has_text="Models, data and libraries")
    expect(dialog.get_by_role("region", name="Licences")).to_be_hidden()
    fold.press("Enter")
    expect(dialog.get_by_role("region", name="Licences")).to_be_visible()
    page.get_by_test_id("show-hint").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_test_id("hint-dismiss")).to_be_focused()
    page.get_by_test_id("hint-dismiss").click()
    expect(page.get_by_test_id("hint")).to_have_count(0)
