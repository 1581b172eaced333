"""What a person does first: drag, reset, randomise, upload, walk, map."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.api.pictures import png, sample, shirt_on_white
from tests.browser.conftest import arrived, changed, difference, pixels, settled, shows, until


def drag(page: Page, testid: str, share: float) -> None:
    """Drag a slider's handle to a share of its track, with the mouse."""
    slider = page.get_by_test_id(testid)
    box = slider.bounding_box()
    assert box is not None
    value, low, high = slider.evaluate("e => [+e.value, +e.min, +e.max]")
    # The handle's centre runs from half its width inside one end to the same inside the other.
    inset, y = 8, box["y"] + box["height"] / 2

    def at(position: float) -> float:
        return box["x"] + inset + position * (box["width"] - 2 * inset)

    page.mouse.move(at((value - low) / (high - low)), y)
    page.mouse.down()
    page.mouse.move(at(share), y, steps=8)
    page.mouse.up()


def first_slider(page: Page) -> str:
    testid = page.locator("input[type=range][data-testid^=slider-]").first.get_attribute("data-testid")
    assert testid is not None
    return testid


def error(page: Page) -> float:
    expect(page.get_by_test_id("error-value")).to_have_text(re.compile(r"^0\.\d+$"))
    return float(page.get_by_test_id("error-value").inner_text())


def upload(page: Page, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    page.get_by_test_id("upload-input").set_input_files(tmp_path / name)


def test_dragging_a_slider_changes_the_picture_and_a_double_click_resets_it(page: Page) -> None:
    before = settled(page)
    testid = first_slider(page)
    start = page.get_by_test_id(testid).input_value()
    drag(page, testid, 0.97)
    after = changed(page, before, by=5)
    assert page.get_by_test_id(testid).input_value() != start
    page.get_by_test_id(testid).dblclick()
    changed(page, after, by=2)


def test_the_first_ten_sliders_are_open_and_the_rest_unfold(page: Page) -> None:
    sliders = page.locator("input[type=range][data-testid^=slider-]")
    assert sum(slider.is_visible() for slider in sliders.all()) == 10
    page.get_by_test_id("slider-more").click()
    expect(sliders.nth(15)).to_be_visible()


def test_the_keyboard_moves_a_slider(page: Page) -> None:
    before = settled(page)
    slider = page.get_by_test_id(first_slider(page))
    slider.focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    changed(page, before, by=1)


def test_random_draws_a_point_and_undo_brings_the_last_one_back(page: Page) -> None:
    before = settled(page)
    page.get_by_test_id("random").click()
    changed(page, before, by=3)
    page.get_by_test_id("undo").click()
    shows(page, before)


def test_a_dark_shirt_on_white_is_prepared_encoded_and_drawn_as_well_as_its_twin(page: Page, tmp_path: Path) -> None:
    images, labels = sample()
    twin = images[labels == 6][1]
    upload(page, tmp_path, "twin.png", png(twin))
    prepared = error(page)
    upload(page, tmp_path, "<b>shirt on white.jpg", shirt_on_white(twin))
    expect(page.get_by_test_id("step-invert")).to_have_attribute("aria-pressed", "true")
    assert error(page) < 1.5 * prepared + 1e-4  # the page shows four decimals
    for testid in ("original", "seen", "reconstruction"):
        expect(page.get_by_test_id(testid)).to_be_visible()
    assert page.locator("b", has_text="shirt").count() == 0  # a file's name is text, never HTML
    # The sliders moved to the encoding, so the large picture is the reconstruction.
    shown = settled(page)
    assert np.mean(shown) > 60


def test_a_step_can_be_undone(page: Page, tmp_path: Path) -> None:
    images, labels = sample()
    upload(page, tmp_path, "shirt.jpg", shirt_on_white(images[labels == 6][0]))
    good = error(page)
    page.get_by_test_id("step-invert").click()
    expect(page.get_by_test_id("step-invert")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_test_id("error-value")).not_to_have_text(f"{good:.4f}")
    assert error(page) > good


def test_an_example_is_taken_like_an_upload(page: Page) -> None:
    page.get_by_test_id("example-8").click()
    error(page)
    expect(page.get_by_test_id("seen")).to_be_visible()


def test_what_is_no_picture_is_refused_with_the_servers_sentence(
    page: Page, tmp_path: Path, complaints: list[str]
) -> None:
    complaints.append("422")
    upload(page, tmp_path, "drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    expect(page.get_by_test_id("upload-failure")).to_contain_text("SVG")
    drag(page, first_slider(page), 0.9)  # and everything goes on
    settled(page)


def test_a_pasted_and_a_dropped_picture_are_taken(page: Page) -> None:
    content = list(png(sample()[0][3]))
    for kind in ("paste", "drop"):
        page.evaluate(
            """([kind, content]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(content)], kind + '.png', { type: 'image/png' }));
            const event = kind === 'paste'
              ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
              : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
            (kind === 'paste' ? document : document.querySelector('main')).dispatchEvent(event);
            }""",
            [kind, content],
        )
        expect(page.get_by_test_id("original")).to_have_attribute("alt", re.compile(f"{kind}.png"))
        error(page)


def test_two_kept_points_are_walked_between(page: Page) -> None:
    first = settled(page)
    page.get_by_test_id("keep-a").click()
    page.get_by_test_id("random").click()
    last = changed(page, first, by=1)
    page.get_by_test_id("keep-b").click()
    scrubber = page.get_by_test_id("scrubber")
    scrubber.fill("0")
    shows(page, first)
    scrubber.fill("1")
    shows(page, last)
    scrubber.fill("0.5")
    by_slerp = changed(page, last, by=1)
    assert difference(by_slerp, first) > 1
    page.get_by_test_id("method-lerp").click()
    scrubber.fill("0.4")
    scrubber.fill("0.5")
    changed(page, by_slerp, by=0)
    page.get_by_test_id("tab-path").click()
    expect(page.get_by_test_id("path-strip-lerp")).to_be_visible()


def test_the_map_shows_every_point_and_a_click_takes_one(page: Page) -> None:
    expect(page.get_by_test_id("map-facts")).to_contain_text("10,000 points")
    page.wait_for_selector("[data-testid=map] .main-svg")
    before = settled(page)
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.75, steps=4)
    page.mouse.move(box["x"] + box["width"] * 0.32, box["y"] + box["height"] * 0.72, steps=4)
    expect(page.get_by_test_id("map-tip")).to_be_visible()
    page.mouse.click(box["x"] + box["width"] * 0.32, box["y"] + box["height"] * 0.72)
    changed(page, before, by=3)
    until(page, "decodeURIComponent(location.hash).includes('row:data')")


@pytest.mark.parametrize("model", ["fashion-ae-16", "fashion-gan-64"])
def test_every_other_model_opens_from_the_picker_and_draws(page: Page, model: str) -> None:
    before = settled(page)
    page.get_by_test_id("model-picker").click()
    page.get_by_test_id(f"model-{model}").click()
    expect(page).to_have_url(re.compile(model))
    arrived(page)
    drag(page, first_slider(page), 0.95)
    changed(page, before, by=1)
    page.go_back()
    expect(page).to_have_url(re.compile("fashion-vae-16"))


def test_the_picture_can_be_copied_as_a_latent(page: Page) -> None:
    page.get_by_test_id("picture").click(button="right")
    page.get_by_role("menuitem", name=re.compile("latent", re.IGNORECASE)).click()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.count(",") >= 15
    assert len(pixels(page)) == 28 * 28 * 4
