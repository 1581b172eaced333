"""The Samples tab: sheets that can be found again, vector arithmetic, and the far ends of the known pictures."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import changed, drawn, opened, pixels, settled, shows, until
from tests.browser.host import Host, serving
from tests.browser.tiny_zoo import build
from tests.unit import labelled_folder

TILE = """(id) => { const c = document.querySelector(`[data-testid="${id}"] canvas`);
return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]; }"""

RUNNING: dict[str, Any] = {
    "id": "running",
    "kind": "measures",
    "model": labelled_folder.ID,
    "state": "running",
    "progress": 0.5,
    "message": "Measuring 40 pictures.",
    "partial": None,
    "error": None,
    "result": None,
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server with one model of each sort, and one whose errors are known."""
    folder: Path = tmp_path_factory.mktemp("checkpoints")
    build(folder)
    labelled_folder.write(folder)
    with serving({"LATENT_EXPLORER_CHECKPOINTS": str(folder)}) as made:
        yield made


@pytest.fixture
def visit(browser: Browser, zoo: Host) -> Iterator[Page]:
    """The Samples tab of the VAE."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    heard: list[str] = []
    page = opened(context, zoo)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.get_by_test_id("tab-samples").click()
    sheet_is_there(page)
    yield page
    context.close()
    assert not heard, heard


def sheet_is_there(page: Page) -> None:
    expect(page.get_by_test_id("sheet-words")).not_to_be_empty()


def enter(page: Page, host: Host, model: str) -> None:
    """Open the Samples tab of another model."""
    page.goto(f"{host.address}#v=1&model={model}&tab=samples")
    page.reload()
    drawn(page)


def tile(page: Page, name: str) -> list[int]:
    found: list[int] = page.evaluate(TILE, name)
    return found


def sheet_of(host: Host, query: str) -> dict[str, Any]:
    address = f"{host.address}api/models/fashion-vae-16/sample/sheet?{query}"
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 (our own)
        found: dict[str, Any] = json.load(answer)
        return found


def test_a_tile_is_taken_and_is_the_picture_that_its_seed_draws(visit: Page) -> None:
    before = settled(visit)
    shown = tile(visit, "sheet-4")
    visit.get_by_test_id("sheet-4").click()
    shows(visit, shown)
    expect(visit.get_by_text("Seed 5", exact=True)).to_be_visible()
    expect(visit.get_by_test_id("sheet-4")).to_have_attribute("aria-current", "true")
    settled(visit, 600)
    assert "from=seed%3A5" in visit.url
    visit.get_by_test_id("undo").click()
    shows(visit, before)


def test_a_sheet_is_found_again_by_its_seed(visit: Page) -> None:
    first = tile(visit, "sheet-2")
    visit.get_by_test_id("sheet-next").click()
    expect(visit.get_by_test_id("sheet-seed")).to_have_value("25")
    expect(visit.get_by_test_id("sheet-0")).to_have_attribute("aria-label", re.compile("^Seed 25"))
    assert tile(visit, "sheet-2") != first
    settled(visit, 600)
    assert "sheet=25" in visit.url
    visit.reload()
    drawn(visit)
    expect(visit.get_by_test_id("sheet-0")).to_have_attribute("aria-label", re.compile("^Seed 25"))
    visit.get_by_test_id("sheet-seed").fill("1")
    visit.keyboard.press("Enter")
    expect(visit.get_by_test_id("sheet-0")).to_have_attribute("aria-label", re.compile("^Seed 1,"))
    assert tile(visit, "sheet-2") == first


def test_far_samples_have_a_dot_and_are_counted(visit: Page, zoo: Host) -> None:
    far = [share > 95 for share in sheet_of(zoo, "seed=1&count=24")["unusual"]]
    assert 0 < sum(far) < 24
    marked = visit.evaluate(
        "[...document.querySelectorAll('[data-testid=sheet] .tile-box')].map((b) => b.classList.contains('far'))"
    )
    assert marked == far
    expect(visit.get_by_test_id("sheet-words")).to_contain_text(f"{sum(far)} of 24 lie farther from the data than 95%")


def test_samples_come_from_what_was_chosen_and_the_random_button_follows(visit: Page) -> None:
    prior = tile(visit, "sheet-0")
    visit.get_by_test_id("sheet-sampler").select_option(label="Near the middle")
    expect(visit.get_by_test_id("sheet-words")).to_contain_text("None lie")
    near = tile(visit, "sheet-0")
    assert near != prior
    visit.get_by_test_id("sheet-sampler").select_option(label="Trouser")
    expect(visit.get_by_test_id("sheet-words")).not_to_contain_text("None lie")
    assert tile(visit, "sheet-0") not in (prior, near)
    settled(visit, 600)
    assert "sampler=class.1" in visit.url
    before = settled(visit)
    visit.get_by_test_id("sampler").click()
    expect(visit.get_by_role("menuitemcheckbox", name="One class: Trouser")).to_have_attribute("aria-checked", "true")
    visit.keyboard.press("Escape")
    visit.get_by_test_id("random").click()
    changed(visit, before)
    expect(visit.locator(".origin")).to_have_text(re.compile("^Seed "))


def test_the_sheet_is_walked_and_taken_by_keyboard(visit: Page) -> None:
    before = settled(visit)
    visit.get_by_test_id("sheet-0").focus()
    for key, at in (("ArrowRight", 1), ("ArrowDown", 9), ("ArrowUp", 1), ("End", 23), ("Home", 0), ("ArrowLeft", 0)):
        visit.keyboard.press(key)
        expect(visit.get_by_test_id(f"sheet-{at}")).to_be_focused()
    assert visit.locator("[data-testid=sheet] .tile[tabindex='0']").count() == 1
    visit.keyboard.press("ArrowRight")
    visit.keyboard.press("Enter")
    assert changed(visit, before) == tile(visit, "sheet-1")


def test_the_menu_of_a_tile_sends_it_to_a_slot_and_to_the_sum(visit: Page) -> None:
    visit.get_by_test_id("sheet-3").click(button="right")
    visit.get_by_role("menuitem", name="Keep as A").click()
    expect(visit.get_by_test_id("slot-a")).to_be_enabled()
    visit.get_by_test_id("sheet-6").hover()
    visit.get_by_role("button", name=re.compile("^More for: Seed 7")).click()
    visit.get_by_role("menuitem", name="Sum: take away").click()
    expect(visit.get_by_test_id("term-1")).to_be_enabled()
    expect(visit.get_by_test_id("term-0")).to_be_disabled()
    expect(visit.get_by_test_id("sheet-6")).to_be_focused()


def test_a_sum_is_decoded_and_taken_and_stays_in_the_link(visit: Page) -> None:
    for index, at in enumerate((3, 3, 8)):
        expect(visit.get_by_test_id("sum-result")).to_be_disabled()
        visit.get_by_test_id(f"sheet-{at}").click()
        visit.get_by_test_id(f"keep-term-{index}").click()
    expect(visit.get_by_test_id("sum-unusual")).to_have_text(re.compile(r"unusual \d+%"))
    # A point minus itself plus another is the other: its picture stands already on the stage.
    other = settled(visit)
    assert close(tile(visit, "sum-result"), other)
    visit.get_by_test_id("sheet-0").click()
    away = changed(visit, other)
    visit.get_by_test_id("sum-result").click()
    assert close(changed(visit, away), other)
    expect(visit.get_by_text("A sum", exact=True)).to_be_visible()
    settled(visit, 600)
    assert "terms=" in visit.url
    visit.reload()
    drawn(visit)
    expect(visit.get_by_test_id("sum-unusual")).to_have_text(re.compile(r"unusual \d+%"))
    visit.get_by_test_id("sum-clear").click()
    expect(visit.get_by_test_id("sum-result")).to_be_disabled()
    visit.get_by_test_id("undo").click()
    expect(visit.get_by_test_id("sum-result")).to_be_enabled()


def close(one: list[int], other: list[int]) -> bool:
    """Whether two pictures differ by no more than rounding."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= 1


def test_known_pictures_stand_by_their_error_and_by_how_unusual_they_are(visit: Page, zoo: Host) -> None:
    enter(visit, zoo, labelled_folder.ID)
    worst = visit.get_by_test_id("outliers-0-0")
    expect(worst).to_have_attribute("aria-label", re.compile(r"^dark #3, error 0\.0[34]"))
    expect(worst.locator("canvas")).to_have_count(2)
    before = settled(visit)
    worst.click()
    changed(visit, before)
    expect(worst).to_have_attribute("aria-current", "true")
    expect(visit.get_by_text("dark #3", exact=True)).to_be_visible()
    visit.get_by_test_id("rank-unusual").click()
    expect(visit.get_by_test_id("outliers-0-0")).to_have_attribute("aria-label", re.compile(r"^grey #7, .* than \d+%"))
    expect(visit.get_by_role("group", name="Least unusual")).to_be_visible()
    expect(visit).to_have_url(re.compile("ranked=unusual"))
    visit.get_by_test_id("outliers-0-0").click(button="right")
    visit.get_by_role("menuitem", name="Sum: start").click()
    expect(visit.get_by_test_id("term-0")).to_be_enabled()


def test_known_pictures_are_those_of_the_classes_picked_out_on_the_map(visit: Page) -> None:
    expect(visit.get_by_test_id("outliers-0")).to_be_visible()
    visit.get_by_test_id("tab-map").click()
    visit.get_by_test_id("legend").get_by_role("button", name="Bag").click()
    visit.get_by_test_id("tab-samples").click()
    for end in (0, 1):
        expect(visit.get_by_test_id(f"outliers-{end}-0")).to_have_attribute("aria-label", re.compile("^Bag #"))
    expect(visit.get_by_test_id("outlier-words")).to_contain_text("Only Bag")
    visit.get_by_test_id("outlier-more").click()
    expect(visit.locator("[data-testid=outliers-1] .tile")).to_have_count(24)


def test_cancelled_measuring_can_be_begun_again(visit: Page, zoo: Host) -> None:
    visit.route("**/api/jobs/*/events", lambda route: route.abort())  # so that it takes as long as asking does
    visit.route("**/measures", lambda route: route.fulfill(json=RUNNING, status=202))
    visit.route("**/api/jobs/running", lambda route: route.fulfill(json=RUNNING))
    enter(visit, zoo, labelled_folder.ID)
    expect(visit.get_by_test_id("measures-words")).to_have_text(RUNNING["message"])
    visit.get_by_test_id("tab-map").click()
    visit.get_by_test_id("tab-samples").click()
    expect(visit.get_by_test_id("measures-words")).to_have_text(RUNNING["message"])  # it has not begun anew
    visit.get_by_test_id("measures-cancel").click()
    visit.unroute_all()
    visit.get_by_test_id("measure").click()
    expect(visit.get_by_test_id("outliers-0-0")).to_be_visible()
    expect(visit.get_by_test_id("measure")).to_be_hidden()


def test_a_class_and_a_space_change_what_is_drawn(visit: Page, zoo: Host) -> None:
    enter(visit, zoo, "digits-cvae")
    sheet_is_there(visit)
    first = tile(visit, "sheet-0")
    written = json.dumps(first, separators=(",", ":"))
    visit.get_by_test_id("sheet-given-class").select_option(label="Class: 9")
    expect(visit.get_by_test_id("given-class-9")).to_have_attribute("aria-checked", "true")
    until(visit, f"JSON.stringify(({TILE})('sheet-0')) === {json.dumps(written)}", wanted=False)
    expect(visit.get_by_text("No known pictures came with this model")).to_be_visible()
    enter(visit, zoo, "faces-gan")
    sheet_is_there(visit)
    in_w = tile(visit, "sheet-1")
    visit.get_by_test_id("space-z").click()
    expect(visit.get_by_test_id("sheet-sampler")).to_be_disabled()
    settled(visit, 800)
    assert tile(visit, "sheet-1") == in_w  # the same draws, before they are mapped
    visit.get_by_test_id("sheet-1").click()
    shows(visit, in_w)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_no_violation_and_nothing_is_wider_than_the_page(
    browser: Browser, zoo: Host, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light"
    )
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = opened(context, zoo)
    page.get_by_test_id("tab-samples").click()
    sheet_is_there(page)
    page.get_by_test_id("sheet-2").click()
    page.get_by_test_id("keep-term-0").click()
    expect(page.get_by_test_id("outliers-1-0")).to_be_visible()
    found = list(Axe().run(page).response["violations"])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        page.evaluate(
            "(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)(document.getElementById('samples-tab'))"
        )
        <= 0
    )
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_nothing_moves_while_another_sheet_is_on_its_way(visit: Page) -> None:
    expect(visit.get_by_test_id("outliers-1-0")).to_be_visible()
    visit.evaluate(
        """() => { window.shifts = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((one) => { window.shifts += one.value; }))
          .observe({ type: 'layout-shift', buffered: false }); }"""
    )
    for _ in range(3):
        visit.get_by_test_id("sheet-next").click()
        settled(visit, 500)
    expect(visit.get_by_test_id("sheet-23")).to_have_attribute("aria-label", re.compile("^Seed 96"))
    assert visit.evaluate("window.shifts") < 0.01
    assert pixels(visit)
