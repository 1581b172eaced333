"""The Upload tab: the part that is used, the error map, how unusual a picture is, its neighbours, each dimension."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.api.pictures import png, sample, shirt_on_white
from tests.browser.conftest import changed, opened, settled, shows, until
from tests.browser.host import Host, serving
from tests.browser.test_exploring import drag, first_slider
from tests.browser.tiny_zoo import build

SLOW_MS = 120_000  # measuring ten thousand pictures, beside other work


def give(page: Page, tmp_path: Path, *pictures: tuple[str, bytes]) -> None:
    """Upload files by their names."""
    for name, content in pictures:
        (tmp_path / name).write_bytes(content)
    page.get_by_test_id("upload-input").set_input_files([tmp_path / name for name, _ in pictures])


def explained(page: Page, tmp_path: Path) -> None:
    """A photograph is given and the tab about it open."""
    page.get_by_test_id("tab-upload").click()
    give(page, tmp_path, ("shirt.jpg", shirt_on_white(sample()[0][60])))
    expect(page.get_by_test_id("explain-seen")).to_be_visible()
    expect(page.get_by_test_id("reconstruction")).to_be_visible()
    expect(page.get_by_test_id("crop-frame")).to_have_attribute("data-crop", re.compile(r"\d"))  # and listens to keys


def seen(page: Page) -> str:
    """The address of what the model saw: another one for each preparation."""
    return page.get_by_test_id("explain-seen").get_attribute("src") or ""


def seen_anew(page: Page, before: str) -> str:
    """Wait until the model has seen another picture."""
    expect(page.get_by_test_id("explain-seen")).not_to_have_attribute("src", before)
    return seen(page)


def crop(page: Page) -> list[float]:
    """x, y, w, h of what shows in the frame."""
    return [float(part) for part in (page.get_by_test_id("crop-frame").get_attribute("data-crop") or "").split(",")]


def pressed(locator: Locator) -> None:
    expect(locator).to_have_attribute("aria-pressed", "true")


def test_without_a_picture_it_says_what_to_do(page: Page, tmp_path: Path) -> None:
    page.get_by_test_id("tab-upload").click()
    expect(page.get_by_text("Bring a picture of your own")).to_be_visible()
    (tmp_path / "shirt.png").write_bytes(png(sample()[0][3]))
    with page.expect_file_chooser() as chooser:
        page.get_by_test_id("choose-pictures").click()
    chooser.value.set_files(tmp_path / "shirt.png")
    expect(page.get_by_test_id("explain-seen")).to_be_visible()
    expect(page.get_by_test_id("choose-pictures")).to_be_hidden()
    page.get_by_test_id("forget").click()
    expect(page.get_by_test_id("choose-pictures")).to_be_visible()


def test_a_part_is_chosen_by_hand_and_the_model_sees_it(page: Page, tmp_path: Path) -> None:
    explained(page, tmp_path)
    pressed(page.get_by_test_id("framing-auto"))
    before, whole = seen(page), settled(page)
    page.get_by_test_id("framing-fill").click()
    address = seen_anew(page, before)
    assert crop(page) == pytest.approx([0, 1 / 11, 1, 9 / 11], abs=0.01)  # 900 x 1100 in a square
    pressed(page.get_by_test_id("framing-fill"))
    box = page.get_by_test_id("crop-frame").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0], middle[1] + 60, steps=5)  # the picture goes down: its top comes in
    page.mouse.up()
    address = seen_anew(page, address)
    assert crop(page)[1] == pytest.approx(0, abs=0.02)
    page.get_by_test_id("crop-zoom").fill("0.4")
    address = seen_anew(page, address)
    assert crop(page)[2] < 0.6
    changed(page, whole, by=2)
    page.get_by_test_id("told-steps").click()
    expect(page.get_by_text("The part that you chose was kept")).to_be_visible()
    page.get_by_test_id("told-cut").click()  # undone like any step
    address = seen_anew(page, address)
    expect(page.get_by_test_id("crop-frame")).to_have_attribute("data-crop", "0,0,1,1")
    page.get_by_test_id("undo").click()
    address = seen_anew(page, address)
    assert crop(page)[2] < 0.6
    page.get_by_test_id("framing-auto").click()
    seen_anew(page, address)
    shows(page, whole)


def test_the_frame_is_moved_and_zoomed_by_keys_and_wheel(page: Page, tmp_path: Path) -> None:
    explained(page, tmp_path)
    address, frame = seen(page), page.get_by_test_id("crop-frame")
    frame.focus()
    for key in ("+", "+", "+", "+", "+", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
    address = seen_anew(page, address)
    left, top, width, _ = crop(page)
    assert width < 0.7
    assert left < (1 - width) / 2 - 0.01  # to the left of the middle
    steps = page.evaluate("document.querySelector('[data-testid=undo]').ariaDisabled")
    assert steps == "false"
    page.mouse.move(*centre(frame))
    page.mouse.wheel(0, 300)
    address = seen_anew(page, address)
    assert crop(page)[2] > width
    page.keyboard.press("0")
    seen_anew(page, address)
    assert crop(page) == [0, 0, 1, 1]
    assert top < 0.5
    # A wheel that only passes by scrolls the tab.
    page.get_by_test_id("framing-fit").focus()
    page.mouse.wheel(0, 200)
    until(page, "document.querySelector('#upload-tab').scrollTop > 50")
    assert crop(page) == [0, 0, 1, 1]


def centre(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_part_is_kept_over_a_reload_and_inverting_is_one_press(page: Page, tmp_path: Path) -> None:
    explained(page, tmp_path)
    address = seen(page)
    pressed(page.get_by_test_id("invert"))  # dark on white: done by itself
    page.get_by_test_id("framing-fill").click()
    address = seen_anew(page, address)
    page.get_by_test_id("invert").click()
    seen_anew(page, address)
    expect(page.get_by_test_id("invert")).to_have_attribute("aria-pressed", "false")
    part = crop(page)
    settled(page, 1000)  # the browser has kept it, after the reconstruction
    page.reload()
    expect(page.get_by_test_id("explain-seen")).to_be_visible()
    expect(page.get_by_test_id("invert")).to_have_attribute("aria-pressed", "false")
    pressed(page.get_by_test_id("framing-fill"))
    assert crop(page) == part


def drawn_share(page: Page) -> float:
    """The share of the error map that is coloured."""
    share: float = page.get_by_test_id("error-map").evaluate(
        """e => { const d = e.getContext('2d').getImageData(0, 0, e.width, e.height).data;
        let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i] > 30) n++; return 4 * n / d.length; }"""
    )
    return share


def test_the_error_map_tells_lighter_from_darker_and_follows_the_hand(page: Page, tmp_path: Path) -> None:
    explained(page, tmp_path)
    expect(page.get_by_test_id("error-mse")).to_have_text(re.compile(r"^0\.0\d{3}$"))
    told = float(page.get_by_test_id("error-value").inner_text())
    assert float(page.get_by_test_id("error-mse").inner_text()) == pytest.approx(told, abs=2e-4)
    assert page.get_by_test_id("error-map").evaluate("e => e.width") == 28
    coloured = drawn_share(page)
    assert 0.02 < coloured < 0.9
    expect(page.locator(".scale")).to_contain_text("\u2212")
    page.get_by_test_id("error-size").click()
    expect(page.locator(".scale")).not_to_contain_text("\u2212")
    page.get_by_test_id("error-of-stage").click()
    settled(page)
    drag(page, first_slider(page), 0.97)
    until(page, f"Number(document.querySelector('[data-testid=error-mse]').textContent) > {2 * told}")


def test_it_says_how_unusual_the_picture_is_among_all_known_ones(page: Page, tmp_path: Path) -> None:
    explained(page, tmp_path)
    expect(page.get_by_test_id("scatter")).to_be_visible(timeout=SLOW_MS)
    verdict = page.get_by_test_id("verdict")
    expect(verdict).to_have_text(re.compile(r"more unusual than \d+%.*redrawn worse than \d+%"))
    expect(page.get_by_test_id("fold-unusual")).to_contain_text("10,000 dots")
    ordinary = verdict.inner_text()
    plot = page.locator(".scatter-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    before = settled(page)
    for share in (0.45, 0.5, 0.55):  # in the middle of them there is a dot within reach
        page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
    expect(page.locator(".dot-tip")).to_contain_text(re.compile(r"error 0\.0\d+"))
    page.mouse.click(box["x"] + 0.55 * box["width"], box["y"] + 0.5 * box["height"])
    changed(page, before)
    expect(page.locator(".origin")).to_have_text(re.compile(r"#[\d,]+$"))
    noise = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    give(page, tmp_path, ("noise.png", png(noise)))
    expect(verdict).not_to_have_text(ordinary)
    expect(verdict).to_contain_text(re.compile("redrawn worse than 9[5-9]%"))
    assert page.get_by_test_id("scatter").locator(".scatter-own").count() == 1


def test_neighbours_in_three_senses_can_be_taken(page: Page, tmp_path: Path) -> None:
    explained(page, tmp_path)
    for sense in ("pixels", "latent", "factors"):
        expect(page.get_by_test_id(f"near-{sense}").get_by_test_id("neighbour")).to_have_count(5)
    expect(page.get_by_test_id("near-told")).to_contain_text("nearest by latent")
    expect(page.get_by_test_id("readings")).to_contain_text("Read as class")
    before = settled(page)
    other = page.get_by_test_id("near-pixels").get_by_test_id("neighbour").nth(4)
    name = (other.get_attribute("aria-label") or "").removesuffix(": go there")
    other.click()
    changed(page, before)
    expect(page.locator(".origin")).to_have_text(re.compile(re.escape(name.split()[0])))
    page.get_by_test_id("undo").click()
    shows(page, before)


def test_each_dimension_stands_among_those_of_the_known_pictures(page: Page, tmp_path: Path) -> None:
    explained(page, tmp_path)
    page.get_by_test_id("fold-bars").locator("summary").click()
    bars = page.get_by_test_id("bars").locator("li")
    expect(bars.first).to_be_visible()
    assert 4 <= bars.count() <= 12
    expect(bars.first).to_have_text(re.compile(r"z\d\d.*\u00b1 \d\.\d\d.*(above|below) \d+%"))
    names = [row.split("\n")[0] for row in bars.all_inner_texts()]
    page.get_by_test_id("bars-order-far").click()
    shares = [int(re.findall(r"(\d+)%", row)[-1]) for row in bars.all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    assert sorted(row.split("\n")[0] for row in bars.all_inner_texts()) == sorted(names)


def test_of_several_files_each_is_encoded_and_one_is_picked(page: Page, tmp_path: Path, complaints: list[str]) -> None:
    complaints.append("422")
    images = sample()[0]
    give(
        page, tmp_path, ("a.png", png(images[3])), ("b.png", png(images[60])), ("c.heic", b"\0\0\0\x18ftypheic\0\0\0\0")
    )
    expect(page.get_by_test_id("tab-upload")).to_have_attribute("aria-selected", "true")
    row = page.get_by_test_id("gathered").locator("button")
    expect(row).to_have_count(3)
    expect(row.nth(1)).to_contain_text("error 0.0")
    expect(row.nth(2)).to_be_disabled()
    expect(row.nth(2)).to_have_attribute("aria-label", re.compile("HEIC"))
    pressed(row.nth(0))
    before = settled(page)
    row.nth(1).click()
    pressed(row.nth(1))
    expect(page.get_by_test_id("original")).to_have_attribute("alt", re.compile("b.png"))
    changed(page, before)
    page.get_by_test_id("forget").click()
    expect(row).to_have_count(0)


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=lambda size: str(size[0]))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(
    browser: Browser, host: Host, tmp_path: Path, size: tuple[int, int], scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    context.add_init_script("try { localStorage.setItem('latent-explorer.hint', 'seen') } catch {}")
    page = opened(context, host)
    page.get_by_test_id("tab-upload").click()
    found = list(Axe().run(page).response["violations"])
    give(page, tmp_path, ("a.png", png(sample()[0][3])), ("shirt.jpg", shirt_on_white(sample()[0][60])))
    expect(page.get_by_test_id("near-pixels").get_by_test_id("neighbour")).to_have_count(5)
    expect(page.get_by_test_id("scatter")).to_be_attached(timeout=SLOW_MS)
    page.get_by_test_id("told-steps").click()
    page.get_by_test_id("fold-bars").locator("summary").click()
    expect(page.get_by_test_id("bars").locator("li").first).to_be_attached()
    found += Axe().run(page).response["violations"]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate("(e => e.scrollWidth - e.clientWidth)(document.querySelector('#upload-tab'))") <= 0
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_nothing_moves_when_another_picture_is_explained(page: Page, tmp_path: Path) -> None:
    explained(page, tmp_path)
    expect(page.get_by_test_id("near-pixels").get_by_test_id("neighbour")).to_have_count(5)
    expect(page.get_by_test_id("scatter")).to_be_visible(timeout=SLOW_MS)
    page.evaluate(
        """() => { window.shifts = 0; new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
        }).observe({ type: 'layout-shift' }); }"""
    )
    address = seen(page)
    give(page, tmp_path, ("other.jpg", shirt_on_white(sample()[0][10])))
    seen_anew(page, address)
    page.wait_for_timeout(2500)
    assert page.evaluate("window.shifts") < 0.1  # the bound that web vitals call good


def test_a_model_without_an_encoder_says_so(browser: Browser, tmp_path: Path) -> None:
    build(tmp_path / "zoo")
    with serving({"LATENT_EXPLORER_CHECKPOINTS": str(tmp_path / "zoo")}) as zoo:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        page.goto(f"{zoo.address}#v=1&model=faces-gan&tab=upload")
        expect(page.get_by_text("This model has no encoder").last).to_be_visible()
        expect(page.get_by_test_id("choose-pictures")).to_be_hidden()
        context.close()
