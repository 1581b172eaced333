"""The sections under the map: what they say and draw, by mouse and by keys, without a complaint of axe."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import until, wait_for
from tests.browser.host import Host

SECONDS_MS = 180_000  # what a job may take on a busy machine
POINT = "new URLSearchParams(location.hash.slice(1)).get('z')"


def open_section(page: Page, host: Host, name: str, model: str = "fashion-vae-16", more: str = "") -> None:
    """The page anew with one section open and its map drawn."""
    page.goto("about:blank")
    page.goto(f"{host.address}#v=1&model={model}&below={name}{more}")
    expect(page.get_by_test_id("map-facts")).to_contain_text("points shown", timeout=60_000)
    expect(page.get_by_test_id(f"section-{name}")).to_have_attribute("aria-expanded", "true")


def sound(page: Page) -> None:
    """Nothing for axe to complain of in what stands under the map."""
    found = Axe().run(page, context="[data-testid=map-sections]")
    assert found.violations_count == 0, found.generate_report()


def test_a_selection_says_what_it_is_and_its_mean_is_a_step_away(page: Page, host: Host) -> None:
    open_section(page, host, "selection", more="&classes=5")
    page.get_by_test_id("select-shown").click()
    expect(page.get_by_test_id("selection-told")).to_have_text("1,000 points of 10,000 (10%).")
    expect(page.get_by_test_id("selection-classes")).to_contain_text("Sandal")
    expect(page.get_by_test_id("selection-classes")).to_contain_text("10\u00d7")
    expect(page.get_by_test_id("selection-typical").get_by_role("button")).to_have_count(6)
    sound(page)
    before = page.evaluate(POINT)
    page.get_by_test_id("selection-mean").click()
    until(page, f"{POINT} !== {before!r}")


def test_two_selections_give_a_direction_that_is_walked_and_left_again(page: Page, host: Host) -> None:
    open_section(page, host, "selection", more="&classes=1")
    page.get_by_test_id("select-shown").click()
    page.get_by_test_id("selection-keep-a").click()
    expect(page.get_by_test_id("direction")).to_contain_text("keep them as B")
    page.get_by_test_id("map-clear").click()
    page.locator(".legend-chip", has_text="Trouser").click()
    page.locator(".legend-chip", has_text="Ankle boot").click()
    page.get_by_test_id("select-shown").click()
    expect(page.get_by_test_id("selection-classes")).to_contain_text("Ankle boot")
    page.get_by_test_id("selection-keep-b").click()
    expect(page.get_by_test_id("direction-doubt")).to_contain_text("standard deviations apart")
    expect(page.get_by_test_id("direction-doubt")).to_contain_text("nearly the same direction")
    expect(page.get_by_test_id("direction-changes")).to_contain_text("Ankle boot +100%")
    until(page, "location.hash.includes('z=')")
    began = page.evaluate(POINT)
    slider = page.get_by_test_id("direction-slider")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    until(page, f"{POINT} !== {began!r}")
    page.get_by_test_id("direction-back").click()
    until(page, f"{POINT} === {began!r}")
    sound(page)
    page.get_by_test_id("direction-forget").click()
    expect(page.get_by_test_id("direction")).to_be_hidden()


def test_neighbours_follow_the_point_and_are_drawn_on_the_map(page: Page, host: Host) -> None:
    open_section(page, host, "neighbours")
    pictures = page.get_by_test_id("neighbours").get_by_role("button")
    expect(pictures).to_have_count(8)
    expect(page.get_by_test_id("neighbours-told")).to_contain_text("look nearest")
    rows = "[...document.querySelectorAll('[data-testid=neighbours] button')].map((one) => one.dataset.row).join()"
    first = page.evaluate(rows)
    own = re.search(r"row%3Adata%3A(\d+)", page.evaluate("location.hash"))
    assert own is None or own[1] not in first.split(",")
    sound(page)
    pictures.nth(7).click()
    until(page, f"{rows} !== {first!r}")
    slider = page.locator(".slider input[type=range]").first
    slider.focus()
    second = page.evaluate(rows)
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    until(page, f"{rows} !== {second!r}")


def test_contours_are_drawn_and_can_be_hidden(page: Page, host: Host) -> None:
    open_section(page, host, "density")
    expect(page.get_by_test_id("density-told")).to_contain_text("50%, 80% and 95%")
    expect(page.get_by_test_id("density-rarest").get_by_role("button")).to_have_count(8)
    expect(page.get_by_test_id("histograms").get_by_role("listitem")).to_have_count(8)
    sound(page)
    shown = page.get_by_test_id("map").screenshot()
    page.get_by_test_id("contours").press("Space")
    wait_for(page, lambda: page.get_by_test_id("map").screenshot() != shown, "the contours stayed")
    page.get_by_test_id("histograms-all").click()
    assert page.get_by_test_id("histograms").get_by_role("listitem").count() > 8
    until(page, "document.querySelector('.histogram-own:not([hidden])') !== null")


def test_the_collapse_of_a_generator_is_seen_step_by_step(page: Page, host: Host) -> None:
    open_section(page, host, "coverage", model="fashion-gan-collapsed")
    told = page.get_by_test_id("coverage-told")
    expect(told).to_contain_text("samples reach 0% of the real pictures", timeout=SECONDS_MS)
    steps = page.get_by_test_id("coverage-steps").get_by_role("button")
    expect(steps).to_have_count(8)
    expect(steps.nth(7)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("coverage-where")).to_contain_text("together in 1 region")
    expect(page.get_by_test_id("region-pictures").get_by_role("button")).to_have_count(6)
    expect(page.get_by_test_id("coverage-where")).to_contain_text("100% of the samples shown lie beyond")
    page.get_by_test_id("coverage-wider").click()
    until(page, "location.hash.includes('extent=')")
    sound(page)
    steps.nth(1).focus()
    page.keyboard.press("Enter")
    expect(told).to_contain_text("After 3,000 steps, samples reach 28%")
    expect(steps.nth(1)).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    until(page, "location.hash.includes('snapshot.1')")  # the picture shows that step, too


def test_a_generator_that_reaches_its_data_has_no_missing_region(page: Page, host: Host) -> None:
    open_section(page, host, "coverage", model="fashion-gan-64")
    expect(page.get_by_test_id("coverage-told")).to_contain_text("One half", timeout=SECONDS_MS)
    expect(page.get_by_test_id("coverage-where")).to_contain_text("no region of the data is missing")
    expect(page.get_by_test_id("coverage-steps")).to_be_hidden()
    sound(page)


def test_groups_by_class_and_by_factor(page: Page, host: Host) -> None:
    open_section(page, host, "groups", model="sprites-vae")
    expect(page.get_by_test_id("groups-error").get_by_role("listitem")).to_have_count(3, timeout=SECONDS_MS)
    expect(page.get_by_test_id("groups-told")).not_to_be_empty()
    sound(page)
    page.get_by_test_id("groups-by").select_option("scale")
    expect(page.get_by_test_id("groups-error").get_by_role("listitem").first).not_to_contain_text("square")


def test_representations_stand_side_by_side(page: Page, host: Host) -> None:
    open_section(page, host, "representations", model="sprites-vae")
    cards = page.get_by_test_id("representations").get_by_role("listitem")
    expect(cards).to_have_count(5, timeout=SECONDS_MS)
    expect(page.get_by_test_id("representations-told")).to_contain_text("Like lies nearest to like")
    expect(page.locator(".representations .own")).to_have_count(1)
    sound(page)


def test_the_sections_open_by_keys_and_one_at_a_time(page: Page) -> None:
    expect(page.get_by_test_id("map-facts")).to_contain_text("points shown", timeout=60_000)
    expect(page.get_by_test_id("map-section")).to_be_hidden()
    page.get_by_test_id("section-neighbours").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("neighbours")).to_be_visible()
    page.get_by_test_id("section-selection").click()
    expect(page.get_by_test_id("neighbours")).to_have_count(0)
    expect(page.get_by_test_id("select-shown")).to_be_visible()
    page.get_by_test_id("section-selection").press("Enter")
    expect(page.get_by_test_id("map-section")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_page(page: Page, host: Host, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("selection", "density", "neighbours"):
        page.goto("about:blank")
        page.goto(f"{host.clothes}&below={name}")
        page.get_by_test_id("map-section").wait_for(state="attached")
        until(page, "document.querySelector('[data-testid=map-section]').children.length > 0")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        body = page.get_by_test_id("map-section")
        assert body.evaluate("(box) => box.scrollWidth - box.clientWidth") <= 0
