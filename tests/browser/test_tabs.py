"""Every tab of the workspace, filled: axe finds no violation, and the Tab key comes to every control."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import drawn, settled
from tests.browser.host import Host

TABS = ("map", "traverse", "path", "upload", "samples")
SIZES = [(1280, 800), (390, 844)]
# What a person can press, type into or choose from. A group that the arrow keys walk through has one stop.
CONTROLS = """() => [...document.querySelectorAll('button, input, select, a[href], summary, [tabindex="0"]')]
  .filter((one) => !one.disabled && one.tabIndex >= 0 && one.type !== 'file' && !one.closest('[hidden], [inert]')
    && one.checkVisibility({ visibilityProperty: true }) && !one.closest('details:not([open]) > :not(summary)'))"""


def violations(page: Page, where: str) -> list[tuple[str, str, str]]:
    """What axe finds: the rule, and the first place where it is broken."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [(where, one["id"], one["nodes"][0]["html"][:200]) for one in found]


def filled(context: BrowserContext, host: Host) -> Page:
    """The page with an example taken and two points kept."""
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(host.clothes)
    drawn(page)
    page.get_by_test_id("keep-a").click()
    page.get_by_test_id("example-2").click()
    expect(page.get_by_test_id("seen")).to_be_visible()
    page.get_by_test_id("keep-b").click()
    return page


def show(page: Page, tab: str) -> None:
    """Open a tab, and wait for what comes into it."""
    page.get_by_test_id(f"tab-{tab}").click()
    expect(page.get_by_test_id(f"tab-{tab}")).to_have_attribute("aria-selected", "true")
    settled(page, 1500)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_axe_finds_no_violation_in_any_tab(browser: Browser, host: Host, size: tuple[int, int], scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = filled(context, host)
    found: list[tuple[str, str, str]] = []
    for tab in TABS:
        show(page, tab)
        found += violations(page, tab)
    page.get_by_test_id("tab-traverse").click()
    page.get_by_test_id("traverse-strips").click()
    page.wait_for_selector("[data-testid=lanes][data-made]")
    found += violations(page, "strips")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    context.close()
    assert found == []


@pytest.mark.parametrize("tab", TABS)
def test_the_tab_key_comes_to_every_control(browser: Browser, host: Host, tab: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = filled(context, host)
    show(page, tab)
    count: int = page.evaluate(
        f"""() => {{ window.controls = ({CONTROLS})(); window.reached = new Set();
        document.addEventListener('focusin', (event) => window.reached.add(event.target)); document.body.focus();
        return window.controls.length; }}"""
    )
    assert count > 20
    press: Callable[[str], None] = page.keyboard.press
    for _ in range(3 * count):  # what comes meanwhile, such as neighbours, is stepped through as well
        press("Tab")
        if page.evaluate("window.controls.every((one) => window.reached.has(one))"):
            break
    missed: list[str] = page.evaluate(
        """() => window.controls.filter((one) => one.isConnected && !window.reached.has(one) && !one.disabled
          && one.checkVisibility({ visibilityProperty: true })
          && !(one.type === 'radio' && !one.checked)).map((one) => one.outerHTML.slice(0, 160))"""
    )
    context.close()
    assert missed == []
