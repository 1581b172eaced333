"""What once went wrong in a person's hands, and must not again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.api.pictures import png, sample, shirt_on_white
from tests.browser.conftest import arrived, changed, drawn, holding_the_first, opened, settled, shows, until, wait_for
from tests.browser.host import Host
from tests.browser.test_exploring import drag, first_slider, upload

FROM_PICTURE = re.compile("^(Your picture|Example)$")


@pytest.fixture
def phone(browser: Browser, host: Host) -> Iterator[Page]:
    """The page on a phone, touched with a finger."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = opened(context, host)
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
def brave(browser: Browser, fragile: Host) -> Iterator[Page]:
    """A page whose server may go: what its console says then is no failure."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = opened(context, fragile)
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
    for part, old in zip(parts, before, strict=True):
        until(brave, f"document.querySelector({json.dumps(part)}).toDataURL() === {json.dumps(old)}", wanted=False)
    expect(brave.get_by_test_id("map-current")).not_to_have_attribute("data-at", mark or "")


def caption(page: Page) -> Locator:
    """Where the point on the stage comes from, in words."""
    return page.locator(".origin")


def placed(page: Page, name: str) -> str:
    """Wait until a picture is placed and drawn again; what the stage shows."""
    expect(page.get_by_test_id("original")).to_have_attribute("alt", re.compile(re.escape(name)))
    expect(page.get_by_test_id("reconstruction")).to_be_visible()
    expect(caption(page)).to_have_text(FROM_PICTURE)
    settled(page)
    return canvas(page, "[data-testid=picture]")


def test_a_picture_given_while_the_server_is_away_is_placed_when_it_is_back(
    brave: Page, fragile: Host, tmp_path: Path
) -> None:
    first, second = png(sample()[0][3]), png(sample()[0][4])
    upload(brave, tmp_path, "first.png", first)
    shown = placed(brave, "first.png")
    lose(brave, fragile)
    upload(brave, tmp_path, "second.png", second)
    expect(brave.get_by_test_id("upload-failure")).to_contain_text("second.png")
    fragile.start()
    assert placed(brave, "second.png") != shown
    expect(brave.get_by_test_id("upload-failure")).to_be_empty()
    brave.get_by_test_id("undo").click()
    assert placed(brave, "first.png") == shown


def test_the_first_picture_given_while_the_server_is_away_is_placed_too(
    brave: Page, fragile: Host, tmp_path: Path
) -> None:
    lose(brave, fragile)
    upload(brave, tmp_path, "only.png", png(sample()[0][3]))
    expect(brave.get_by_test_id("upload-failure")).to_contain_text("only.png")
    fragile.start()
    placed(brave, "only.png")
    expect(brave.get_by_test_id("upload-failure")).to_be_empty()


def test_undo_brings_back_the_picture_together_with_its_point(page: Page) -> None:
    name = page.get_by_test_id("original")
    alt: list[str] = []
    shown: list[str] = []
    for example in ("example-3", "example-8"):
        page.get_by_test_id(example).click()
        expect(name).to_have_attribute("alt", re.compile(r"\d"))
        if alt:
            expect(name).not_to_have_attribute("alt", alt[0])
        shown.append(placed(page, ".png"))
        alt.append(name.get_attribute("alt") or "")
    page.get_by_test_id("undo").click()
    expect(name).to_have_attribute("alt", alt[0])
    assert placed(page, ".png") == shown[0]
    page.get_by_test_id("redo").click()
    expect(name).to_have_attribute("alt", alt[1])
    assert placed(page, ".png") == shown[1]
    page.get_by_test_id("undo").click()
    page.get_by_test_id("undo").click()
    expect(name).to_be_hidden()
    expect(caption(page)).not_to_have_text(FROM_PICTURE)
    settled(page, 1000)  # the browser has forgotten it, too
    page.reload()
    drawn(page)
    expect(name).to_be_hidden()  # what undo took away is not kept in the browser either


def test_undo_of_a_preparation_step_brings_back_its_chips_and_thumbnails(page: Page, tmp_path: Path) -> None:
    images, labels = sample()
    upload(page, tmp_path, "shirt.jpg", shirt_on_white(images[labels == 6][0]))
    shown = placed(page, "shirt.jpg")
    good = page.get_by_test_id("error-value").inner_text()
    chip = page.get_by_test_id("step-invert")
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_test_id("error-value")).not_to_have_text(good)
    page.get_by_test_id("undo").click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("error-value")).to_have_text(good)
    assert placed(page, "shirt.jpg") == shown


def test_of_pictures_in_quick_succession_the_last_good_one_stays_and_the_refused_one_is_named(
    page: Page, tmp_path: Path, complaints: list[str]
) -> None:
    complaints.append("422")
    images, labels = sample()
    upload(page, tmp_path, "phone.jpg", shirt_on_white(images[labels == 6][0]))
    upload(page, tmp_path, "transp.png", png(images[labels == 1][0]))
    upload(page, tmp_path, "x.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    shown = placed(page, "transp.png")
    expect(page.get_by_test_id("upload-failure")).to_contain_text("x.heic: ")
    upload(page, tmp_path, "transp.png", png(images[labels == 1][0]))
    expect(page.get_by_test_id("upload-failure")).to_be_empty()
    assert placed(page, "transp.png") == shown


def test_a_link_to_an_unknown_model_leaves_the_page_as_it_is(page: Page) -> None:
    picture, address = settled(page), page.url
    page.evaluate("location.hash = '#v=1&model=doesnotexist'")
    expect(page.locator("#banner")).to_contain_text("names the model doesnotexist, which this server does not have")
    assert page.url == address
    shows(page, picture, within=0)
    page.get_by_test_id("random").click()
    changed(page, picture)


RING_INSIDE = """(() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const [map, ring] = [box('[data-testid=map]'), box('.map-ring')];
  const [x, y] = [ring.x + ring.width / 2, ring.y + ring.height / 2];
  return map.left <= x && x <= map.right && map.top <= y && y <= map.bottom;
})()"""


def test_the_map_is_walked_by_keys_after_coming_nearer(page: Page) -> None:
    page.wait_for_selector("[data-testid=map] .main-svg")
    # The mark lies to one side, so that it leaves the view.
    page.evaluate("location.hash = location.hash + '&extent=-1_9_2_9'")
    board = page.get_by_test_id("map")
    board.focus()
    for _ in range(6):
        page.keyboard.press("+")
        page.wait_for_timeout(60)
    extent = page.evaluate("location.hash")
    for _ in range(40):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(30)
        expect(page.get_by_test_id("map-tip")).to_be_visible()
        until(page, RING_INSIDE)  # a frame after the key, the view has gone along
    until(page, f"location.hash === {json.dumps(extent)}", wanted=False)


def open_model(page: Page, model: str) -> None:
    """Choose a model in the picker, and wait for its first picture."""
    page.get_by_test_id("model-picker").click()
    page.get_by_test_id(f"model-{model}").click()
    expect(page).to_have_url(re.compile(model))
    arrived(page)
    settled(page)


def test_another_model_says_that_a_and_b_are_empty_and_starts_as_on_a_first_visit(page: Page) -> None:
    first = re.compile("#19$")  # "Point #19" becomes "T-shirt/top #19" once the labels are there
    expect(caption(page)).to_have_text(first)
    notice = page.locator("#notice")
    page.get_by_test_id("random").click()
    expect(caption(page)).to_have_text(re.compile("^Seed"))
    open_model(page, "fashion-ae-16")
    expect(caption(page)).to_have_text(first)
    expect(notice).to_be_empty()  # nothing was kept: nothing to say
    page.get_by_test_id("keep-a").click()
    open_model(page, "fashion-vae-16")
    expect(notice).to_contain_text("A is empty")


def test_of_two_examples_clicked_quickly_the_last_one_is_taken(page: Page) -> None:
    held = holding_the_first(page, "**/sets/data/pictures?rows=*&output=png")
    page.get_by_test_id("example-1").click()
    wait_for(page, lambda: len(held) == 1, "the first example is under way")
    page.get_by_test_id("example-8").click()
    shown = placed(page, "Bag")
    held[0].continue_()
    settled(page, 800)
    assert placed(page, "Bag") == shown
