"""The Path tab: keyframes, three roads, what is told of each, playing, and the walk as a file."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import changed, difference, drawn, settled, shows, until
from tests.browser.host import Host

FOUND = re.compile("Found")
LONG_MS = 120_000  # a geodesic is long work, and other work may go on beside it


def take_two(page: Page, *examples: int) -> list[list[int]]:
    """Open the tab and add examples as keyframes; their pictures."""
    page.get_by_test_id("tab-path").click()
    taken = []
    for example in examples or (1, 8):
        original = page.get_by_test_id("original")
        before = original.get_attribute("alt") or "none"
        page.get_by_test_id(f"example-{example}").click()
        expect(original).not_to_have_attribute("alt", before)
        expect(page.get_by_test_id("reconstruction")).to_be_visible()
        expect(page.locator(".origin")).to_have_text(re.compile("Example"))
        settled(page, 800)
        page.get_by_test_id("keyframe-add").click()
        taken.append(settled(page))
    return taken


def walk(page: Page, t: float) -> list[int]:
    page.get_by_test_id("path-scrubber").fill(str(t))
    return settled(page)


def shows_at(page: Page, wanted: list[int], at: float) -> None:
    """At this place the picture is `wanted`, but for a level here and there: a batch is summed in another order."""
    page.get_by_test_id("path-scrubber").fill(str(at))
    shows(page, wanted, within=0.3)


def find(page: Page) -> None:
    page.get_by_test_id("geodesic-find").click()
    expect(page.get_by_test_id("geodesic-words")).to_have_text(FOUND, timeout=LONG_MS)


def test_keyframes_are_added_walked_through_moved_and_taken_out(page: Page) -> None:
    first, second, third = take_two(page, 1, 8, 3)
    frames = page.get_by_test_id("keyframes").locator("li")
    expect(frames).to_have_count(3)
    shows_at(page, first, at=0)
    shows_at(page, second, at=0.5)
    shows_at(page, third, at=1)
    page.get_by_test_id("keyframe-1-left").click()
    expect(page.get_by_test_id("keyframe-A-right")).to_be_focused()  # what was moved keeps the focus; left is the end
    shows_at(page, second, at=0)
    page.get_by_test_id("undo").click()
    page.get_by_test_id("undo").click()
    page.get_by_test_id("keyframe-A").drag_to(page.get_by_test_id("keyframe-B"))
    shows_at(page, first, at=1)
    shows_at(page, third, at=0.5)
    page.get_by_test_id("keyframe-1-remove").click()
    expect(frames).to_have_count(2)
    shows_at(page, second, at=0)
    page.get_by_test_id("keyframe-A-remove").click()
    expect(page.get_by_test_id("keyframe-A")).to_be_disabled()
    expect(page.get_by_test_id("road-lerp")).to_be_hidden()
    expect(page.get_by_text("More points may follow")).to_be_visible()


def test_keyframes_are_reached_by_the_keyboard_alone(page: Page) -> None:
    take_two(page)
    page.get_by_test_id("keyframe-A").focus()
    before = settled(page)
    page.keyboard.press("Enter")
    changed(page, before)
    for wanted in ("keyframe-A-remove", "keyframe-A-right"):
        page.keyboard.press("Tab")
        expect(page.get_by_test_id(wanted)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("keyframe-B-left")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("keyframe-A-right")).to_be_focused()


def test_a_link_brings_the_keyframes_between(page: Page) -> None:
    _, second, _ = take_two(page, 1, 8, 3)
    expect(page).to_have_url(re.compile("via="))
    page.reload()
    drawn(page)
    expect(page.get_by_test_id("keyframes").locator("li")).to_have_count(3)
    shows_at(page, second, at=0.5)
    page.get_by_test_id("tab-map").click()
    expect(page.locator("[data-testid=map] .textpoint")).to_have_text(["A", "1", "B"])


def test_each_road_has_a_strip_two_charts_and_a_sentence(page: Page) -> None:
    take_two(page)
    for road in ("lerp", "slerp"):
        expect(page.get_by_test_id(f"path-sentence-{road}")).to_have_text(
            re.compile(r"^(Changes|Jumps).+ of real pictures\.$")
        )
        expect(page.get_by_test_id(f"path-facts-{road}")).to_contain_text("times the mean")
        expect(page.get_by_test_id(f"road-{road}").locator("svg.chart")).to_have_count(2)
        expect(page.get_by_test_id(f"path-strip-{road}")).to_have_attribute("width", str(11 * 28 + 10))
    expect(page.get_by_test_id("path-sentence-geodesic")).to_be_empty()


def test_the_scrubber_walks_along_the_geodesic_once_it_is_found(page: Page) -> None:
    first, second = take_two(page)
    page.get_by_test_id("path-method-lerp").click()
    straight = walk(page, 0.5)
    find(page)
    expect(page.get_by_test_id("path-method-geodesic")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("method-geodesic")).to_have_attribute("aria-pressed", "true")
    curved = walk(page, 0.5)
    assert difference(straight, curved) > 0.5
    shows_at(page, first, at=0)
    shows_at(page, second, at=1)
    expect(page.get_by_test_id("path-sentence-geodesic")).not_to_be_empty()
    walk(page, 0.5)
    page.get_by_test_id("method-lerp").click()
    shows(page, straight)
    page.get_by_test_id("method-geodesic").click()
    shows(page, curved)  # it is known: nothing is searched again
    expect(page.get_by_test_id("geodesic-words")).to_have_text(FOUND)
    page.get_by_test_id("tab-map").click()
    expect(page.locator("[data-testid=map] .scatterlayer .js-line")).to_have_count(6)  # three roads, each with its rim
    page.wait_for_timeout(400)
    page.reload()
    drawn(page)
    shows(page, curved)
    page.get_by_test_id("tab-path").click()
    expect(page.get_by_test_id("geodesic-words")).to_have_text(FOUND)  # kept by the server
    shows_at(page, curved, at=0.5)


def test_a_search_is_stopped_and_another_lambda_starts_a_new_one(page: Page) -> None:
    take_two(page)
    page.get_by_test_id("lambda-10").click()
    page.get_by_test_id("geodesic-find").click()
    page.get_by_test_id("geodesic-cancel").click()
    expect(page.get_by_test_id("geodesic-words")).to_have_text("Stopped.")
    expect(page.get_by_test_id("geodesic-find")).to_be_enabled()
    page.get_by_test_id("lambda-0").click()
    expect(page.get_by_test_id("geodesic-words")).to_have_text(FOUND, timeout=LONG_MS)
    expect(page).to_have_url(re.compile("lambda=0"))
    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("lambda-10")).to_have_attribute("aria-pressed", "true")


# What it says changes many times a second: all of it is kept.
SHARES = """() => { window.shares = []; const share = document.querySelector('[data-testid="path-share"]');
new MutationObserver(() => window.shares.push(share.textContent)).observe(share,
{ childList: true, characterData: true, subtree: true }); }"""


def test_the_walk_plays_and_stops_at_its_end(page: Page) -> None:
    first, second = take_two(page)
    play = page.get_by_test_id("path-play")
    outline = "e => e.querySelector('path').getAttribute('d')"
    triangle = play.evaluate(outline)
    play.click()
    expect(play).to_have_text("Pause")
    assert play.evaluate(outline) != triangle
    expect(play).to_have_text("Play")
    assert play.evaluate(outline) == triangle
    shows(page, second)
    page.get_by_test_id("undo").click()
    page.get_by_test_id("path-speed").select_option("4")
    page.get_by_test_id("path-loop").select_option("back")
    page.evaluate(SHARES)
    play.click()
    until(page, "window.shares.includes('100%')")
    until(page, "window.shares.lastIndexOf('0%') > window.shares.indexOf('100%')")
    play.click()
    expect(play).to_have_text("Play")
    shows_at(page, first, at=0)


def test_the_walk_is_saved_as_points_and_as_pictures(page: Page, tmp_path: Path) -> None:
    take_two(page)
    saved = {}
    for entry, ending in ((".npy", "npy"), ("PNG", "png"), ("GIF", "gif")):
        page.get_by_test_id("path-export").click()
        with page.expect_download(timeout=LONG_MS) as download:
            page.get_by_role("menuitem", name=re.compile(re.escape(entry))).click()
        assert download.value.suggested_filename.endswith(f".{ending}")
        saved[ending] = tmp_path / f"walk.{ending}"
        download.value.save_as(saved[ending])
    points = np.load(saved["npy"], allow_pickle=False)
    assert points.shape == (72, 16)
    from PIL import Image

    with Image.open(saved["png"]) as strip:
        assert strip.width == 11 * strip.height
    with Image.open(saved["gif"]) as film:
        assert getattr(film, "n_frames", 1) > 10


def test_where_the_prior_has_no_sphere_there_is_no_slerp(page: Page, host: Host) -> None:
    page.goto(f"{host.address}#v=1&model=fashion-ae-2")
    page.reload()
    drawn(page)
    take_two(page)
    expect(page.get_by_test_id("road-slerp")).to_contain_text("Not here")
    expect(page.get_by_test_id("path-strip-slerp")).to_be_hidden()
    expect(page.get_by_test_id("method-slerp")).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_test_id("method-lerp")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_on_the_path_tab(browser: Browser, host: Host, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = context.new_page()
    page.goto(host.clothes)
    drawn(page)
    page.evaluate("for (const t of ['a', 'b']) document.querySelector(`[data-testid=keep-${t}]`).click()")
    page.get_by_test_id("tab-path").click()
    expect(page.get_by_test_id("path-sentence-slerp")).not_to_be_empty()
    found = Axe().run(page).response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []
